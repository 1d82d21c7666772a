# Makes the adapters of this folder and what PEFT computes with them: python make.py OUT VARIANTS, the latter being the folder of the models they are for.
# Made with peft 0.21.2, transformers 5.23.0 and torch 2.15.0, in float32. Adapters are as large as the weights they change, so that every mistake shows in the logits.
# Each adapter.gguf was then made by llama.cpp's convert_lora_to_gguf.py (2026-08): --base VARIANTS/MODEL --outfile OUT/NAME/adapter.gguf OUT/NAME
import json
import os
import sys
import zlib

import numpy as np
import torch
import transformers as T
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import save_file

T.logging.set_verbosity_error()
T.logging.disable_progress_bar()
OUT, VARIANTS = sys.argv[1], sys.argv[2]
IDS = torch.tensor([[(7 * i * i + 13 * i + 5) % 50 + 10 for i in range(24)]])
LLAMA = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']
# Name, model, what PEFT is told.
CASES = [
    ('llama', 'llama-bias', dict(r=4, lora_alpha=6, target_modules=LLAMA)),
    ('llama-patterns', 'llama-bias', dict(r=3, lora_alpha=5, use_rslora=True, target_modules=LLAMA, bias='all', rank_pattern={r'layers\.1\.self_attn\.q_proj': 5, 'down_proj': 2},
                                          alpha_pattern={r'^model\.layers\.[02]\.mlp\.up_proj': 11, 'o_proj': 1})),
    ('llama-tied', 'llama-bias', dict(r=3, lora_alpha=6, target_modules=['embed_tokens', 'lm_head', 'v_proj'])),
    ('llama-saved', 'llama-linear', dict(r=2, lora_alpha=2, target_modules=['embed_tokens', 'q_proj'], modules_to_save=['lm_head', 'norm'])),
    ('qwen2', 'qwen2-window', dict(r=4, lora_alpha=8, target_modules=LLAMA, bias='lora_only')),
    ('gpt2', 'gpt2-unscaled', dict(r=4, lora_alpha=8, target_modules=['c_attn', 'c_proj', 'c_fc', 'wte'], fan_in_fan_out=True)),
    ('phi3', 'phi3-partial', dict(r=4, lora_alpha=8, target_modules=['qkv_proj', 'o_proj', 'gate_up_proj', 'down_proj'])),
    ('neox', 'neox-seq', dict(r=4, lora_alpha=4, target_modules=['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'])),
    ('falcon', 'falcon-new', dict(r=4, lora_alpha=4, target_modules=['query_key_value', 'dense'])),
    ('gemma2', 'gemma2', dict(r=3, lora_alpha=3, target_modules=LLAMA, modules_to_save=['post_feedforward_layernorm'])),
    ('cohere', 'cohere-qk', dict(r=3, lora_alpha=3, target_modules=LLAMA)),
    ('deepseek', 'deepseek-lite', dict(r=3, lora_alpha=3, target_modules=['q_proj', 'kv_a_proj_with_mqa', 'kv_b_proj', 'o_proj'])),
    ('bert', 'bert', dict(r=3, lora_alpha=3, target_modules=['query', 'key', 'value', 'dense'])),
]


def base(variant):
    config = T.AutoConfig.from_pretrained(os.path.join(VARIANTS, variant))
    cls = getattr(T, config.architectures[0])
    return cls.from_pretrained(os.path.join(VARIANTS, variant), dtype=torch.float32, attn_implementation='eager').eval()


def golden(name, model):
    with torch.no_grad():
        save_file({'logits': model(IDS).logits[0].numpy()}, os.path.join(OUT, name, 'golden.safetensors'))


def save(name, model):
    folder = os.path.join(OUT, name)
    model.save_pretrained(folder, save_embedding_layers=False)
    os.remove(os.path.join(folder, 'README.md'))
    path = os.path.join(folder, 'adapter_config.json')
    config = json.load(open(path))
    config['base_model_name_or_path'] = None
    json.dump(config, open(path, 'w'), indent=1, sort_keys=True)


for name, variant, switches in CASES:
    torch.manual_seed(zlib.crc32(name.encode()))
    model = get_peft_model(base(variant), LoraConfig(**switches)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.requires_grad:
                p.normal_(0, 0.2)
    save(name, model)
    golden(name, model)

# Two adapters at once, each with a scale of its own.
model = PeftModel.from_pretrained(base('llama-bias'), os.path.join(OUT, 'llama'), 'a')
model.load_adapter(os.path.join(OUT, 'llama-tied'), 'b')
model.base_model.set_adapter(['a', 'b'])
for layer in model.modules():
    if hasattr(layer, 'set_scale') and hasattr(layer, 'scaling'):
        for adapter, scale in (('a', 0.5), ('b', -1.5)):
            if adapter in layer.scaling:
                layer.set_scale(adapter, scale)
with torch.no_grad():
    save_file({'logits': model(IDS).logits[0].numpy()}, os.path.join(OUT, 'two.safetensors'))

# Experts under the names that PEFT gave them while each was a module of its own; the product is added by hand to the tensors that hold them all.
torch.manual_seed(7)
model = base('mixtral-6')
tensors = {}
with torch.no_grad():
    for i, layer in enumerate(model.model.layers):
        experts = layer.mlp.experts
        inner = experts.down_proj.shape[2]
        for e in range(experts.down_proj.shape[0]):
            for part, target in (('w1', experts.gate_up_proj[e, :inner]), ('w3', experts.gate_up_proj[e, inner:]), ('w2', experts.down_proj[e])):
                a, b = torch.randn(3, target.shape[1]) * 0.2, torch.randn(target.shape[0], 3) * 0.2
                target += 2.0 / 3 * b @ a
                at = f'base_model.model.model.layers.{i}.block_sparse_moe.experts.{e}.{part}.lora_'
                tensors[at + 'A.weight'], tensors[at + 'B.weight'] = a.numpy(), np.ascontiguousarray(b.numpy())
os.makedirs(os.path.join(OUT, 'mixtral'), exist_ok=True)
save_file(tensors, os.path.join(OUT, 'mixtral', 'adapter_model.safetensors'))
json.dump(dict(peft_type='LORA', r=3, lora_alpha=2, target_modules=['w1', 'w2', 'w3'], bias='none'), open(os.path.join(OUT, 'mixtral', 'adapter_config.json'), 'w'))
golden('mixtral', model)
