# What llama.cpp makes of numbers of three kinds: python quantised.py LIBRARY MODEL OUT, with its libggml-base.so, an F32 safetensors of all-MiniLM-L6-v2, and the golden to write.
# llama-quantize without an importance matrix calls the same function row by row. Made with llama.cpp of 2026-08.
import ctypes
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

TYPES = {'Q4_0': (2, 32, 18), 'Q4_1': (3, 32, 20), 'Q5_0': (6, 32, 22), 'Q5_1': (7, 32, 24), 'Q8_0': (8, 32, 34), 'Q2_K': (10, 256, 84), 'Q3_K': (11, 256, 110), 'Q4_K': (12, 256, 144),
         'Q5_K': (13, 256, 176), 'Q6_K': (14, 256, 210), 'IQ4_NL': (20, 32, 18), 'IQ4_XS': (23, 256, 136), 'MXFP4': (39, 32, 17)}
ROWS, COLUMNS = 24, 256
library = ctypes.CDLL(sys.argv[1])
library.ggml_quantize_chunk.restype = ctypes.c_size_t
library.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
random = np.random.default_rng(20261125)
real = []
with safe_open(sys.argv[2], 'np') as model:
    for i, name in enumerate(['attention.self.query', 'attention.output.dense', 'intermediate.dense', 'output.dense'] * 6):
        real.append(model.get_tensor(f'encoder.layer.{i % 6}.{name}.weight').reshape(-1)[i % 12 * 9984:][:COLUMNS])
out = {'gaussian': random.normal(0, 0.02, (ROWS, COLUMNS)), 'heavy': random.standard_t(3, (ROWS, COLUMNS)) * 0.02, 'real': np.stack(real)}
out = {kind: np.ascontiguousarray(values.astype(np.float32)) for kind, values in out.items()}
for kind, values in list(out.items()):
    for name, (number, length, size) in TYPES.items():
        raw = np.zeros(values.size // length * size, np.uint8)
        assert library.ggml_quantize_chunk(number, values.ctypes.data, raw.ctypes.data, 0, ROWS, COLUMNS, None) == raw.size
        out[f'{kind}.{name}'] = raw
save_file(out, sys.argv[3])
