package dev.oriel.ops;

import static dev.oriel.ops.LittleEndian.half;

/// The "k" formats: blocks of 256 numbers, a half scale for the block and small integer scales for its groups.
///
/// Two-bit planes (`qs` of q2 and q3, `qh` of q6) hold number `128 h + 32 q + i` in bits `2q, 2q + 1` of byte `32 h + i`.
final class DecodeK {
    private DecodeK() { }

    /// 16 bytes (scale, minimum nibble), 64 bytes of two-bit codes, half d, half dmin.
    static void q2(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at + 80);
        float dmin = half(block, at + 82);
        for (int g = 0; g < 16; g++) {
            scales[group + g] = d * (block[at + g] & 15);
            minimums[group + g] = -(dmin * (block[at + g] >> 4 & 15));
        }
        for (int i = 0; i < 256; i++) codes[code + i] = (byte) twoBits(block, at + 16, i);
    }

    /// 32 bytes of third bits, 64 of two-bit codes, 12 of packed six-bit scales, half d. The code is four lower where the third bit is *not* set.
    static void q3(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at + 108);
        int packed = at + 96;
        for (int g = 0; g < 16; g++) {
            int low = block[packed + (g & 7)] >> (g >> 3 << 2) & 15;
            int high = block[packed + 8 + (g & 3)] >> (g >> 2 << 1) & 3;
            scales[group + g] = d * ((low | high << 4) - 32);
        }
        for (int i = 0; i < 256; i++) {
            int third = block[at + (i & 31)] >> (i >> 5) & 1;
            codes[code + i] = (byte) (twoBits(block, at + 32, i) + 4 * third - 4);
        }
    }

    /// half d, half dmin, 12 bytes of packed scales and minimums, 128 bytes of nibbles.
    static void q4(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        sixBitScales(block, at, scales, minimums, group);
        for (int i = 0; i < 256; i++) codes[code + i] = (byte) nibble(block, at + 16, i);
    }

    /// half d, half dmin, 12 bytes of packed scales and minimums, 32 of fifth bits (bit g of byte i belongs to number i of group g), 128 of nibbles.
    static void q5(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        sixBitScales(block, at, scales, minimums, group);
        for (int i = 0; i < 256; i++) {
            int fifth = block[at + 16 + (i & 31)] >> (i >> 5) & 1;
            codes[code + i] = (byte) (nibble(block, at + 48, i) | fifth << 4);
        }
    }

    /// 128 bytes of low nibbles, 64 of two-bit highs, 16 signed scales, half d; `code = bits - 32`.
    static void q6(byte[] block, int at, byte[] codes, int code, float[] scales, float[] minimums, int group) {
        float d = half(block, at + 208);
        for (int g = 0; g < 16; g++) scales[group + g] = d * block[at + 192 + g];
        for (int i = 0; i < 256; i++) {
            int low = block[at + (i >> 7 << 6) + (i & 63)] >> (i >> 6 & 1) * 4 & 15;
            codes[code + i] = (byte) ((low | twoBits(block, at + 128, i) << 4) - 32);
        }
    }

    static int twoBits(byte[] block, int at, int i) {
        return block[at + (i >> 7 << 5) + (i & 31)] >> (i >> 5 & 3) * 2 & 3;
    }

    /// Each 32 bytes hold 64 numbers: first the low nibbles, then the high ones.
    private static int nibble(byte[] block, int at, int i) {
        return block[at + (i >> 6 << 5) + (i & 31)] >> (i >> 5 & 1) * 4 & 15;
    }

    /// Six-bit scale and minimum of eight groups in 12 bytes: those of groups 0..3 are the low bits of bytes 0..3 and 4..7; those of groups 4..7 have
    /// their low four bits in bytes 8..11 (scale low nibble, minimum high nibble) and their high two on top of bytes 0..3 and 4..7.
    private static void sixBitScales(byte[] block, int at, float[] scales, float[] minimums, int group) {
        float d = half(block, at);
        float dmin = half(block, at + 2);
        int packed = at + 4;
        for (int g = 0; g < 4; g++) {
            int scale = block[packed + g];
            int minimum = block[packed + 4 + g];
            int low = block[packed + 8 + g];
            scales[group + g] = d * (scale & 63);
            minimums[group + g] = -(dmin * (minimum & 63));
            scales[group + 4 + g] = d * (low & 15 | scale >> 2 & 0x30);
            minimums[group + 4 + g] = -(dmin * (low >> 4 & 15 | minimum >> 2 & 0x30));
        }
    }
}
