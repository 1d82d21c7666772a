package dev.oriel.ops;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Activations as 8-bit integers with a scale per 32 columns, laid out for [IntegerQ4] or [IntegerQ6]: in groups of four tokens `[group][block][...][4]`, or one token alone.
final class QuantisedRows {
    private static final VectorSpecies<Float> F = Lanes.F;
    /// 1.5 * 2^23: adding it rounds to an integer, which then lies in the low bits.
    private static final float ROUND = 12582912f;

    private int[] pairs = {};
    private float[] scales = {};
    private float[] sums = {};
    private int[] offsets = {};
    private final int bits;
    private int blocks;
    private int tokens;

    /// @param bits of the codes they are multiplied with: 4 or 6
    QuantisedRows(int bits) { this.bits = bits; }

    /// `[group][block][16 pairs][token]`. A pair holds, for both 16-bit lanes of codes, the column whose code is lowest there after a shift. Where codes are not taken apart, it is
    /// less the one before it times what that one's code, shifted away now, was counted too much: with codes of 6 bits every second one, 256-fold; with codes of 4 bits, of one token
    /// alone, three of four, 16-fold.
    int[] pairs() { return pairs; }

    /// `[group][block][token]`
    float[] scales() { return scales; }

    /// scale * sum of the block's integers, `[group][block][token]`
    float[] sums() { return sums; }

    /// What takes the bias of codes away: for 4 bits -8 * sum of the block's integers, in the upper 16 bits, `[group][block][token]`; for 6 bits -32 * sum of the integers that meet
    /// in a 16-bit lane, for the two lanes of half a block, `[group][block][half][token]`.
    int[] offsets() { return offsets; }

    /// Makes room for n rows and clears those that only fill up the last group.
    void reserve(int n, int blocks) {
        this.blocks = blocks;
        tokens = n == 1 ? 1 : IntegerQ4.TOKENS;
        int padded = Math.ceilDiv(n, tokens) * tokens;
        if (scales.length < padded * blocks) {
            pairs = new int[Math.multiplyExact(padded * blocks, IntegerQ4.PAIRS)];
            scales = new float[padded * blocks];
            sums = new float[padded * blocks];
            offsets = new int[padded * blocks * (bits == 4 ? 1 : 2)];
        }
        float[] zeros = new float[n == padded ? 0 : Tiles.BLOCK * blocks];
        for (int token = n; token < padded; token++) quantise(zeros, token, new int[Tiles.BLOCK]);
    }

    /// Quantises one row, `[32 * blocks]` and zero padded: q = round(x * 127 / largest), scale = largest / 127.
    ///
    /// @param codes scratch of 32
    void quantise(float[] x, int token, int[] codes) {
        int first = token / tokens * blocks * tokens + token % tokens;
        for (int block = 0; block < blocks; block++) {
            float largest = largest(x, block * Tiles.BLOCK);
            int sum = round(x, block * Tiles.BLOCK, largest == 0 ? 0 : 127 / largest, codes);
            int at = first + block * tokens;
            scales[at] = largest / 127;
            sums[at] = largest / 127 * sum;
            int pair = (first - token % tokens + block * tokens) * IntegerQ4.PAIRS + token % tokens;
            if (bits == 4) {
                offsets[at] = -8 * sum << 16;
                arrange4(codes, pairs, pair, tokens);
            } else {
                int offset = 2 * at - token % tokens;
                offsets[offset] = offset(codes, 0);
                offsets[offset + tokens] = offset(codes, Tiles.BLOCK / 2);
                arrange6(codes, pairs, pair, tokens);
            }
        }
    }

    private static float largest(float[] x, int from) {
        FloatVector largest = FloatVector.zero(F);
        for (int i = 0; i < Tiles.BLOCK; i += F.length()) largest = largest.max(FloatVector.fromArray(F, x, from + i).abs());
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /// Returns the sum of the integers.
    private static int round(float[] x, int from, float factor, int[] codes) {
        FloatVector by = FloatVector.broadcast(F, factor), shift = FloatVector.broadcast(F, ROUND);
        IntVector sum = IntVector.zero(Lanes.I);
        for (int i = 0; i < Tiles.BLOCK; i += F.length()) {
            IntVector q = FloatVector.fromArray(F, x, from + i).fma(by, shift).reinterpretAsInts().sub(Float.floatToRawIntBits(ROUND));
            sum = sum.add(q);
            q.intoArray(codes, i);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static void arrange4(int[] codes, int[] pairs, int at, int step) {
        int times = step == 1 ? 16 : 0;
        for (int j = 0; j < Tiles.BLOCK; j += 8) {
            pairs[at] = pair(codes[j], codes[j + 2]);
            pairs[at + step] = pair(codes[j + 4] - times * codes[j], codes[j + 6] - times * codes[j + 2]);
            pairs[at + 2 * step] = pair(codes[j + 1] - times * codes[j + 4], codes[j + 3] - times * codes[j + 6]);
            pairs[at + 3 * step] = pair(codes[j + 5] - times * codes[j + 1], codes[j + 7] - times * codes[j + 3]);
            at += 4 * step;
        }
    }

    private static void arrange6(int[] codes, int[] pairs, int at, int step) {
        for (int j = 0; j < Tiles.BLOCK; j += 4) {
            pairs[at] = pair(codes[j], codes[j + 2]);
            pairs[at + step] = pair(codes[j + 1] - 256 * codes[j], codes[j + 3] - 256 * codes[j + 2]);
            at += 2 * step;
        }
    }

    private static int offset(int[] codes, int from) {
        int low = 0, high = 0;
        for (int j = from; j < from + Tiles.BLOCK / 2; j += 4) {
            low += codes[j] + codes[j + 1];
            high += codes[j + 2] + codes[j + 3];
        }
        return pair(-32 * low, -32 * high);
    }

    private static int pair(int low, int high) { return low & 0xffff | high << 16; }
}
