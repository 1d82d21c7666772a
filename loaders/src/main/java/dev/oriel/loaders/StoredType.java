package dev.oriel.loaders;

import java.util.Arrays;

/// The types of the safetensors format and their sizes, whether or not this runtime computes with them.
enum StoredType {
    BOOL(8), F4(4), F6_E2M3(6), F6_E3M2(6), U8(8), I8(8), F8_E5M2(8), F8_E4M3(8), F8_E8M0(8), F8_E4M3FNUZ(8), F8_E5M2FNUZ(8),
    I16(16), U16(16), F16(16), BF16(16), I32(32), U32(32), F32(32), C64(64), F64(64), I64(64), U64(64);

    private final int bits;

    StoredType(int bits) { this.bits = bits; }

    static StoredType of(String file, String name, String type) {
        for (StoredType each : values()) if (each.name().equals(type)) return each;
        throw new ModelException(file, name, "a known dtype", type);
    }

    /// Bytes of a tensor of this shape.
    long bytes(String file, String name, long[] shape) {
        try {
            long elements = 1;
            for (long extent : shape) elements = Math.multiplyExact(elements, extent);
            long all = Math.multiplyExact(elements, bits);
            if (all % 8 != 0) throw new ModelException(file, name, "whole bytes", all + " bits");
            return all / 8;
        } catch (ArithmeticException e) {
            throw new ModelException(file, name, "a size below 2^63 bits", Arrays.toString(shape));
        }
    }
}
