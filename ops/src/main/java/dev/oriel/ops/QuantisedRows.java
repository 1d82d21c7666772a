package dev.oriel.ops;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Activations as 8-bit integers with a scale per 32 columns, laid out for [IntegerQ4]: in groups of four tokens `[group][block][...][4]`, or one token alone.
final class QuantisedRows {
    private static final VectorSpecies<Float> F = Lanes.F;
    /// 1.5 * 2^23: adding it rounds to an integer, which then lies in the low bits.
    private static final float ROUND = 12582912f;

    private int[] pairs = {};
    private float[] scales = {};
    private float[] sums = {};
    private int blocks;
    private int tokens;

    /// `[group][block][16 pairs][token]`: pair `4 j + p` holds the two columns whose codes share a 16-bit lane after a shift by `4 p`.
    int[] pairs() { return pairs; }

    /// `[group][block][token]`
    float[] scales() { return scales; }

    /// scale * sum of the block's integers, `[group][block][token]`
    float[] sums() { return sums; }

    /// Makes room for n rows and clears those that only fill up the last group.
    void reserve(int n, int blocks) {
        this.blocks = blocks;
        tokens = n == 1 ? 1 : IntegerQ4.TOKENS;
        int padded = Math.ceilDiv(n, tokens) * tokens;
        if (scales.length < padded * blocks) {
            pairs = new int[Math.multiplyExact(padded * blocks, IntegerQ4.PAIRS)];
            scales = new float[padded * blocks];
            sums = new float[padded * blocks];
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
            arrange(codes, pairs, (first - token % tokens + block * tokens) * IntegerQ4.PAIRS + token % tokens, tokens);
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

    private static void arrange(int[] codes, int[] pairs, int at, int step) {
        for (int j = 0; j < Tiles.BLOCK; j += 8) {
            pairs[at] = codes[j] & 0xffff | codes[j + 2] << 16;
            pairs[at + step] = codes[j + 4] & 0xffff | codes[j + 6] << 16;
            pairs[at + 2 * step] = codes[j + 1] & 0xffff | codes[j + 3] << 16;
            pairs[at + 3 * step] = codes[j + 5] & 0xffff | codes[j + 7] << 16;
            at += 4 * step;
        }
    }
}
