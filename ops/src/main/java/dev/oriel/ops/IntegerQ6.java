package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Products of 6-bit codes with 8-bit activations, as [IntegerQ4] has those of 4-bit codes: a 16-bit lane has two codes, s = u0 + 256 u1, and u0 x0 + u1 x1 =
/// s y0 + (s >>> 8) y1 modulo 2^16, with y0 = x0 and y1 = x1 - 256 x0. Sums begin at -32 times the sum of their activations, so that they are those of codes from -32 to 31, of
/// which a lane holds 8 products: 16 columns of a row, for its two lanes.
///
/// A fused multiply-add follows with the scale. The first halves of all blocks make one sum, the second halves another, with the minimums in it, if there are any: those of codes
/// from 0 to 63 plus 32 scales. [SingleQ6] takes the same steps.
final class IntegerQ6 {
    /// The lower 4 bits of four codes, and their upper 2.
    static final int LOWER = 0x0f0f0f0f, UPPER = 0x30303030;
    /// Bytes of a block; of the lower bits of half a block; where the upper bits begin, and bytes of those of half a block.
    static final long BLOCK_BYTES = 384, LOWER_BYTES = 128, UPPER_AT = 256, UPPER_BYTES = 64;

    private static final int TOKENS = IntegerQ4.TOKENS, PAIRS = IntegerQ4.PAIRS, ROWS = IntegerQ4.ROWS;

    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final VectorSpecies<Short> S = Lanes.S;

    private IntegerQ6() {}

    /// sums[token][32] = rows of two tiles · four tokens, as [IntegerQ4#multiply].
    ///
    /// @param sums room for twice as many
    static void multiply(TilesQ6 tiles, int tile, float[] scales, QuantisedRows x, int group, float[] sums) {
        int last = tiles.strips() - 1;
        Arrays.fill(sums, 0, 2 * TOKENS * ROWS, 0f);
        for (int i = 0; i < ROWS / Lanes.COUNT; i++) {
            long codes = tiles.codeAt(Math.min(tile * Tiles.STRIPS + i, last));
            for (int half = 0; half < 2; half++)
                four(tiles.data(), codes + half * LOWER_BYTES, codes + UPPER_AT + half * UPPER_BYTES, tiles.blocks(), half, tiles.grouping(), scales, i * Lanes.COUNT,
                    x, group * tiles.blocks(), sums, half * TOKENS * ROWS + i * Lanes.COUNT);
        }
        for (int i = 0; i < TOKENS * ROWS; i++) sums[i] += sums[TOKENS * ROWS + i];
    }

    private static void four(MemorySegment w, long lower, long upper, int blocks, int half, Grouping grouping,
                             float[] scales, int scalesAt, QuantisedRows rows, int firstBlock, float[] sums, int at) {
        boolean minimum = grouping.minimum() && half == 1;
        int blockScales = 2 * ROWS * grouping.groups();
        int b = scalesAt + (grouping.groups() - 1) * half * 2 * ROWS;
        int[] x = rows.pairs();
        int[] xOffsets = rows.offsets();
        float[] xScales = rows.scales();
        float[] xSums = rows.sums();
        int xAt = (2 * firstBlock + half) * TOKENS;
        for (int block = 0; block < blocks; block++) {
            long to = BLOCK_BYTES * block;
            IntVector v = IntVector.fromMemorySegment(I, w, lower + to, Lanes.LE), h = IntVector.fromMemorySegment(I, w, upper + to, Lanes.LE);
            int xb = (firstBlock + block) * TOKENS, xo = xAt + 2 * TOKENS * block, q = 8 * xo;
            ShortVector a0 = IntVector.broadcast(I, xOffsets[xo]).reinterpretAsShorts(), a1 = IntVector.broadcast(I, xOffsets[xo + 1]).reinterpretAsShorts();
            ShortVector a2 = IntVector.broadcast(I, xOffsets[xo + 2]).reinterpretAsShorts(), a3 = IntVector.broadcast(I, xOffsets[xo + 3]).reinterpretAsShorts();
            ShortVector s = v.and(LOWER).or(h.lanewise(VectorOperators.LSHL, 4).and(UPPER)).reinterpretAsShorts();
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 1]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 2]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 3]).reinterpretAsShorts()));
            s = s.lanewise(VectorOperators.LSHR, 8);
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 4]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 5]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 6]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 7]).reinterpretAsShorts()));
            s = v.lanewise(VectorOperators.LSHR, 4).and(LOWER).or(h.lanewise(VectorOperators.LSHL, 2).and(UPPER)).reinterpretAsShorts();
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 8]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 9]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 10]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 11]).reinterpretAsShorts()));
            s = s.lanewise(VectorOperators.LSHR, 8);
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 12]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 13]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 14]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 15]).reinterpretAsShorts()));
            v = IntVector.fromMemorySegment(I, w, lower + to + 64, Lanes.LE);
            s = v.and(LOWER).or(h.and(UPPER)).reinterpretAsShorts();
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 16]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 17]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 18]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 19]).reinterpretAsShorts()));
            s = s.lanewise(VectorOperators.LSHR, 8);
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 20]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 21]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 22]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 23]).reinterpretAsShorts()));
            s = v.lanewise(VectorOperators.LSHR, 4).and(LOWER).or(h.lanewise(VectorOperators.LSHR, 2).and(UPPER)).reinterpretAsShorts();
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 24]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 25]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 26]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 27]).reinterpretAsShorts()));
            s = s.lanewise(VectorOperators.LSHR, 8);
            a0 = a0.add(s.mul(IntVector.broadcast(I, x[q + 28]).reinterpretAsShorts()));
            a1 = a1.add(s.mul(IntVector.broadcast(I, x[q + 29]).reinterpretAsShorts()));
            a2 = a2.add(s.mul(IntVector.broadcast(I, x[q + 30]).reinterpretAsShorts()));
            a3 = a3.add(s.mul(IntVector.broadcast(I, x[q + 31]).reinterpretAsShorts()));
            FloatVector scale = FloatVector.fromArray(F, scales, b);
            IntVector i = a0.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(FloatVector.broadcast(F, xScales[xb])).fma(scale, FloatVector.fromArray(F, sums, at)).intoArray(sums, at);
            i = a1.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(FloatVector.broadcast(F, xScales[xb + 1])).fma(scale, FloatVector.fromArray(F, sums, at + ROWS)).intoArray(sums, at + ROWS);
            i = a2.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(FloatVector.broadcast(F, xScales[xb + 2])).fma(scale, FloatVector.fromArray(F, sums, at + 2 * ROWS)).intoArray(sums, at + 2 * ROWS);
            i = a3.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(FloatVector.broadcast(F, xScales[xb + 3])).fma(scale, FloatVector.fromArray(F, sums, at + 3 * ROWS)).intoArray(sums, at + 3 * ROWS);
            if (minimum) {
                FloatVector least = scale.fma(FloatVector.broadcast(F, 32), FloatVector.fromArray(F, scales, b + ROWS));
                for (int token = 0; token < TOKENS; token++)
                    FloatVector.broadcast(F, xSums[xb + token]).fma(least, FloatVector.fromArray(F, sums, at + token * ROWS)).intoArray(sums, at + token * ROWS);
            }
            b += blockScales;
        }
    }
}
