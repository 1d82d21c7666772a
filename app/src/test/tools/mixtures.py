# Which format llama-quantize gives each tensor, but for those that are always alike: python mixtures.py LLAMA_QUANTIZE FOLDER > mixtures.txt, FOLDER for files on the way. Made with llama.cpp of 2026-08 and gguf-py 0.19.
import subprocess
import sys

import gguf
import numpy as np

TOOL, FOLDER = sys.argv[1], sys.argv[2]


def model(arch, layers, experts, tied, hidden):
    path = f'{FOLDER}/{arch}-{layers}.gguf'
    w = gguf.GGUFWriter(path, arch)
    for key, value in dict(block_count=layers, context_length=64, embedding_length=256, feed_forward_length=hidden).items():
        w.add_uint32(f'{arch}.{key}', value)
    for key, value in {'attention.head_count': 4, 'attention.head_count_kv': 2, 'rope.dimension_count': 64, 'expert_count': experts, 'expert_used_count': min(experts, 2)}.items():
        w.add_uint32(f'{arch}.{key}', value)
    w.add_float32(f'{arch}.attention.layer_norm_rms_epsilon', 1e-5)
    w.add_float32(f'{arch}.attention.layer_norm_epsilon', 1e-5)

    def add(name, *shape):
        w.add_tensor(name, np.random.default_rng(1).normal(0, 0.02, shape).astype(np.float32))
    add('token_embd.weight', 32, 256)
    add('output_norm.weight', 256)
    if not tied:
        add('output.weight', 32, 256)
    for i in range(layers):
        at = f'blk.{i}.'
        add(at + 'attn_norm.weight', 256)
        if arch == 'falcon':
            add(at + 'attn_qkv.weight', 512, 256)
        else:
            add(at + 'attn_q.weight', 256, 256)
            add(at + 'attn_k.weight', 128, 256)
            add(at + 'attn_v.weight', 128, 256)
        add(at + 'attn_output.weight', 256, 256)
        kind, each = ('_exps', (experts,)) if experts else ('', ())
        if experts:
            add(at + 'ffn_gate_inp.weight', experts, 256)
        if arch != 'falcon':
            add(at + f'ffn_gate{kind}.weight', *each, hidden, 256)
        add(at + f'ffn_up{kind}.weight', *each, hidden, 256)
        add(at + f'ffn_down{kind}.weight', *each, 256, hidden)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return path


for arch, layers, experts, tied, hidden in [('llama', 19, 0, True, 256), ('llama', 12, 0, False, 288), ('llama', 80, 0, False, 256), ('llama', 10, 8, False, 256), ('falcon', 17, 0, False, 256)]:
    path = model(arch, layers, experts, tied, hidden)
    for kind in ['Q4_K_S', 'Q4_K_M', 'Q5_K_S', 'Q5_K_M']:
        out = f'{FOLDER}/out.gguf'
        subprocess.run([TOOL, path, out, kind], check=True, capture_output=True)
        reader = gguf.GGUFReader(out)
        print('#', arch, layers, experts, 'tied' if tied else 'untied', kind, reader.get_field('general.file_type').contents())
        for t in reader.tensors:
            if not any(part in t.name for part in ('norm', 'attn_q.', 'ffn_gate.', 'ffn_gate_exps', 'ffn_up')):
                print(t.name, *(str(n) for n in reversed(t.shape.tolist())), t.tensor_type.name)
