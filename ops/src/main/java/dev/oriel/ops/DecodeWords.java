package dev.oriel.ops;

import java.util.Map;

/// The formats that most files are in, four codes at a time and as tiles have them: nibbles, or bytes with 128 added. Where there is no such decoder, codes come
/// one by one from [Format#decodeGroups].
///
/// A start packs every number of a model once, mostly in code that is not compiled yet: what counts is how few steps there are.
///
/// Layouts stand in [DecodeSimple] and [DecodeK].
final class DecodeWords {
    private static final int NIBBLES = 0x0f0f0f0f;
    private static final int PAIRS = 0x03030303;
    private static final int BITS = 0x01010101;
    /// 128 less the largest negative code, in each byte.
    private static final int FROM_ZERO = 0x80808080;
    private static final int FROM_16 = 0x70707070;
    private static final int FROM_32 = 0x60606060;
    private static final int BLOCK = 32 / 4;

    /// Decodes one block `stored[at ..]`, in units of two bytes, into `words[word ..]`, `scales[group ..]` and, where the format has them, `minimums[group ..]`.
    interface Decoder {
        void decode(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group);
    }

    private static final Map<Format, Decoder> DECODERS = Map.of(Format.Q4_0, DecodeWords::q4_0, Format.Q4_1, DecodeWords::q4_1, Format.Q5_0, DecodeWords::q5_0, Format.Q5_1, DecodeWords::q5_1,
            Format.Q8_0, DecodeWords::q8_0, Format.Q4_K, DecodeWords::q4, Format.Q5_K, DecodeWords::q5, Format.Q6_K, DecodeWords::q6);

    private DecodeWords() {}

    /// Null where there is none.
    static Decoder of(Format format) { return DECODERS.get(format); }

    private static float half(short[] stored, int at) { return Float.float16ToFloat(stored[at]); }

    private static int i32(short[] stored, int at) { return stored[at] & 0xffff | stored[at + 1] << 16; }

    // ---- blocks of 32

    private static void q4_0(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        scales[group] = half(stored, at);
        nibbles(stored, at + 1, words, word, BLOCK / 2);
    }

    private static void q4_1(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        scales[group] = half(stored, at);
        minimums[group] = half(stored, at + 1);
        nibbles(stored, at + 2, words, word, BLOCK / 2);
    }

    private static void q5_0(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        scales[group] = half(stored, at);
        nibbles(stored, at + 3, words, word, BLOCK / 2);
        int bits = i32(stored, at + 1);
        for (int i = 0; i < BLOCK; i++) words[word + i] = (words[word + i] | spread(bits >>> 4 * i) << 4) + FROM_16;
    }

    private static void q5_1(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        scales[group] = half(stored, at);
        minimums[group] = half(stored, at + 1);
        nibbles(stored, at + 4, words, word, BLOCK / 2);
        int bits = i32(stored, at + 2);
        for (int i = 0; i < BLOCK; i++) words[word + i] |= spread(bits >>> 4 * i) << 4 | FROM_ZERO;
    }

    private static void q8_0(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        scales[group] = half(stored, at);
        for (int i = 0; i < BLOCK; i++) words[word + i] = i32(stored, at + 1 + 2 * i) ^ FROM_ZERO;
    }

    /// `count` words whose low nibbles come first, and all high ones after them.
    private static void nibbles(short[] stored, int at, int[] words, int word, int count) {
        for (int i = 0; i < count; i++) {
            int both = i32(stored, at + 2 * i);
            words[word + i] = both & NIBBLES;
            words[word + count + i] = both >>> 4 & NIBBLES;
        }
    }

    /// The lowest four bits, one in each byte: no two copies of them overlap.
    private static int spread(int bits) { return (bits & 15) * 0x00204081 & BITS; }

    // ---- blocks of 256

    private static void q4(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        sixBitScales(stored, at, scales, minimums, group);
        for (int i = 0; i < 4; i++) nibbles(stored, at + 8 + 16 * i, words, word + 2 * BLOCK * i, BLOCK);
    }

    private static void q5(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        sixBitScales(stored, at, scales, minimums, group);
        for (int i = 0; i < 4; i++) nibbles(stored, at + 24 + 16 * i, words, word + 2 * BLOCK * i, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            int fifth = i32(stored, at + 8 + 2 * i);
            for (int g = 0; g < 8; g++) words[word + BLOCK * g + i] |= (fifth >>> g & BITS) << 4 | FROM_ZERO;
        }
    }

    private static void q6(short[] stored, int at, int[] words, int word, float[] scales, float[] minimums, int group) {
        float d = half(stored, at + 104);
        for (int g = 0; g < 16; g += 2) {
            scales[group + g] = d * (byte) stored[at + 96 + g / 2];
            scales[group + g + 1] = d * (stored[at + 96 + g / 2] >> 8);
        }
        for (int h = 0; h < 2; h++) {
            int first = word + 4 * BLOCK * h;
            nibbles(stored, at + 32 * h, words, first, 2 * BLOCK);
            for (int i = 0; i < BLOCK; i++) {
                int high = i32(stored, at + 64 + 16 * h + 2 * i);
                for (int q = 0; q < 4; q++) words[first + BLOCK * q + i] = (words[first + BLOCK * q + i] | (high >>> 2 * q & PAIRS) << 4) + FROM_32;
            }
        }
    }

    private static void sixBitScales(short[] stored, int at, float[] scales, float[] minimums, int group) {
        float d = half(stored, at);
        float dmin = half(stored, at + 1);
        int packedScales = i32(stored, at + 2);
        int packedMinimums = i32(stored, at + 4);
        int packedLow = i32(stored, at + 6);
        for (int g = 0; g < 4; g++) {
            int scale = packedScales >>> 8 * g;
            int minimum = packedMinimums >>> 8 * g;
            int low = packedLow >>> 8 * g;
            scales[group + g] = d * (scale & 63);
            minimums[group + g] = -(dmin * (minimum & 63));
            scales[group + 4 + g] = d * (low & 15 | scale >> 2 & 0x30);
            minimums[group + 4 + g] = -(dmin * (low >> 4 & 15 | minimum >> 2 & 0x30));
        }
    }
}
