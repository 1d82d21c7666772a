package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [SingleQ4] with minimums, where scales and minimums are products. Apart, because a method with all forms of scales is too large for the JIT compiler.
final class SingleQ4Products {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final VectorSpecies<Short> S = Lanes.S;

    private SingleQ4Products() {}

    static void multiply(MemorySegment w, long codes0, long codes1, long codes2, long codes3, long scales0, long scales1, long scales2, long scales3,
                         float[] roots, int blocks, Grouping grouping, QuantisedRows rows, float[] sums) {
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
                int root = block / Grouping.ROOT_BLOCKS * 8 * Scales.STRIP;
                FloatVector scale0 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales0 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root));
                FloatVector scale1 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales1 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + Scales.STRIP));
                FloatVector scale2 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales2 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 2 * Scales.STRIP));
                FloatVector scale3 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales3 + group, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 3 * Scales.STRIP));
                FloatVector least0 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales0 + group + minimumAt, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 4 * Scales.STRIP));
                FloatVector least1 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales1 + group + minimumAt, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 5 * Scales.STRIP));
                FloatVector least2 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales2 + group + minimumAt, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 6 * Scales.STRIP));
                FloatVector least3 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales3 + group + minimumAt, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 7 * Scales.STRIP));
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
