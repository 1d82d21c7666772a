package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.half;
import static dev.oriel.ops.LittleEndian.u16;

/// Formats whose nibbles are places in a book of sixteen integers, and the ternary ones.
final class DecodeBook {
    /// Levels of IQ4_NL and IQ4_XS.
    private static final byte[] IQ4 = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /// Twice the numbers of E2M1, the four-bit float, to have integers; scales are halved in return. Minus zero is zero, as in the reference decoder.
    private static final byte[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private DecodeBook() { }

    /// half scale, 16 bytes of nibbles.
    static void iq4nl(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = half(block, at);
        nibbles(IQ4, block, at + 2, 16, codes, code);
    }

    /// half d, eight two-bit scale highs, eight scale nibbles, 128 bytes of nibbles.
    static void iq4xs(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        int highs = u16(block, at + 2);
        for (int g = 0; g < 8; g++) {
            int low = block[at + 4 + (g >> 1)] >> 4 * (g & 1) & 15;
            scales[group + g] = d * ((low | (highs >> 2 * g & 3) << 4) - 32);
            nibbles(IQ4, block, at + 8 + 16 * g, 16, codes, code + 32 * g);
        }
    }

    /// An E8M0 scale (a power of two), 16 bytes of nibbles.
    static void mxfp4(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        scales[group] = Math.scalb(1f, (block[at] & 255) - 128);
        nibbles(E2M1, block, at + 1, 16, codes, code);
    }

    /// Four unsigned E4M3 scales, then 8 bytes of nibbles for each.
    static void nvfp4(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        for (int g = 0; g < 4; g++) {
            int bits = block[at + g] & 255;
            scales[group + g] = bits == 0x7f ? 0 : DecodePlain.e4m3(bits & 0x7f) / 2;
            nibbles(E2M1, block, at + 4 + 8 * g, 8, codes, code + 16 * g);
        }
    }

    /// 52 bytes of base-3 fractions, half d: the digits of byte `b` are what `b * 3^k mod 256` times 3 carries beyond a byte. Numbers go digit by digit
    /// through the first 32 bytes (5 digits), the next 16 (5), and the last 4 (4); `code = digit - 1`.
    static void tq1_0(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        repeat(half(block, at + 52), scales, group);
        digits(block, at, 32, 5, codes, code);
        digits(block, at + 32, 16, 5, codes, code + 160);
        digits(block, at + 48, 4, 4, codes, code + 240);
    }

    /// 64 bytes of two-bit codes in the planes of [DecodeK], half d; `code = bits - 1`.
    static void tq2_0(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        repeat(half(block, at + 64), scales, group);
        for (int i = 0; i < 256; i++) codes[code + i] = (byte) (DecodeK.twoBits(block, at, i) - 1);
    }

    /// Low nibbles of `bytes` bytes, then their high nibbles.
    private static void nibbles(byte[] book, byte[] block, int at, int bytes, byte[] codes, int code) {
        for (int i = 0; i < bytes; i++) {
            codes[code + i] = book[block[at + i] & 15];
            codes[code + bytes + i] = book[block[at + i] >> 4 & 15];
        }
    }

    private static void digits(byte[] block, int at, int bytes, int digits, byte[] codes, int code) {
        for (int k = 0, power = 1; k < digits; k++, power *= 3)
            for (int i = 0; i < bytes; i++)
                codes[code + k * bytes + i] = (byte) (((block[at + i] * power & 255) * 3 >> 8) - 1);
    }

    /// The block's one scale for its eight groups.
    private static void repeat(float scale, float[] scales, int group) {
        for (int g = 0; g < 8; g++) scales[group + g] = scale;
    }
}
