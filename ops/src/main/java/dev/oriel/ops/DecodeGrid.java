package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.half;
import static dev.oriel.ops.LittleEndian.i32;
import static dev.oriel.ops.LittleEndian.u16;

/// The IQ1, IQ2 and IQ3 formats: blocks of 256 numbers made of points of a grid, 8 numbers to a point (4 in IQ3), with signs apart.
final class DecodeGrid {
    private DecodeGrid() { }

    /// half d; for each 32 numbers 4 point bytes, then 32 bits: four 7-bit signs and a 4-bit scale.
    static void iq2xxs(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        for (int g = 0; g < 8; g++) {
            int bits = i32(block, at + 6 + 8 * g);
            scales[group + g] = d * (0.5f + (bits >>> 28)) * 0.25f;
            for (int k = 0; k < 4; k++) {
                int point = block[at + 2 + 8 * g + k] & 255;
                signed(Grids.IQ2_XXS, 8 * point, 8, signs(bits >>> 7 * k & 127), codes, code + 32 * g + 8 * k);
            }
        }
    }

    /// half d, 32 x 16 bits (9-bit point, 7-bit signs), 16 nibble scales.
    static void iq2xs(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        nibbleScales(half(block, at), block, at + 66, scales, group);
        for (int k = 0; k < 32; k++) {
            int bits = u16(block, at + 2 + 2 * k);
            signed(Grids.IQ2_XS, 8 * (bits & 511), 8, signs(bits >> 9), codes, code + 8 * k);
        }
    }

    /// half d, 32 low point bytes, 32 sign bytes, 32 two-bit point highs, 16 nibble scales.
    static void iq2s(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        nibbleScales(half(block, at), block, at + 74, scales, group);
        for (int k = 0; k < 32; k++) {
            int point = block[at + 2 + k] & 255 | (block[at + 66 + (k >> 2)] >> 2 * (k & 3) & 3) << 8;
            signed(Grids.IQ2_S, 8 * point, 8, block[at + 34 + k], codes, code + 8 * k);
        }
    }

    /// half d, 64 point bytes; then for each 32 numbers 32 bits: four 7-bit signs and a 4-bit scale.
    static void iq3xxs(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        for (int g = 0; g < 8; g++) {
            int bits = i32(block, at + 66 + 4 * g);
            scales[group + g] = d * (0.5f + (bits >>> 28)) * 0.5f;
            for (int k = 0; k < 8; k++) {
                int point = block[at + 2 + 8 * g + k] & 255;
                int signs = signs(bits >>> 7 * (k >> 1) & 127) >> 4 * (k & 1);
                signed(Grids.IQ3_XXS, 4 * point, 4, signs, codes, code + 32 * g + 4 * k);
            }
        }
    }

    /// half d, 64 low point bytes, 64 high point bits, 32 sign bytes, 8 nibble scales.
    static void iq3s(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        for (int g = 0; g < 8; g++) scales[group + g] = d * (1 + 2 * (block[at + 106 + (g >> 1)] >> 4 * (g & 1) & 15));
        for (int k = 0; k < 64; k++) {
            int point = block[at + 2 + k] & 255 | (block[at + 66 + (k >> 3)] >> (k & 7) & 1) << 8;
            signed(Grids.IQ3_S, 4 * point, 4, block[at + 74 + (k >> 1)] >> 4 * (k & 1), codes, code + 4 * k);
        }
    }

    /// half d, 32 low point bytes; then for each 32 numbers 16 bits: four 3-bit point highs, a 3-bit scale, and whether the eighth is subtracted.
    static void iq1s(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        for (int g = 0; g < 8; g++) {
            int bits = u16(block, at + 34 + 2 * g);
            scales[group + g] = d * (2 * (bits >> 12 & 7) + 1) / 8;
            for (int k = 0; k < 4; k++) {
                int point = block[at + 2 + 4 * g + k] & 255 | (bits >> 3 * k & 7) << 8;
                shifted(point, (bits & 0x8000) != 0, codes, code + 32 * g + 8 * k);
            }
        }
    }

    /// 32 low point bytes, 32 nibbles (3-bit point high, and whether the eighth is subtracted), 4 x 16 bits: four 3-bit scales and a quarter of the half d.
    static void iq1m(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        int dBits = 0;
        for (int k = 0; k < 4; k++) dBits |= u16(block, at + 48 + 2 * k) >> 12 << 4 * k;
        float d = Float.float16ToFloat((short) dBits);
        for (int g = 0; g < 16; g++) scales[group + g] = d * (2 * (u16(block, at + 48 + 2 * (g >> 2)) >> 3 * (g & 3) & 7) + 1) / 8;
        for (int k = 0; k < 32; k++) {
            int high = block[at + 32 + (k >> 1)] >> 4 * (k & 1);
            shifted(block[at + k] & 255 | (high & 7) << 8, (high & 8) != 0, codes, code + 8 * k);
        }
    }

    /// Sixteen scales of IQ2_XS and IQ2_S, low nibble first.
    private static void nibbleScales(float d, byte[] block, int at, float[] scales, int group) {
        for (int g = 0; g < 16; g++) scales[group + g] = d * (0.5f + (block[at + (g >> 1)] >> 4 * (g & 1) & 15)) * 0.25f;
    }

    /// Seven stored signs and an eighth that makes the number of minus signs even.
    private static int signs(int seven) { return seven | (Integer.bitCount(seven) & 1) << 7; }

    private static void signed(byte[] grid, int point, int length, int signs, byte[] codes, int code) {
        for (int i = 0; i < length; i++) {
            int minus = -(signs >> i & 1);
            codes[code + i] = (byte) ((grid[point + i] ^ minus) - minus);
        }
    }

    /// A point of IQ1 plus or minus an eighth, in eighths.
    private static void shifted(int point, boolean minus, byte[] codes, int code) {
        for (int i = 0; i < 8; i++) codes[code + i] = (byte) (Grids.IQ1[8 * point + i] + (minus ? -1 : 1));
    }
}
