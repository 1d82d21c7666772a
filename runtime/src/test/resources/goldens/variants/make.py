# Makes the models of this folder and what Hugging Face transformers computes on them: python make.py OUT [NAME...]
# Made with transformers 5.23.0 and torch 2.15.0, in float32 on weights rounded to bfloat16. Each model has one family's switches set otherwise than its published ones have.
import os
import sys
import zlib

import numpy as np
import torch
import transformers as T
from safetensors.numpy import save_file

T.logging.set_verbosity_error()
T.logging.disable_progress_bar()
B = dict(vocab_size=64,hidden_size=32,intermediate_size=40,num_hidden_layers=3,num_attention_heads=4,num_key_value_heads=2,max_position_embeddings=48)


def R(kind, **rule):
    return dict(rope_theta=5000.0, rope_type=kind, **rule)


yarn = R('yarn',factor=4.0,original_max_position_embeddings=16)
V = {}


def v(name, model, config, **switches):
    V[name] = (model, config, switches)


v('llama-bias', T.LlamaForCausalLM, T.LlamaConfig, **B, attention_bias=True, mlp_bias=True, head_dim=12, tie_word_embeddings=True)
v('llama-linear', T.LlamaForCausalLM, T.LlamaConfig, **B, rope_parameters=R('linear', factor=3.0), hidden_act='gelu')
v('llama-yarn', T.LlamaForCausalLM, T.LlamaConfig, **B, rope_parameters=yarn)
v('llama-llama3', T.LlamaForCausalLM, T.LlamaConfig, **B, rope_parameters=R('llama3', factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16))
v('mistral-w5', T.MistralForCausalLM, T.MistralConfig, **B, sliding_window=5, head_dim=20)
v('mistral-none', T.MistralForCausalLM, T.MistralConfig, **B, sliding_window=None)
v('mixtral-6', T.MixtralForCausalLM, T.MixtralConfig, **B, num_local_experts=6, num_experts_per_tok=3, sliding_window=7)
v('qwen2-window', T.Qwen2ForCausalLM, T.Qwen2Config, **B, use_sliding_window=True, sliding_window=5, max_window_layers=1)
v('qwen2moe', T.Qwen2MoeForCausalLM, T.Qwen2MoeConfig, **B, norm_topk_prob=True, decoder_sparse_step=2, moe_intermediate_size=20, shared_expert_intermediate_size=28, num_experts=6, num_experts_per_tok=3)
v('qwen2moe-only', T.Qwen2MoeForCausalLM, T.Qwen2MoeConfig, **B, mlp_only_layers=[0], moe_intermediate_size=20, shared_expert_intermediate_size=28, num_experts=6, num_experts_per_tok=3, qkv_bias=False, tie_word_embeddings=True)
v('qwen3-bias', T.Qwen3ForCausalLM, T.Qwen3Config, **B, attention_bias=True, head_dim=16, use_sliding_window=True, sliding_window=6, max_window_layers=1)
v('qwen3moe', T.Qwen3MoeForCausalLM, T.Qwen3MoeConfig, **B, norm_topk_prob=False, mlp_only_layers=[1], moe_intermediate_size=20, num_experts=5, num_experts_per_tok=2, head_dim=16, attention_bias=True)
v('qwen3moe-window', T.Qwen3MoeForCausalLM, T.Qwen3MoeConfig, **B, norm_topk_prob=True, moe_intermediate_size=20, num_experts=5, num_experts_per_tok=2, use_sliding_window=True, sliding_window=6, max_window_layers=1)
v('olmo2', T.Olmo2ForCausalLM, T.Olmo2Config, **B, attention_bias=True, rope_parameters=R('linear', factor=2.0))
v('olmoe', T.OlmoeForCausalLM, T.OlmoeConfig, **B, norm_topk_prob=True, num_experts=5, num_experts_per_tok=3)
v('olmoe-clip', T.OlmoeForCausalLM, T.OlmoeConfig, **B, clip_qkv=0.3, num_experts=5, num_experts_per_tok=3)
v('gemma', T.GemmaForCausalLM, T.GemmaConfig, **B, head_dim=16, hidden_act='gelu')
v('gemma2', T.Gemma2ForCausalLM, T.Gemma2Config, **B, head_dim=10, query_pre_attn_scalar=30, attn_logit_softcapping=None, final_logit_softcapping=None, sliding_window=4)
v('gemma2-types', T.Gemma2ForCausalLM, T.Gemma2Config, **B, head_dim=10, sliding_window=4, layer_types=['full_attention', 'sliding_attention', 'full_attention'])
v('gemma3', T.Gemma3ForCausalLM, T.Gemma3TextConfig, **B, head_dim=16, sliding_window=4, final_logit_softcapping=20.0, layer_types=['sliding_attention', 'full_attention', 'sliding_attention'], rope_parameters=dict(full_attention=R('linear', factor=8.0), sliding_attention=R('default')))
v('phi2-qk', T.PhiForCausalLM, T.PhiConfig, **B, qk_layernorm=True, partial_rotary_factor=0.5)
v('phi3-long', T.Phi3ForCausalLM, T.Phi3Config, **B, original_max_position_embeddings=16, pad_token_id=0, rope_parameters=R('longrope', short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.5, 2.0, 3.0, 4.0], original_max_position_embeddings=16))
v('phi3-short', T.Phi3ForCausalLM, T.Phi3Config, **B, original_max_position_embeddings=64, pad_token_id=0, rope_parameters=R('longrope', short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.5, 2.0, 3.0, 4.0], original_max_position_embeddings=64))
v('phi3-partial', T.Phi3ForCausalLM, T.Phi3Config, **B, pad_token_id=0, sliding_window=7, tie_word_embeddings=True, rope_parameters=R('default', partial_rotary_factor=0.5))
v('stablelm-qk', T.StableLmForCausalLM, T.StableLmConfig, **B, qk_layernorm=True, use_qkv_bias=False, rope_parameters=R('default', partial_rotary_factor=0.5))
v('stablelm-parallel', T.StableLmForCausalLM, T.StableLmConfig, **B, use_parallel_residual=True, use_qkv_bias=True, tie_word_embeddings=True, rope_parameters=R('default', partial_rotary_factor=1.0))
v('starcoder2', T.Starcoder2ForCausalLM, T.Starcoder2Config, **B, use_bias=False, sliding_window=5, tie_word_embeddings=False)
F = {k:x for k,x in B.items() if k not in('num_key_value_heads','intermediate_size')}
v('falcon-new', T.FalconForCausalLM, T.FalconConfig, **F, new_decoder_architecture=True, num_kv_heads=2, ffn_hidden_size=100, bias=True)
v('falcon-new1', T.FalconForCausalLM, T.FalconConfig, **F, new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1)
v('falcon-rw', T.FalconForCausalLM, T.FalconConfig, **{**F, 'hidden_size':48, 'num_attention_heads':6}, alibi=True, multi_query=False, parallel_attn=False, bias=True)
v('falcon-seq', T.FalconForCausalLM, T.FalconConfig, **F, multi_query=True, parallel_attn=False, tie_word_embeddings=False, activation='relu')
v('falcon-mha', T.FalconForCausalLM, T.FalconConfig, **F, multi_query=False, parallel_attn=True, rope_parameters=R('linear', factor=2.0))
v('bloom-6', T.BloomForCausalLM, T.BloomConfig, vocab_size=64, hidden_size=48, n_layer=2, n_head=6, tie_word_embeddings=False)
v('cohere-qk', T.CohereForCausalLM, T.CohereConfig, **B, use_qk_norm=True, attention_bias=True, logit_scale=0.0625, tie_word_embeddings=False)
v('granite', T.GraniteForCausalLM, T.GraniteConfig, **B, attention_bias=True, mlp_bias=True, embedding_multiplier=3.0, residual_multiplier=0.5, attention_multiplier=0.2, logits_scaling=4.0, tie_word_embeddings=True)
v('seed-oss', T.SeedOssForCausalLM, T.SeedOssConfig, **B, attention_bias=True, attention_out_bias=True, head_dim=12)
v('smollm3', T.SmolLM3ForCausalLM, T.SmolLM3Config, **B, no_rope_layer_interval=2, attention_bias=True, use_sliding_window=True, sliding_window=6, pad_token_id=0)
D = {k:x for k,x in B.items() if k!='num_key_value_heads'}
v('deepseek-lite', T.DeepseekV2ForCausalLM, T.DeepseekV2Config, **D, num_key_value_heads=4, q_lora_rank=None, kv_lora_rank=16, qk_nope_head_dim=10, qk_rope_head_dim=6, v_head_dim=12, n_routed_experts=6, n_shared_experts=2, num_experts_per_tok=3, moe_intermediate_size=20, routed_scaling_factor=2.5, first_k_dense_replace=1, topk_method='group_limited_greedy', n_group=3, topk_group=2)
v('deepseek-yarn', T.DeepseekV2ForCausalLM, T.DeepseekV2Config, **D, num_key_value_heads=4, q_lora_rank=20, kv_lora_rank=16, qk_nope_head_dim=10, qk_rope_head_dim=6, v_head_dim=12, n_routed_experts=4, n_shared_experts=1, num_experts_per_tok=2, moe_intermediate_size=20, first_k_dense_replace=0, attention_bias=True, norm_topk_prob=True, rope_parameters=R('yarn', factor=4.0, original_max_position_embeddings=16, mscale=0.7, mscale_all_dim=0.7))
v('deepseek-dense', T.DeepseekV2ForCausalLM, T.DeepseekV2Config, **D, num_key_value_heads=4, q_lora_rank=20, kv_lora_rank=16, qk_nope_head_dim=10, qk_rope_head_dim=6, v_head_dim=12, n_routed_experts=4, n_shared_experts=1, num_experts_per_tok=2, moe_intermediate_size=20, first_k_dense_replace=3, rope_parameters=R('yarn', factor=4.0, original_max_position_embeddings=16, mscale=1.0, mscale_all_dim=0.5))
v('gptoss', T.GptOssForCausalLM, T.GptOssConfig, **B, head_dim=12, num_local_experts=5, num_experts_per_tok=3, sliding_window=5, swiglu_limit=0.05, swiglu_alpha=1.5, attention_bias=False, layer_types=['full_attention', 'sliding_attention', 'sliding_attention'])
v('gptoss-tied', T.GptOssForCausalLM, T.GptOssConfig, **B, head_dim=12, num_local_experts=5, num_experts_per_tok=3, sliding_window=5, tie_word_embeddings=True, rope_parameters=R('default'))
G = dict(vocab_size=64,n_embd=32,n_layer=3,n_head=4,n_positions=32)
v('gpt2-inverse', T.GPT2LMHeadModel, T.GPT2Config, **G, scale_attn_by_inverse_layer_idx=True, n_inner=70, activation_function='relu')
v('gpt2-unscaled', T.GPT2LMHeadModel, T.GPT2Config, **G, scale_attn_weights=False, tie_word_embeddings=False)
N = {k:x for k,x in B.items() if k!='num_key_value_heads'}
v('neox-seq', T.GPTNeoXForCausalLM, T.GPTNeoXConfig, **N, use_parallel_residual=False, attention_bias=False, rotary_pct=1.0, hidden_act='gelu_new')
v('neox-tied', T.GPTNeoXForCausalLM, T.GPTNeoXConfig, **N, rotary_pct=0.25, tie_word_embeddings=True, rope_parameters=R('default', partial_rotary_factor=0.5))
v('bert', T.BertForMaskedLM, T.BertConfig, **N, type_vocab_size=3, hidden_act='relu')
v('bert-bare', T.BertModel, T.BertConfig, **N)
v('roberta', T.RobertaForMaskedLM, T.RobertaConfig, **N, pad_token_id=1, type_vocab_size=1)
v('xlmr', T.XLMRobertaForMaskedLM, T.XLMRobertaConfig, **N, pad_token_id=1, type_vocab_size=1)
v('modernbert', T.ModernBertForMaskedLM, T.ModernBertConfig, **N, pad_token_id=0, global_attn_every_n_layers=2, local_attention=6, norm_bias=True, mlp_bias=True, attention_bias=True, decoder_bias=True, hidden_activation='gelu')
v('modernbert-nobias', T.ModernBertForMaskedLM, T.ModernBertConfig, **N, pad_token_id=0, decoder_bias=False, classifier_activation='relu', classifier_bias=True, tie_word_embeddings=False)
# What follows is what was found wanting when models were drawn at random.
v('llama-dynamic', T.LlamaForCausalLM, T.LlamaConfig, **{**B, 'max_position_embeddings': 16}, rope_parameters=R('dynamic', factor=2.0), hidden_act='quick_gelu')
v('llama-longrope', T.LlamaForCausalLM, T.LlamaConfig, **B, rope_parameters=R('longrope', short_factor=[1.0, 1.1, 1.2, 1.3], long_factor=[1.5, 2.0, 3.0, 4.0], original_max_position_embeddings=16))
v('llama-llama3-odd', T.LlamaForCausalLM, T.LlamaConfig, **B, rope_parameters=R('llama3', factor=4.0, low_freq_factor=2.0, high_freq_factor=5.0, original_max_position_embeddings=20))
v('llama-yarn-exact', T.LlamaForCausalLM, T.LlamaConfig, **{**B, 'num_key_value_heads': 1}, head_dim=20, rope_parameters=dict(yarn, truncate=False, beta_fast=40.0, beta_slow=2.0, mscale=1.0, mscale_all_dim=1.0))
v('gptoss-whole', T.GptOssForCausalLM, T.GptOssConfig, **B, head_dim=12, num_local_experts=1, num_experts_per_tok=1, sliding_window=5, rope_parameters=dict(yarn, beta_fast=40.0))
v('gemma3-full', T.Gemma3ForCausalLM, T.Gemma3TextConfig, **B, head_dim=16, sliding_window=4, attn_logit_softcapping=5.0, layer_types=['full_attention'] * 3, rope_parameters=dict(full_attention=R('yarn', factor=4.0, original_max_position_embeddings=16), sliding_attention=R('default')))
v('gemma3-encoder', T.Gemma3TextModel, T.Gemma3TextConfig, **B, head_dim=16, sliding_window=6, layer_types=['sliding_attention', 'full_attention', 'sliding_attention'], use_bidirectional_attention=True)
v('smollm3-none', T.SmolLM3ForCausalLM, T.SmolLM3Config, **B, no_rope_layer_interval=1, pad_token_id=0)
v('qwen2moe-window', T.Qwen2MoeForCausalLM, T.Qwen2MoeConfig, **B, use_sliding_window=True, sliding_window=5, moe_intermediate_size=20, shared_expert_intermediate_size=28, num_experts=1, num_experts_per_tok=1)
v('roberta-own-head', T.RobertaForMaskedLM, T.RobertaConfig, **N, pad_token_id=1, type_vocab_size=1, hidden_act='relu', tie_word_embeddings=False)
E = dict(n_routed_experts=6, n_shared_experts=2, num_experts_per_tok=2, moe_intermediate_size=20, routed_scaling_factor=2.5, first_k_dense_replace=1)
L = dict(q_lora_rank=None, kv_lora_rank=16, qk_nope_head_dim=10, qk_rope_head_dim=6, v_head_dim=12)
v('deepseek3', T.DeepseekV3ForCausalLM, T.DeepseekV3Config, **D, **E, **L, num_key_value_heads=4, n_group=3, topk_group=2, norm_topk_prob=True, rope_parameters=R('yarn', factor=4.0, original_max_position_embeddings=16, mscale=1.0, mscale_all_dim=1.0))
v('dots1', T.Dots1ForCausalLM, T.Dots1Config, **B, **E, n_group=2, topk_group=1, norm_topk_prob=True, head_dim=12, sliding_window=None)
v('glm4-moe', T.Glm4MoeForCausalLM, T.Glm4MoeConfig, **B, **E, n_group=1, topk_group=1, norm_topk_prob=True, head_dim=16, use_qk_norm=True, attention_bias=True, rope_parameters=R('default', partial_rotary_factor=0.5))
v('glm4', T.Glm4ForCausalLM, T.Glm4Config, **B, head_dim=16, attention_bias=True, pad_token_id=0, rope_parameters=R('default', partial_rotary_factor=0.5))
v('olmo3', T.Olmo3ForCausalLM, T.Olmo3Config, **{**B, 'num_hidden_layers': 4}, sliding_window=5, rope_parameters=dict(full_attention=yarn, sliding_attention=R('default')))
v('exaone4', T.Exaone4ForCausalLM, T.Exaone4Config, **{**B, 'num_hidden_layers': 4}, sliding_window=5, head_dim=12)
v('exaone4-full', T.Exaone4ForCausalLM, T.Exaone4Config, **B, sliding_window=None, layer_types=['full_attention'] * 3, head_dim=12)
v('arcee', T.ArceeForCausalLM, T.ArceeConfig, **B, head_dim=12, mlp_bias=True)
v('nemotron', T.NemotronForCausalLM, T.NemotronConfig, **B, head_dim=12, mlp_bias=True, attention_bias=True, rope_parameters=R('default', partial_rotary_factor=0.5))
v('ernie4_5', T.Ernie4_5ForCausalLM, T.Ernie4_5Config, **B, head_dim=12, use_bias=True)
v('cohere2', T.Cohere2ForCausalLM, T.Cohere2Config, **{**B, 'num_hidden_layers': 4}, sliding_window=5, logit_scale=0.25, pad_token_id=0)
S = dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4)
v('mistral3', T.Mistral3ForConditionalGeneration, T.Mistral3Config, text_config=T.MistralConfig(**B, head_dim=12, sliding_window=None), vision_config=T.PixtralVisionConfig(**S), vocab_size=64)
v('gemma3-seeing', T.Gemma3ForConditionalGeneration, T.Gemma3Config, text_config=T.Gemma3TextConfig(**B, head_dim=16, sliding_window=4, tie_word_embeddings=True), vision_config=T.SiglipVisionConfig(**S), mm_tokens_per_image=4, vocab_size=64)
v('llava', T.LlavaForConditionalGeneration, T.LlavaConfig, text_config=T.LlamaConfig(**B), vision_config=T.CLIPVisionConfig(**S), vocab_size=64)
IDS = [(7 * i * i + 13 * i + 5) % 50 + 10 for i in range(24)]


def weights(name, model):
    """Random ones, large enough that every switch shows in the logits."""
    with torch.no_grad():
        for key, p in model.named_parameters():
            one = ('norm' in key.lower() or 'ln_' in key) and not key.endswith('bias') and 'gemma' not in name
            p.normal_(1 if one and p.dim() == 1 else 0, 0.2 if p.dim() == 1 else 0.12)
        for key, b in model.named_buffers():
            if 'correction_bias' in key:
                b.copy_(torch.randn(b.shape).mul(0.2).bfloat16().float())
        model.tie_weights()
    # Buffers, such as the frequencies of rope, stay in float32.
    for p in model.parameters():
        p.data = p.data.bfloat16().float()


for name, (cls, conf, switches) in V.items():
    if len(sys.argv) > 2 and not any(name.startswith(n) for n in sys.argv[2:]):
        continue
    torch.manual_seed(zlib.crc32(name.encode()))
    config = conf(**switches)
    if getattr(config, 'pad_token_id', None) is not None and config.pad_token_id >= 64:
        config.pad_token_id = 0
    # The eager attention of Falcon adds what ALiBi takes away twice.
    config._experts_implementation = 'eager'
    config._attn_implementation = 'sdpa' if name == 'falcon-rw' else 'eager'
    model = cls(config).eval().float()
    weights(name, model)
    with torch.no_grad():
        out = model(torch.tensor([IDS]), output_hidden_states=True)
    folder = os.path.join(sys.argv[1], name)
    os.makedirs(folder, exist_ok=True)
    # The input of the last layer, which is what comes before the last hidden state.
    golden = {'hidden': np.ascontiguousarray(out.hidden_states[config.get_text_config().num_hidden_layers - 1][0].numpy())}
    if hasattr(out, 'logits'):
        golden['logits'] = out.logits[0].numpy()
    save_file(golden, os.path.join(folder, 'golden.safetensors'))
    model.to(torch.bfloat16).save_pretrained(folder)
    if os.path.exists(os.path.join(folder, 'generation_config.json')):
        os.remove(os.path.join(folder, 'generation_config.json'))
