package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// 4-bit codes, kept as code + 8, or as they are where there is a minimum: the codes of a block are `[k / 8][16 rows]` ints, of which byte c holds column 8 j + c in its
/// low half and 8 j + 4 + c in its high half.
record TilesQ4(MemorySegment data, int rows, int blocks, Grouping grouping) implements CodedTiles {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    /// Ints a row has in one block.
    private static final int INTS = 4;

    @Override
    public float bias() { return grouping.minimum() ? 0 : 8; }

    @Override
    public void codes(long at, float[] out) {
        for (int j = 0; j < INTS * blocks; j++) {
            int word = data.get(ValueLayout.JAVA_INT, at + 64L * j);
            for (int c = 0; c < 4; c++) {
                out[8 * j + c] = word >>> 8 * c & 15;
                out[8 * j + 4 + c] = word >>> 8 * c + 4 & 15;
            }
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
                offset = minimum ? zero : low;
                least = minimum ? low : zero;
            }
            IntVector v = IntVector.fromMemorySegment(I, w, codeAt + 64L * j, Lanes.LE);
            long to = at + 1024L * j;
            ((FloatVector) v.and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 128, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 256, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 384, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 512, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 640, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 768, Lanes.LE);
            ((FloatVector) v.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).fma(scale, offset).add(least).intoMemorySegment(panel, to + 896, Lanes.LE);
        }
    }

    @Override
    public void multiply(float[] x, int strip, float[] sums, Scratch scratch) {
        int last = strips() - 1;
        int strip1 = Math.min(strip + 1, last), strip2 = Math.min(strip + 2, last), strip3 = Math.min(strip + 3, last);
        float[] scales = Scales.unpack(this, strip, AT_ONCE, scratch);
        if (grouping.minimum()) multiplyWithMinimum(data, codeAt(strip), codeAt(strip1), codeAt(strip2), codeAt(strip3), blocks, grouping, scales, x, sums);
        else multiply(data, codeAt(strip), codeAt(strip1), codeAt(strip2), codeAt(strip3), blocks, grouping, scales, x, sums);
    }

    private static void multiply(MemorySegment w, long codes0, long codes1, long codes2, long codes3, int blocks, Grouping grouping,
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
            FloatVector xk = FloatVector.broadcast(F, x[8 * j]);
            sum0 = ((FloatVector) v0.and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 3]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 4]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 5]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 6]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 7]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
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
            FloatVector xk = FloatVector.broadcast(F, x[8 * j]);
            sum0 = ((FloatVector) v0.and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 3]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 24).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 4]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 4).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 5]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 12).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 6]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 20).and(15).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[8 * j + 7]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 28).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
