package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Products of 4-bit codes with 8-bit activations, in 16-bit lanes: 16 products of at most 15 * 127 fit one, and a row has two of them.
///
/// So a block of 32 columns is summed exactly in integers. Of codes without a minimum the 8 in every code is taken away there too, after which also the sum of both lanes of a row fits
/// 16 bits; then a fused multiply-add follows, with the scale, and one more with the minimum if there is one. [SingleQ4] gets the same numbers for one token in another way, which
/// was a sixth slower here.
final class IntegerQ4 {
    /// Tokens of a group.
    static final int TOKENS = 4;
    /// Ints a token has per block: pairs of 16-bit activations.
    static final int PAIRS = 16;
    /// Rows that [#multiply] takes together.
    static final int ROWS = 32;
    private static final int STRIPS = ROWS / Lanes.COUNT;

    /// The low 4 bits of both halves of an int. Ints are shifted, not shorts: for those there are instructions with a constant count.
    private static final int MASK = 0x000f000f;
    /// The high half of an int, and a factor that moves a number from there to the low half.
    static final int HIGH = 0xffff0000;
    static final float ONE_HIGH = 0x1p-16f;

    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final VectorSpecies<Short> S = Lanes.S;

    private IntegerQ4() {}

    /// Unpacks the scales of two tiles.
    static float[] scales(CodedTiles tiles, int tile, Scratch scratch) {
        return Scales.unpack(tiles, tile * Tiles.STRIPS, STRIPS, scratch);
    }

    /// sums[token][32] = rows of two tiles · four tokens.
    ///
    /// @param scales what [#scales] unpacked
    /// @param x      the group's pairs `[block][16][4]` from `4 * 16 * blocks * group`, with their scales and scaled sums
    static void multiply(TilesQ4 tiles, int tile, float[] scales, QuantisedRows x, int group, float[] sums) {
        int last = tiles.strips() - 1;
        Arrays.fill(sums, 0, TOKENS * ROWS, 0f);
        for (int i = 0; i < ROWS / Lanes.COUNT; i += 2) {
            int strip = tile * Tiles.STRIPS + i;
            long codes0 = tiles.codeAt(Math.min(strip, last)), codes1 = tiles.codeAt(Math.min(strip + 1, last));
            int at = i * Lanes.COUNT;
            if (tiles.grouping().minimum()) fourWithMinimum(tiles.data(), codes0, codes1, tiles.blocks(), scales, at, x, group * tiles.blocks(), sums, at);
            else four(tiles.data(), codes0, codes1, tiles.blocks(), scales, at, x, group * tiles.blocks(), sums, at);
        }
    }

    private static void four(MemorySegment w, long codes0, long codes1, int blocks,
                             float[] scales, int scalesAt, QuantisedRows rows, int firstBlock, float[] sums, int at) {
        int[] x = rows.pairs();
        float[] xScales = rows.scales();
        int[] xOffsets = rows.offsets();
        int xAt = firstBlock * PAIRS * TOKENS;
        int right = at + Lanes.COUNT;
        ShortVector none = ShortVector.zero(S);
        ShortVector a0 = none, a1 = none, a2 = none, a3 = none, b0 = none, b1 = none, b2 = none, b3 = none;
        for (int j = 0; j < 4 * blocks; j++) {
            int block = j >> 2;
            long codes = 64L * j;
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE);
            int q = xAt + 16 * j;
            ShortVector n0 = v0.and(MASK).reinterpretAsShorts(), n1 = v1.and(MASK).reinterpretAsShorts();
            ShortVector xt = IntVector.broadcast(I, x[q]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 1]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 2]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 3]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 4).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 4).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 4]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 5]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 6]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 7]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 8).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 8).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 8]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 9]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 10]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 11]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 12).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 12).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 12]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 13]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 14]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 15]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            if ((j & 3) == 3) {
                int b = 2 * ROWS * block + scalesAt, xb = (firstBlock + block) * TOKENS;
                FloatVector scale0 = FloatVector.fromArray(F, scales, b), scale1 = FloatVector.fromArray(F, scales, b + Lanes.COUNT);
                FloatVector xScale = FloatVector.broadcast(F, xScales[xb] * ONE_HIGH);
                IntVector xOffset = IntVector.broadcast(I, xOffsets[xb]);
                IntVector i = a0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, FloatVector.fromArray(F, sums, at)).intoArray(sums, at);
                a0 = none;
                i = b0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, FloatVector.fromArray(F, sums, right)).intoArray(sums, right);
                b0 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 1] * ONE_HIGH);
                xOffset = IntVector.broadcast(I, xOffsets[xb + 1]);
                i = a1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, FloatVector.fromArray(F, sums, at + ROWS)).intoArray(sums, at + ROWS);
                a1 = none;
                i = b1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, FloatVector.fromArray(F, sums, right + ROWS)).intoArray(sums, right + ROWS);
                b1 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 2] * ONE_HIGH);
                xOffset = IntVector.broadcast(I, xOffsets[xb + 2]);
                i = a2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, FloatVector.fromArray(F, sums, at + 2 * ROWS)).intoArray(sums, at + 2 * ROWS);
                a2 = none;
                i = b2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, FloatVector.fromArray(F, sums, right + 2 * ROWS)).intoArray(sums, right + 2 * ROWS);
                b2 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 3] * ONE_HIGH);
                xOffset = IntVector.broadcast(I, xOffsets[xb + 3]);
                i = a3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, FloatVector.fromArray(F, sums, at + 3 * ROWS)).intoArray(sums, at + 3 * ROWS);
                a3 = none;
                i = b3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(HIGH);
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, FloatVector.fromArray(F, sums, right + 3 * ROWS)).intoArray(sums, right + 3 * ROWS);
                b3 = none;
            }
        }
    }

    private static void fourWithMinimum(MemorySegment w, long codes0, long codes1, int blocks,
                                        float[] scales, int scalesAt, QuantisedRows rows, int firstBlock, float[] sums, int at) {
        int[] x = rows.pairs();
        float[] xScales = rows.scales();
        float[] xSums = rows.sums();
        int xAt = firstBlock * PAIRS * TOKENS;
        int right = at + Lanes.COUNT;
        ShortVector none = ShortVector.zero(S);
        ShortVector a0 = none, a1 = none, a2 = none, a3 = none, b0 = none, b1 = none, b2 = none, b3 = none;
        for (int j = 0; j < 4 * blocks; j++) {
            int block = j >> 2;
            long codes = 64L * j;
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE);
            int q = xAt + 16 * j;
            ShortVector n0 = v0.and(MASK).reinterpretAsShorts(), n1 = v1.and(MASK).reinterpretAsShorts();
            ShortVector xt = IntVector.broadcast(I, x[q]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 1]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 2]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 3]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 4).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 4).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 4]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 5]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 6]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 7]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 8).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 8).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 8]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 9]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 10]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 11]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            n0 = v0.lanewise(VectorOperators.LSHR, 12).and(MASK).reinterpretAsShorts();
            n1 = v1.lanewise(VectorOperators.LSHR, 12).and(MASK).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[q + 12]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            b0 = b0.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 13]).reinterpretAsShorts();
            a1 = a1.add(n0.mul(xt));
            b1 = b1.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 14]).reinterpretAsShorts();
            a2 = a2.add(n0.mul(xt));
            b2 = b2.add(n1.mul(xt));
            xt = IntVector.broadcast(I, x[q + 15]).reinterpretAsShorts();
            a3 = a3.add(n0.mul(xt));
            b3 = b3.add(n1.mul(xt));
            if ((j & 3) == 3) {
                int b = 2 * ROWS * block + scalesAt, xb = (firstBlock + block) * TOKENS;
                FloatVector scale0 = FloatVector.fromArray(F, scales, b), scale1 = FloatVector.fromArray(F, scales, b + Lanes.COUNT);
                FloatVector least0 = FloatVector.fromArray(F, scales, b + ROWS), least1 = FloatVector.fromArray(F, scales, b + ROWS + Lanes.COUNT);
                FloatVector xScale = FloatVector.broadcast(F, xScales[xb]), xSum = FloatVector.broadcast(F, xSums[xb]);
                IntVector i = a0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, xSum.fma(least0, FloatVector.fromArray(F, sums, at))).intoArray(sums, at);
                a0 = none;
                i = b0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, xSum.fma(least1, FloatVector.fromArray(F, sums, right))).intoArray(sums, right);
                b0 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 1]); 
                xSum = FloatVector.broadcast(F, xSums[xb + 1]);
                i = a1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, xSum.fma(least0, FloatVector.fromArray(F, sums, at + ROWS))).intoArray(sums, at + ROWS);
                a1 = none;
                i = b1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, xSum.fma(least1, FloatVector.fromArray(F, sums, right + ROWS))).intoArray(sums, right + ROWS);
                b1 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 2]); 
                xSum = FloatVector.broadcast(F, xSums[xb + 2]);
                i = a2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, xSum.fma(least0, FloatVector.fromArray(F, sums, at + 2 * ROWS))).intoArray(sums, at + 2 * ROWS);
                a2 = none;
                i = b2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, xSum.fma(least1, FloatVector.fromArray(F, sums, right + 2 * ROWS))).intoArray(sums, right + 2 * ROWS);
                b2 = none;
                xScale = FloatVector.broadcast(F, xScales[xb + 3]); 
                xSum = FloatVector.broadcast(F, xSums[xb + 3]);
                i = a3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, xSum.fma(least0, FloatVector.fromArray(F, sums, at + 3 * ROWS))).intoArray(sums, at + 3 * ROWS);
                a3 = none;
                i = b3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, xSum.fma(least1, FloatVector.fromArray(F, sums, right + 3 * ROWS))).intoArray(sums, right + 3 * ROWS);
                b3 = none;
            }
        }
    }
}
