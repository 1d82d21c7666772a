# Makes the models of this folder and what transformers and sentence-transformers compute on them: python make.py OUT [NAME...]
# Made with transformers 5.23.0, sentence-transformers 6.2.0 and torch 2.15.0, in float32 on weights rounded to bfloat16.
import json
import os
import sys
import zlib

import torch
import transformers as T
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

T.logging.set_verbosity_error()
T.logging.disable_progress_bar()
B = dict(hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=48)
TEXTS = ['the cat sat on the mat', 'A happy dog!', 'rain', '', 'the sea is blue and the sky is grey, and the night is long and cold and dark']
PAIRS = [('who sat on the mat?', 'the cat sat on the mat'), ('who sat on the mat?', 'the sea is blue'), ('sea', ''),
         ('the sea is blue and the sky is grey and the sun is warm', 'the night is long and cold and dark and the sea is grey and the cat is warm and the dog is happy and the sun is up')]
WORDS = 'the a cat dog sat on mat who is sea blue sky grey and night long cold dark sun warm happy rain up find query paris of'.split()


def wordpiece():
    vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] + WORDS
    vocab += [c for c in '.,!?:abcdefghijklmnopqrstuvwxyz' if c not in vocab] + ['##' + c for c in 'abcdefghijklmnopqrstuvwxyz']
    t = Tokenizer(models.WordPiece({w: i for i, w in enumerate(vocab)}, unk_token='[UNK]'))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.post_processor = processors.TemplateProcessing(single='[CLS] $A [SEP]', pair='[CLS] $A [SEP] $B:1 [SEP]:1', special_tokens=[('[CLS]', 2), ('[SEP]', 3)])
    t.decoder = decoders.WordPiece()
    t.add_special_tokens(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])
    return T.PreTrainedTokenizerFast(tokenizer_object=t, pad_token='[PAD]', unk_token='[UNK]', cls_token='[CLS]', sep_token='[SEP]', mask_token='[MASK]',
                                     model_input_names=['input_ids', 'token_type_ids', 'attention_mask']), len(vocab)


def byte_pairs(roberta):
    specials = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] if roberta else ['<|endoftext|>']
    vocab = {s: i for i, s in enumerate(specials)}
    for c in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocab[c] = len(vocab)
    merges = []
    for a, b in ['th', ('th', 'e'), ('Ġ', 'the'), ('Ġ', 's'), 'is', ('Ġ', 'is'), 'an', ('an', 'd'), ('Ġ', 'and'), 'at']:
        merges.append((a, b))
        vocab[a + b] = len(vocab)
    t = Tokenizer(models.BPE(vocab, merges))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    if roberta:
        t.post_processor = processors.RobertaProcessing(('</s>', 2), ('<s>', 0), trim_offsets=True, add_prefix_space=False)
        t.add_special_tokens(specials[:4] + [AddedToken('<mask>', lstrip=True)])
        return T.PreTrainedTokenizerFast(tokenizer_object=t, bos_token='<s>', eos_token='</s>', cls_token='<s>', sep_token='</s>', pad_token='<pad>', unk_token='<unk>', mask_token='<mask>',
                                         model_input_names=['input_ids', 'attention_mask']), len(vocab)
    t.post_processor = processors.TemplateProcessing(single='$A <|endoftext|>', pair='$A $B <|endoftext|>', special_tokens=[('<|endoftext|>', 0)])
    t.add_special_tokens(specials)
    return T.PreTrainedTokenizerFast(tokenizer_object=t, eos_token='<|endoftext|>', pad_token='<|endoftext|>', padding_side='left', model_input_names=['input_ids', 'attention_mask']), len(vocab)


def unigram():
    pieces = [('<s>', 0.0), ('<pad>', 0.0), ('</s>', 0.0), ('<unk>', 0.0), ('▁', -3.0)]
    pieces += [('▁' + w, -4.0 - i / 10) for i, w in enumerate(WORDS)] + [(c, -6.0 - i / 10) for i, c in enumerate('abcdefghijklmnopqrstuvwxyzA.,!?')] + [('<mask>', 0.0)]
    t = Tokenizer(models.Unigram(pieces, unk_id=3))
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    t.post_processor = processors.TemplateProcessing(single='<s> $A </s>', pair='<s> $A </s> </s> $B </s>', special_tokens=[('<s>', 0), ('</s>', 2)])
    t.add_special_tokens(['<s>', '<pad>', '</s>', '<unk>', AddedToken('<mask>', lstrip=True)])
    return T.PreTrainedTokenizerFast(tokenizer_object=t, bos_token='<s>', eos_token='</s>', cls_token='<s>', sep_token='</s>', pad_token='<pad>', unk_token='<unk>', mask_token='<mask>',
                                     model_input_names=['input_ids', 'attention_mask']), len(pieces)


M = {}


def m(name, model, config, tokenizer, kind, modules=None, **switches):
    M[name] = (model, config, tokenizer, kind, modules or {}, switches)


ROBERTA = dict(pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1)
MODERN = dict(pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3, global_attn_every_n_layers=2, local_attention=6)
QWEN = dict(num_key_value_heads=2, head_dim=12, pad_token_id=0, eos_token_id=0, bos_token_id=None)
m('bert-labels', T.BertForSequenceClassification, T.BertConfig, wordpiece, 'labels', id2label={0: 'sad', 1: 'neutral', 2: 'happy'}, label2id={'sad': 0, 'neutral': 1, 'happy': 2})
m('bert-several', T.BertForSequenceClassification, T.BertConfig, wordpiece, 'labels', num_labels=4, problem_type='multi_label_classification')
m('roberta-labels', T.RobertaForSequenceClassification, T.RobertaConfig, lambda: byte_pairs(True), 'labels', **ROBERTA, id2label={0: 'no', 1: 'yes'}, label2id={'no': 0, 'yes': 1})
m('xlmr-reranker', T.XLMRobertaForSequenceClassification, T.XLMRobertaConfig, unigram, 'labels', **ROBERTA, num_labels=1)
m('modernbert-labels', T.ModernBertForSequenceClassification, T.ModernBertConfig, wordpiece, 'labels', **MODERN, num_labels=3, classifier_pooling='cls', classifier_bias=True, norm_bias=True)
m('modernbert-reranker', T.ModernBertForSequenceClassification, T.ModernBertConfig, wordpiece, 'labels', **MODERN, num_labels=1, classifier_pooling='mean')
m('qwen3-labels', T.Qwen3ForSequenceClassification, T.Qwen3Config, lambda: byte_pairs(False), 'labels', **QWEN, num_labels=3)
m('qwen3-embedding', T.Qwen3Model, T.Qwen3Config, lambda: byte_pairs(False), 'embedding',
  {'pooling': dict(pooling_mode_lasttoken=True, include_prompt=True), 'prompts': {'query': 'Find: ', 'document': ''}}, **QWEN)
m('bert-dense', T.BertModel, T.BertConfig, wordpiece, 'embedding',
  {'pooling': dict(pooling_mode_cls_token=True), 'dense': 20, 'length': 12, 'prompts': {'query': 'query: '}})
m('roberta-mean', T.RobertaModel, T.RobertaConfig, lambda: byte_pairs(True), 'embedding', {'pooling': dict(pooling_mode_mean_tokens=True), 'length': 40, 'plain': True}, **ROBERTA)
m('bert-masked', T.BertForMaskedLM, T.BertConfig, wordpiece, 'masked')
m('roberta-masked', T.RobertaForMaskedLM, T.RobertaConfig, lambda: byte_pairs(True), 'masked', **ROBERTA)


def weights(model):
    """Random ones, large enough that every part shows in the results."""
    with torch.no_grad():
        for key, p in model.named_parameters():
            one = 'norm' in key.lower() and not key.endswith('bias')
            p.normal_(1 if one and p.dim() == 1 else 0, 0.2 if p.dim() == 1 else 0.12)
        model.tie_weights()
    for p in model.parameters():
        p.data = p.data.bfloat16().float()


def write(folder, name, value):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        json.dump(value, f, indent=1, ensure_ascii=False)
        f.write('\n')


def modules(folder, spec):
    """The files of sentence-transformers, as its published models have them."""
    kinds = ['Transformer', 'Pooling'] + (['Dense'] if 'dense' in spec else []) + ([] if 'plain' in spec else ['Normalize'])
    write(folder, 'modules.json', [dict(idx=i, name=str(i), path='' if i == 0 else f'{i}_{kind}', type='sentence_transformers.models.' + kind) for i, kind in enumerate(kinds)])
    modes = {f'pooling_mode_{mode}': False for mode in ('cls_token', 'mean_tokens', 'max_tokens', 'mean_sqrt_len_tokens', 'weightedmean_tokens', 'lasttoken')}
    write(folder, '1_Pooling/config.json', {'word_embedding_dimension': B['hidden_size'], **modes, **spec['pooling']})
    write(folder, 'sentence_bert_config.json', dict(max_seq_length=spec.get('length', 32), do_lower_case=False))
    write(folder, 'config_sentence_transformers.json', dict(prompts=spec.get('prompts', {}), default_prompt_name=None, similarity_fn_name='cosine'))
    if 'dense' in spec:
        from safetensors.torch import save_file
        write(folder, '2_Dense/config.json', dict(in_features=B['hidden_size'], out_features=spec['dense'], bias=True, activation_function='torch.nn.modules.activation.Tanh'))
        save_file({'linear.weight': torch.randn(spec['dense'], B['hidden_size']), 'linear.bias': torch.randn(spec['dense'])}, os.path.join(folder, '2_Dense/model.safetensors'))
    if 'plain' not in spec:
        os.makedirs(os.path.join(folder, kinds.index('Normalize').__str__() + '_Normalize'), exist_ok=True)


def numbers(tensor):
    return [float(f'{x:.7g}') for x in tensor.flatten().tolist()]


def labels(model, tokenizer):
    cases = []
    for text, second in [(t, None) for t in TEXTS] + PAIRS:
        length = model.config.max_position_embeddings - (2 if model.config.model_type in ('roberta', 'xlm-roberta') else 0)
        x = tokenizer([text] if second is None else [(text, second)], truncation=True, max_length=length, return_tensors='pt')
        if model.config.model_type != 'bert':
            x.pop('token_type_ids', None)
        cases.append(dict(text=text, second=second, ids=x['input_ids'][0].tolist(), logits=numbers(model(**x).logits[0])))
    return dict(cases=cases)


def masked(model, tokenizer):
    cases = []
    for text in ['the cat sat on the [MASK].', '[MASK] is the [MASK] of the sea']:
        text = text.replace('[MASK]', tokenizer.mask_token)
        x = tokenizer(text, return_tensors='pt')
        p = torch.softmax(model(**x).logits[0], -1)
        top = []
        for i, id in enumerate(x['input_ids'][0].tolist()):
            if id == tokenizer.mask_token_id:
                values, ids = p[i].topk(5)
                top.append(dict(position=i, ids=ids.tolist(), probabilities=numbers(values)))
        cases.append(dict(text=text, ids=x['input_ids'][0].tolist(), masks=top))
    return dict(cases=cases)


def embedding(folder, spec):
    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer(folder, device='cpu', model_kwargs=dict(dtype=torch.float32, attn_implementation='eager'))
    cases = []
    for name in [None] + [n for n, p in spec.get('prompts', {}).items() if p]:
        for text in TEXTS:
            prompt = spec['prompts'][name] if name else ''
            ids = model.tokenizer(prompt + text, truncation=True, max_length=model.max_seq_length)['input_ids']
            cases.append(dict(text=text, prompt=name, ids=ids, embedding=numbers(model.encode([text], prompt_name=name, convert_to_tensor=True)[0])))
    return dict(cases=cases)


for name, (cls, conf, make, kind, spec, switches) in M.items():
    if len(sys.argv) > 2 and not any(name.startswith(n) for n in sys.argv[2:]):
        continue
    torch.manual_seed(zlib.crc32(name.encode()))
    tokenizer, size = make()
    config = conf(**{**B, **switches}, vocab_size=size)
    config._attn_implementation = 'eager'
    model = cls(config).eval().float()
    weights(model)
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    tokenizer.save_pretrained(folder)
    with torch.no_grad():
        golden = labels(model, tokenizer) if kind == 'labels' else masked(model, tokenizer) if kind == 'masked' else None
    model.to(torch.bfloat16).save_pretrained(folder)
    if kind == 'embedding':
        modules(folder, spec)
        golden = embedding(folder, spec)
    write(folder, 'golden.json', golden)
    for extra in ('generation_config.json', 'special_tokens_map.json'):
        if os.path.exists(os.path.join(folder, extra)):
            os.remove(os.path.join(folder, extra))
