package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [IntegerQ4] for one token, where reading the weights takes the time. Scales are widened in the loop: a pass over them before it would leave the memory idle.
///
/// A lane of 16 bits has four codes, s = n0 + 16 n1 + 256 n2 + 4096 n3, and they are never taken apart: modulo 2^16, n0 x0 + n1 x1 + n2 x2 + n3 x3 =
/// s y0 + (s >>> 4) y1 + (s >>> 8) y2 + (s >>> 12) y3 with y0 = x0 and yi = xi - 16 x(i - 1), which are what [QuantisedRows] holds. The sum of a block fits 16 bits, so that what
/// overflows on the way does not matter.
final class SingleQ4 {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final VectorSpecies<Short> S = Lanes.S;

    private SingleQ4() {}

    /// sums[i] = row `strip * lanes + i` · the one token of x, for four strips; past the last strip it repeats that one.
    static void multiply(TilesQ4 tiles, int strip, QuantisedRows rows, float[] sums, Scratch scratch) {
        int last = tiles.strips() - 1;
        int strip1 = Math.min(strip + 1, last), strip2 = Math.min(strip + 2, last), strip3 = Math.min(strip + 3, last);
        long codes0 = tiles.codeAt(strip), codes1 = tiles.codeAt(strip1), codes2 = tiles.codeAt(strip2), codes3 = tiles.codeAt(strip3);
        long scales0 = tiles.scaleAt(strip), scales1 = tiles.scaleAt(strip1), scales2 = tiles.scaleAt(strip2), scales3 = tiles.scaleAt(strip3);
        MemorySegment w = tiles.data();
        int blocks = tiles.blocks();
        Grouping grouping = tiles.grouping();
        if (grouping.minimum() && !grouping.products()) {
            multiplyWithMinimum(w, codes0, codes1, codes2, codes3, scales0, scales1, scales2, scales3, blocks, grouping, rows, sums);
            return;
        }
        float[] roots = Scales.roots(tiles, strip, Tiles.AT_ONCE, scratch);
        if (grouping.minimum()) SingleQ4Products.multiply(w, codes0, codes1, codes2, codes3, scales0, scales1, scales2, scales3, roots, blocks, grouping, rows, sums);
        else multiply(w, codes0, codes1, codes2, codes3, scales0, scales1, scales2, scales3, roots, blocks, grouping, rows, sums);
    }

    private static void multiply(MemorySegment w, long codes0, long codes1, long codes2, long codes3, long scales0, long scales1, long scales2, long scales3,
                                 float[] roots, int blocks, Grouping grouping, QuantisedRows rows, float[] sums) {
        Scaling scaling = grouping.scaling();
        long groupBytes = grouping.groupBytes();
        int[] x = rows.pairs();
        float[] xScales = rows.scales();
        int[] xOffsets = rows.offsets();
        ShortVector none = ShortVector.zero(S), a0 = none, a1 = none, a2 = none, a3 = none;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        for (int j = 0; j < 4 * blocks; j++) {
            long codes = 64L * j;
            ShortVector n0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n2 = IntVector.fromMemorySegment(I, w, codes2 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n3 = IntVector.fromMemorySegment(I, w, codes3 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector xt = IntVector.broadcast(I, x[4 * j]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            a1 = a1.add(n1.mul(xt));
            a2 = a2.add(n2.mul(xt));
            a3 = a3.add(n3.mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 1]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 4).mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 2]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 8).mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 3]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 12).mul(xt));
            if ((j & 3) == 3) {
                int block = j >> 2;
                long group = block * groupBytes;
                FloatVector scale0, scale1, scale2, scale3;
                if (scaling == Scaling.HALF) {
                    scale0 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales0 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale1 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales1 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale2 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales2 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale3 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales3 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                } else if (scaling == Scaling.SINGLE) {
                    scale0 = FloatVector.fromMemorySegment(F, w, scales0 + group, Lanes.LE);
                    scale1 = FloatVector.fromMemorySegment(F, w, scales1 + group, Lanes.LE);
                    scale2 = FloatVector.fromMemorySegment(F, w, scales2 + group, Lanes.LE);
                    scale3 = FloatVector.fromMemorySegment(F, w, scales3 + group, Lanes.LE);
                } else {
                    int root = block / Grouping.ROOT_BLOCKS * 8 * Scales.STRIP;
                    scale0 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales0 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root));
                    scale1 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales1 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + Scales.STRIP));
                    scale2 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales2 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 2 * Scales.STRIP));
                    scale3 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales3 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 3 * Scales.STRIP));
                }
                FloatVector xScale = FloatVector.broadcast(F, xScales[block] * IntegerQ4.ONE_HIGH);
                IntVector xOffset = IntVector.broadcast(I, xOffsets[block]);
                IntVector i = a0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(IntegerQ4.HIGH);
                sum0 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, sum0);
                a0 = none;
                i = a1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(IntegerQ4.HIGH);
                sum1 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, sum1);
                a1 = none;
                i = a2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(IntegerQ4.HIGH);
                sum2 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale2, sum2);
                a2 = none;
                i = a3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).add(i).add(xOffset).and(IntegerQ4.HIGH);
                sum3 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale3, sum3);
                a3 = none;
            }
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }

    private static void multiplyWithMinimum(MemorySegment w, long codes0, long codes1, long codes2, long codes3, long scales0, long scales1, long scales2, long scales3,
                                            int blocks, Grouping grouping, QuantisedRows rows, float[] sums) {
        Scaling scaling = grouping.scaling();
        long groupBytes = grouping.groupBytes();
        long minimumAt = grouping.minimumAt();
        int[] x = rows.pairs();
        float[] xScales = rows.scales();
        float[] xSums = rows.sums();
        ShortVector none = ShortVector.zero(S), a0 = none, a1 = none, a2 = none, a3 = none;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        for (int j = 0; j < 4 * blocks; j++) {
            long codes = 64L * j;
            ShortVector n0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n2 = IntVector.fromMemorySegment(I, w, codes2 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector n3 = IntVector.fromMemorySegment(I, w, codes3 + codes, Lanes.LE).reinterpretAsShorts();
            ShortVector xt = IntVector.broadcast(I, x[4 * j]).reinterpretAsShorts();
            a0 = a0.add(n0.mul(xt));
            a1 = a1.add(n1.mul(xt));
            a2 = a2.add(n2.mul(xt));
            a3 = a3.add(n3.mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 1]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 4).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 4).mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 2]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 8).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 8).mul(xt));
            xt = IntVector.broadcast(I, x[4 * j + 3]).reinterpretAsShorts();
            a0 = a0.add(n0.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a1 = a1.add(n1.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a2 = a2.add(n2.lanewise(VectorOperators.LSHR, 12).mul(xt));
            a3 = a3.add(n3.lanewise(VectorOperators.LSHR, 12).mul(xt));
            if ((j & 3) == 3) {
                int block = j >> 2;
                long group = block * groupBytes;
                FloatVector scale0, scale1, scale2, scale3;
                FloatVector least0, least1, least2, least3;
                if (scaling == Scaling.HALF) {
                    scale0 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales0 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale1 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales1 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale2 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales2 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale3 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales3 + group, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    least0 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales0 + group + minimumAt, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    least1 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales1 + group + minimumAt, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    least2 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales2 + group + minimumAt, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    least3 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales3 + group + minimumAt, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                } else {
                    scale0 = FloatVector.fromMemorySegment(F, w, scales0 + group, Lanes.LE);
                    scale1 = FloatVector.fromMemorySegment(F, w, scales1 + group, Lanes.LE);
                    scale2 = FloatVector.fromMemorySegment(F, w, scales2 + group, Lanes.LE);
                    scale3 = FloatVector.fromMemorySegment(F, w, scales3 + group, Lanes.LE);
                    least0 = FloatVector.fromMemorySegment(F, w, scales0 + group + minimumAt, Lanes.LE);
                    least1 = FloatVector.fromMemorySegment(F, w, scales1 + group + minimumAt, Lanes.LE);
                    least2 = FloatVector.fromMemorySegment(F, w, scales2 + group + minimumAt, Lanes.LE);
                    least3 = FloatVector.fromMemorySegment(F, w, scales3 + group + minimumAt, Lanes.LE);
                }
                FloatVector xScale = FloatVector.broadcast(F, xScales[block]), xSum = FloatVector.broadcast(F, xSums[block]);
                IntVector i = a0.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                sum0 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale0, xSum.fma(least0, sum0));
                a0 = none;
                i = a1.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                sum1 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale1, xSum.fma(least1, sum1));
                a1 = none;
                i = a2.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                sum2 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale2, xSum.fma(least2, sum2));
                a2 = none;
                i = a3.reinterpretAsInts();
                i = i.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(i.lanewise(VectorOperators.ASHR, 16));
                sum3 = ((FloatVector) i.convert(VectorOperators.I2F, 0)).mul(xScale).fma(scale3, xSum.fma(least3, sum3));
                a3 = none;
            }
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
