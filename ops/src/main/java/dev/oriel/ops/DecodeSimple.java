package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.half;
import static dev.oriel.ops.LittleEndian.i32;

/// Blocks of 32 numbers with one scale: nibbles of numbers 0..15 are the low halves of 16 bytes, those of 16..31 the high halves.
final class DecodeSimple {
    private DecodeSimple() { }

    /// half scale, 16 bytes of nibbles; `code = nibble - 8`.
    static void q4_0(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        nibbles(block, at + 2, codes, code, -8);
    }

    /// half scale, half minimum, 16 bytes of nibbles.
    static void q4_1(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        minimums[group] = half(block, at + 2);
        nibbles(block, at + 4, codes, code, 0);
    }

    /// half scale, 32 fifth bits, 16 bytes of nibbles; `code = nibble + 16 * bit - 16`.
    static void q5_0(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        nibbles(block, at + 6, codes, code, -16);
        fifthBits(i32(block, at + 2), codes, code);
    }

    /// half scale, half minimum, 32 fifth bits, 16 bytes of nibbles.
    static void q5_1(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        minimums[group] = half(block, at + 2);
        nibbles(block, at + 8, codes, code, 0);
        fifthBits(i32(block, at + 4), codes, code);
    }

    /// half scale, 32 signed bytes.
    static void q8_0(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        System.arraycopy(block, at + 2, codes, code, 32);
    }

    private static void nibbles(byte[] block, int at, byte[] codes, int code, int shift) {
        for (int i = 0; i < 16; i++) {
            codes[code + i] = (byte) ((block[at + i] & 15) + shift);
            codes[code + 16 + i] = (byte) ((block[at + i] >> 4 & 15) + shift);
        }
    }

    private static void fifthBits(int bits, byte[] codes, int code) {
        for (int i = 0; i < 32; i++) codes[code + i] += (byte) ((bits >>> i & 1) << 4);
    }
}
