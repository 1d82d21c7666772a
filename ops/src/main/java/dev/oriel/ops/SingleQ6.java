package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [IntegerQ6] for one token.
final class SingleQ6 {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final VectorSpecies<Short> S = Lanes.S;

    private SingleQ6() {}

    /// sums[i] = row `strip * lanes + i` · the one token of x, for four strips; past the last strip it repeats that one.
    static void multiply(TilesQ6 tiles, int strip, QuantisedRows rows, float[] sums, Scratch scratch) {
        int last = tiles.strips() - 1;
        Grouping grouping = tiles.grouping();
        float[] scales = grouping.products() && !grouping.minimum() ? Scales.products(tiles, strip, Tiles.AT_ONCE, scratch) : Scales.unpack(tiles, strip, Tiles.AT_ONCE, scratch);
        for (int i = 0; i < Tiles.AT_ONCE; i += 2) {
            long codes0 = tiles.codeAt(Math.min(strip + i, last)), codes1 = tiles.codeAt(Math.min(strip + i + 1, last));
            two(tiles.data(), codes0, codes1, tiles.blocks(), grouping, scales, i * Scales.STRIP, rows, sums, i * Lanes.COUNT);
        }
    }

    private static void two(MemorySegment w, long codes0, long codes1, int blocks, Grouping grouping,
                            float[] scales, int scalesAt, QuantisedRows rows, float[] sums, int at) {
        boolean minimum = grouping.minimum();
        int groupScales = 2 * Tiles.AT_ONCE * Scales.STRIP;
        int blockScales = grouping.groups() * groupScales;
        int toSecond = (grouping.groups() - 1) * groupScales;
        int[] x = rows.pairs();
        int[] xOffsets = rows.offsets();
        float[] xScales = rows.scales();
        float[] xSums = rows.sums();
        FloatVector zero = FloatVector.zero(F), first0 = zero, first1 = zero, second0 = zero, second1 = zero;
        for (int block = 0; block < blocks; block++) {
            long to = IntegerQ6.BLOCK_BYTES * block, upper = to + IntegerQ6.UPPER_AT;
            FloatVector xScale = FloatVector.broadcast(F, xScales[block]);
            ShortVector a0 = IntVector.broadcast(I, xOffsets[2 * block]).reinterpretAsShorts(), a1 = a0;
            IntVector h0 = IntVector.fromMemorySegment(I, w, codes0 + upper, Lanes.LE);
            IntVector h1 = IntVector.fromMemorySegment(I, w, codes1 + upper, Lanes.LE);
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + to, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + to, Lanes.LE);
            ShortVector s0 = v0.and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHL, 4).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            ShortVector s1 = v1.and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHL, 4).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            ShortVector xt = IntVector.broadcast(I, x[16 * block]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 1]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            s0 = v0.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHL, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHL, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 2]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 3]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            v0 = IntVector.fromMemorySegment(I, w, codes0 + to + 64, Lanes.LE);
            v1 = IntVector.fromMemorySegment(I, w, codes1 + to + 64, Lanes.LE);
            s0 = v0.and(IntegerQ6.LOWER).or(h0.and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.and(IntegerQ6.LOWER).or(h1.and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 4]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 5]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            s0 = v0.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHR, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHR, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 6]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 7]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            int b = scalesAt + block * blockScales;
            FloatVector scale0 = FloatVector.fromArray(F, scales, b), scale1 = FloatVector.fromArray(F, scales, b + Scales.STRIP);
            IntVector i = a0.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            first0 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, first0);
            i = a1.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            first1 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, first1);
            a0 = IntVector.broadcast(I, xOffsets[2 * block + 1]).reinterpretAsShorts();
            a1 = a0;
            h0 = IntVector.fromMemorySegment(I, w, codes0 + upper + IntegerQ6.UPPER_BYTES, Lanes.LE);
            h1 = IntVector.fromMemorySegment(I, w, codes1 + upper + IntegerQ6.UPPER_BYTES, Lanes.LE);
            v0 = IntVector.fromMemorySegment(I, w, codes0 + to + 128, Lanes.LE);
            v1 = IntVector.fromMemorySegment(I, w, codes1 + to + 128, Lanes.LE);
            s0 = v0.and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHL, 4).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHL, 4).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 8]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 9]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            s0 = v0.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHL, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHL, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 10]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 11]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            v0 = IntVector.fromMemorySegment(I, w, codes0 + to + 192, Lanes.LE);
            v1 = IntVector.fromMemorySegment(I, w, codes1 + to + 192, Lanes.LE);
            s0 = v0.and(IntegerQ6.LOWER).or(h0.and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.and(IntegerQ6.LOWER).or(h1.and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 12]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 13]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            s0 = v0.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h0.lanewise(VectorOperators.LSHR, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            s1 = v1.lanewise(VectorOperators.LSHR, 4).and(IntegerQ6.LOWER).or(h1.lanewise(VectorOperators.LSHR, 2).and(IntegerQ6.UPPER)).reinterpretAsShorts();
            xt = IntVector.broadcast(I, x[16 * block + 14]).reinterpretAsShorts();
            a0 = a0.add(s0.mul(xt));
            a1 = a1.add(s1.mul(xt));
            xt = IntVector.broadcast(I, x[16 * block + 15]).reinterpretAsShorts();
            a0 = a0.add(s0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(s1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            b += toSecond;
            scale0 = FloatVector.fromArray(F, scales, b);
            scale1 = FloatVector.fromArray(F, scales, b + Scales.STRIP);
            i = a0.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            second0 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, second0);
            i = a1.reinterpretAsInts();
            i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
            second1 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, second1);
            if (minimum) {
                FloatVector xSum = FloatVector.broadcast(F, xSums[block]), bias = FloatVector.broadcast(F, 32);
                second0 = xSum.fma(scale0.fma(bias, FloatVector.fromArray(F, scales, b + 4 * Scales.STRIP)), second0);
                second1 = xSum.fma(scale1.fma(bias, FloatVector.fromArray(F, scales, b + 5 * Scales.STRIP)), second1);
            }
        }
        first0.add(second0).intoArray(sums, at);
        first1.add(second1).intoArray(sums, at + Lanes.COUNT);
    }
}
