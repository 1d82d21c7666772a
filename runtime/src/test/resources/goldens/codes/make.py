# Makes the models of this folder, whose matrices are codes of 8 bits with scales beside them, and what transformers computes with the numbers they stand for: python make.py OUT VARIANTS,
# the latter being the folder of the models they are made of. Made with transformers 5.23.0 and torch 2.15.0, in float32.
import json
import os
import sys
import tempfile

import torch
import transformers as T
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file

T.logging.set_verbosity_error()
T.logging.disable_progress_bar()
OUT, VARIANTS = sys.argv[1], sys.argv[2]
IDS = torch.tensor([[(7 * i * i + 13 * i + 5) % 50 + 10 for i in range(24)]])
LARGEST = {torch.float8_e4m3fn: 448.0, torch.float8_e5m2: 57344.0}


def fp8(w, kind, whole):
    codes = (w / whole).clamp(-LARGEST[kind], LARGEST[kind]).to(kind)
    return codes, codes.float() * whole


def by_block(down, across):
    def quantise(w):
        padded = torch.zeros(-(-w.shape[0] // down) * down, -(-w.shape[1] // across) * across)
        padded[:w.shape[0], :w.shape[1]] = w
        scale = padded.reshape(padded.shape[0] // down, down, -1, across).abs().amax((1, 3)) / 448
        codes, value = fp8(w, torch.float8_e4m3fn, scale.repeat_interleave(down, 0)[:w.shape[0]].repeat_interleave(across, 1)[:, :w.shape[1]])
        return {'weight': codes, 'weight_scale_inv': scale}, value
    return quantise


def by_row(w):
    scale = w.abs().amax(1, keepdim=True) / 448
    codes, value = fp8(w, torch.float8_e4m3fn, scale)
    return {'weight': codes, 'weight_scale': scale, 'input_scale_ub': torch.tensor([1200.0])}, value


def whole(kind, shape):
    def quantise(w):
        scale = (w.abs().max() / LARGEST[kind]).bfloat16()
        codes, value = fp8(w, kind, scale.float())
        return {'weight': codes, 'weight_scale': scale.reshape(shape), 'input_scale': torch.tensor(0.5).reshape(shape)}, value
    return quantise


def int8(w):
    scale = (w.abs().amax(1, keepdim=True) / 127).bfloat16()
    codes = (w / scale.float()).round().clamp(-128, 127).to(torch.int8)
    return {'weight': codes, 'weight_scale': scale}, codes.float() * scale.float()


def int8_zero(w):
    low, high = w.amin(1, keepdim=True).clamp(max=0), w.amax(1, keepdim=True).clamp(min=0)
    scale = ((high - low) / 255).float()
    zero = (-128 - low / scale).round().clamp(-128, 127)
    codes = (w / scale + zero).round().clamp(-128, 127).to(torch.int8)
    return {'weight': codes, 'weight_scale': scale, 'weight_zero_point': zero.to(torch.int8)}, (codes.float() - zero) * scale


def scb(w):
    most = w.abs().amax(1)
    codes = (w / most[:, None] * 127).round().to(torch.int8)
    return {'weight': codes, 'SCB': most, 'weight_format': torch.tensor(0, dtype=torch.uint8)}, codes.float() * most[:, None] / 127


def compressed(format, kind, strategy):
    return dict(quant_method='compressed-tensors', format=format, ignore=['lm_head'], config_groups=dict(group_0=dict(targets=['Linear'], weights=dict(num_bits=8, type=kind, strategy=strategy))))


CASES = {
    # Blocks that a matrix does not fill.
    'fp8-blocks': ('llama-linear', by_block(16, 12), dict(quant_method='fp8', activation_scheme='dynamic', weight_block_size=[16, 12])),
    'fp8-experts': ('qwen3moe', by_block(4, 4), dict(quant_method='fp8', activation_scheme='dynamic', weight_block_size=[4, 4])),
    'fp8-rows': ('llama-linear', by_row, dict(quant_method='fbgemm_fp8', activation_scale_ub=1200.0)),
    'fp8-whole': ('qwen2-window', whole(torch.float8_e4m3fn, (1,)), compressed('float-quantized', 'float', 'tensor')),
    'fp8-e5m2': ('llama-linear', whole(torch.float8_e5m2, ()), dict(quant_method='modelopt', quant_algo='FP8')),
    'int8-rows': ('llama-linear', int8, compressed('int-quantized', 'int', 'channel')),
    'int8-zero': ('llama-linear', int8_zero, compressed('int-quantized', 'int', 'channel')),
    'int8-scb': ('llama-linear', scb, dict(quant_method='bitsandbytes', load_in_8bit=True, _load_in_8bit=True)),
}

for name, (variant, quantise, config) in CASES.items():
    tensors, values = {}, {}
    for key, w in load_file(os.path.join(VARIANTS, variant, 'model.safetensors')).items():
        values[key] = w
        if w.dim() == 2 and '.layers.' in key and 'norm' not in key and not key.endswith('mlp.gate.weight'):
            parts, values[key] = quantise(w.float())
            for part, t in parts.items():
                tensors[key[:-6] + part] = t.contiguous()
        else:
            tensors[key] = w
    folder = os.path.join(OUT, name)
    os.makedirs(folder, exist_ok=True)
    save_file(tensors, os.path.join(folder, 'model.safetensors'), {'format': 'pt'})
    described = json.load(open(os.path.join(VARIANTS, variant, 'config.json')))
    with tempfile.TemporaryDirectory() as temporary:
        json.dump(described, open(os.path.join(temporary, 'config.json'), 'w'))
        save_file({key: w.float() for key, w in values.items()}, os.path.join(temporary, 'model.safetensors'), {'format': 'pt'})
        cls = getattr(T, described['architectures'][0])
        model = cls.from_pretrained(temporary, dtype=torch.float32, attn_implementation='eager').eval()
    with torch.no_grad():
        save_numpy({'logits': model(IDS).logits[0].numpy()}, os.path.join(folder, 'golden.safetensors'))
    json.dump({**described, 'quantization_config': config}, open(os.path.join(folder, 'config.json'), 'w'), indent=1)
