package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// Floats, rounded to nearest, ties to even.
final class EncodePlain {
    private EncodePlain() { }

    static void f32(float[] values, int from, int count, MemorySegment out, long offset) {
        MemorySegment.copy(values, from, out, DecodePlain.FLOAT, offset, count);
    }

    static void f16(float[] values, int from, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i++) out.set(DecodePlain.SHORT, offset + 2L * i, Float.floatToFloat16(values[from + i]));
    }

    static void bf16(float[] values, int from, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i++) out.set(DecodePlain.SHORT, offset + 2L * i, bfloat16(values[from + i]));
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        // Rounding could carry a NaN's payload into an infinity; a quiet NaN stays one.
        if (value != value) return (short) (bits >>> 16 | 0x40);
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }
}
