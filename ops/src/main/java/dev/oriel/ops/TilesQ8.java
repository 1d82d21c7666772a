package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// 8-bit codes, kept as code + 128: the codes of a block are `[k / 4][16 rows]` ints, of which byte c is column 4 j + c.
record TilesQ8(MemorySegment data, int rows, int blocks, Grouping grouping) implements CodedTiles {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    /// What was added to every code.
    private static final float BIAS = 128;
    /// Ints a row has in one block.
    private static final int INTS = 8;

    @Override
    public float bias() { return BIAS; }

    @Override
    public void codes(long at, float[] out) {
        for (int j = 0; j < INTS * blocks; j++) {
            int word = data.get(ValueLayout.JAVA_INT, at + 64L * j);
            for (int c = 0; c < 4; c++) out[4 * j + c] = word >>> 8 * c & 255;
        }
    }

    @Override
    public void decode(long codes, int count, float[] scales, MemorySegment panel, long at) { decode(data, codes, count, grouping, scales, panel, at); }

    private static void decode(MemorySegment w, long codeAt, int count, Grouping grouping, float[] scales, MemorySegment panel, long at) {
        boolean minimum = grouping.minimum();
        int groupInts = INTS / grouping.groups();
        FloatVector zero = FloatVector.zero(F), scale = zero, offset = zero, least = zero;
        for (int j = 0; j < INTS * count; j++) {
            if (j % groupInts == 0) {
                int a = j / groupInts * 2 * Scales.STRIP;
                scale = FloatVector.fromArray(F, scales, a);
                FloatVector low = FloatVector.fromArray(F, scales, a + Scales.STRIP);
                offset = minimum ? scale.mul(-BIAS) : low;
                least = minimum ? low : zero;
            }
            IntVector v = IntVector.fromMemorySegment(I, w, codeAt + 64L * j, Lanes.LE);
            long to = at + 512L * j;
            ((FloatVector) v.and(255).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 128, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 256, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 384, Lanes.LE);
        }
    }

    @Override
    public void multiply(float[] x, int strip, float[] sums, Scratch scratch) {
        int last = strips() - 1;
        int strip1 = Math.min(strip + 1, last), strip2 = Math.min(strip + 2, last), strip3 = Math.min(strip + 3, last);
        long codes0 = codeAt(strip), codes1 = codeAt(strip1), codes2 = codeAt(strip2), codes3 = codeAt(strip3);
        if (grouping.minimum()) multiplyWithMinimum(data, codes0, codes1, codes2, codes3, blocks, grouping, Scales.unpack(this, strip, AT_ONCE, scratch), x, sums);
        else multiply(data, codes0, codes1, codes2, codes3, scaleAt(strip), scaleAt(strip1), scaleAt(strip2), scaleAt(strip3),
            Scales.roots(this, strip, AT_ONCE, scratch), blocks, grouping, x, sums);
    }

    /// Scales are widened in the loop: a pass over them before it would leave the memory idle.
    private static void multiply(MemorySegment w, long codes0, long codes1, long codes2, long codes3, long scales0, long scales1, long scales2, long scales3,
                                 float[] roots, int blocks, Grouping grouping, float[] x, float[] sums) {
        Scaling scaling = grouping.scaling();
        long groupBytes = grouping.groupBytes();
        int groupMask = INTS / grouping.groups() - 1;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        FloatVector scale0 = zero, scale1 = zero, scale2 = zero, scale3 = zero;
        FloatVector least0 = zero, least1 = zero, least2 = zero, least3 = zero;
        long at = 0;
        for (int j = 0; j < INTS * blocks; j++) {
            if ((j & groupMask) == 0) {
                if (scaling == Scaling.HALF) {
                    scale0 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales0 + at, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale1 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales1 + at, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale2 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales2 + at, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                    scale3 = ((IntVector) ShortVector.fromMemorySegment(Lanes.HALF, w, scales3 + at, Lanes.LE).castShape(I, 0)).lanewise(VectorOperators.LSHL, 13).and(Lanes.HALF_BITS).reinterpretAsFloats().mul(Lanes.HALF_BIAS);
                } else if (scaling == Scaling.SINGLE) {
                    scale0 = FloatVector.fromMemorySegment(F, w, scales0 + at, Lanes.LE);
                    scale1 = FloatVector.fromMemorySegment(F, w, scales1 + at, Lanes.LE);
                    scale2 = FloatVector.fromMemorySegment(F, w, scales2 + at, Lanes.LE);
                    scale3 = FloatVector.fromMemorySegment(F, w, scales3 + at, Lanes.LE);
                } else {
                    int root = j / (INTS * Grouping.ROOT_BLOCKS) * 8 * Scales.STRIP;
                    scale0 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales0 + at, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root));
                    scale1 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales1 + at, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + Scales.STRIP));
                    scale2 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales2 + at, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 2 * Scales.STRIP));
                    scale3 = ((FloatVector) ByteVector.fromMemorySegment(Lanes.BYTES, w, scales3 + at, Lanes.LE).castShape(I, 0).convert(VectorOperators.I2F, 0)).mul(FloatVector.fromArray(F, roots, root + 3 * Scales.STRIP));
                }
                least0 = scale0.mul(-BIAS);
                least1 = scale1.mul(-BIAS);
                least2 = scale2.mul(-BIAS);
                least3 = scale3.mul(-BIAS);
                at += groupBytes;
            }
            long codes = 64L * j;
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE);
            IntVector v2 = IntVector.fromMemorySegment(I, w, codes2 + codes, Lanes.LE);
            IntVector v3 = IntVector.fromMemorySegment(I, w, codes3 + codes, Lanes.LE);
            FloatVector xk = FloatVector.broadcast(F, x[4 * j]);
            sum0 = ((FloatVector) v0.and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 3]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }

    private static void multiplyWithMinimum(MemorySegment w, long codes0, long codes1, long codes2, long codes3, int blocks, Grouping grouping,
                                            float[] scales, float[] x, float[] sums) {
        int groupMask = INTS / grouping.groups() - 1;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        FloatVector scale0 = zero, scale1 = zero, scale2 = zero, scale3 = zero;
        FloatVector least0 = zero, least1 = zero, least2 = zero, least3 = zero;
        int next = 0;
        for (int j = 0; j < INTS * blocks; j++) {
            if ((j & groupMask) == 0) {
                scale0 = FloatVector.fromArray(F, scales, next);
                scale1 = FloatVector.fromArray(F, scales, next + 1 * Scales.STRIP);
                scale2 = FloatVector.fromArray(F, scales, next + 2 * Scales.STRIP);
                scale3 = FloatVector.fromArray(F, scales, next + 3 * Scales.STRIP);
                least0 = FloatVector.fromArray(F, scales, next + 4 * Scales.STRIP);
                least1 = FloatVector.fromArray(F, scales, next + 5 * Scales.STRIP);
                least2 = FloatVector.fromArray(F, scales, next + 6 * Scales.STRIP);
                least3 = FloatVector.fromArray(F, scales, next + 7 * Scales.STRIP);
                next += 8 * Scales.STRIP;
            }
            long codes = 64L * j;
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + codes, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + codes, Lanes.LE);
            IntVector v2 = IntVector.fromMemorySegment(I, w, codes2 + codes, Lanes.LE);
            IntVector v3 = IntVector.fromMemorySegment(I, w, codes3 + codes, Lanes.LE);
            FloatVector xk = FloatVector.broadcast(F, x[4 * j]);
            sum0 = ((FloatVector) v0.and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(255).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * j + 3]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 24).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 24).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 24).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 24).sub((int) BIAS).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
