package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Codes of 6 bits, kept as code + 32, or as they are where there is a minimum. A *quad* is four columns of a row, a byte each; of a block's eight the lower 4 bits come first,
/// as in [TilesQ4]: `[quad / 2][16 rows]` ints, even quads in the low halves of their bytes, odd ones in the high halves. Behind them the upper 2 bits: `[quad / 4][16 rows]`
/// ints, of which bits 2 (q mod 4) and the next of byte c belong to column c of quad q.
record TilesQ6(MemorySegment data, int rows, int blocks, Grouping grouping) implements CodedTiles {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final int NIBBLES = 0x0f0f0f0f, PAIRS = 0x03030303;
    /// Quads of a row in one block.
    private static final int QUADS = 8;
    /// Bytes of a block, and where its upper bits begin.
    private static final int BLOCK_BYTES = 384, UPPER = 256;

    @Override
    public float bias() { return grouping.minimum() ? 0 : 32; }

    /// From the first codes of a row to the int with the lower bits of a quad.
    private static long lowAt(int quad) { return (long) (quad >> 3) * BLOCK_BYTES + 64L * (quad >> 1 & 3); }

    /// The same for its upper bits.
    private static long highAt(int quad) { return (long) (quad >> 3) * BLOCK_BYTES + UPPER + 64L * (quad >> 2 & 1); }

    @Override
    public void codes(long at, float[] out) {
        for (int q = 0; q < QUADS * blocks; q++) {
            int low = data.get(ValueLayout.JAVA_INT, at + lowAt(q)) >>> 4 * (q & 1) & NIBBLES;
            int high = data.get(ValueLayout.JAVA_INT, at + highAt(q)) >>> 2 * (q & 3) & PAIRS;
            for (int c = 0; c < 4; c++) out[4 * q + c] = (low | high << 4) >>> 8 * c & 63;
        }
    }

    @Override
    public void decode(long codes, int count, float[] scales, MemorySegment panel, long at) { decode(data, codes, count, grouping, scales, panel, at); }

    private static void decode(MemorySegment w, long codeAt, int count, Grouping grouping, float[] scales, MemorySegment panel, long at) {
        boolean minimum = grouping.minimum();
        int groupQuads = QUADS / grouping.groups();
        FloatVector zero = FloatVector.zero(F), scale = zero, offset = zero, least = zero;
        for (int q = 0; q < QUADS * count; q++) {
            if (q % groupQuads == 0) {
                int a = q / groupQuads * 2 * Scales.STRIP;
                scale = FloatVector.fromArray(F, scales, a);
                FloatVector low = FloatVector.fromArray(F, scales, a + Scales.STRIP);
                offset = minimum ? zero : low;
                least = minimum ? low : zero;
            }
            IntVector v = IntVector.fromMemorySegment(I, w, codeAt + lowAt(q), Lanes.LE).lanewise(VectorOperators.LSHR, 4 * (q & 1)).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codeAt + highAt(q), Lanes.LE).lanewise(VectorOperators.LSHR, 2 * (q & 3)).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            long to = at + 512L * q;
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
        float[] scales = Scales.unpack(this, strip, AT_ONCE, scratch);
        if (grouping.minimum()) multiplyWithMinimum(data, codeAt(strip), codeAt(strip1), codeAt(strip2), codeAt(strip3), blocks, grouping, scales, x, sums);
        else multiply(data, codeAt(strip), codeAt(strip1), codeAt(strip2), codeAt(strip3), blocks, grouping, scales, x, sums);
    }

    private static void multiply(MemorySegment w, long codes0, long codes1, long codes2, long codes3, int blocks, Grouping grouping,
                                 float[] scales, float[] x, float[] sums) {
        int groupMask = QUADS / grouping.groups() - 1;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        FloatVector scale0 = zero, scale1 = zero, scale2 = zero, scale3 = zero;
        FloatVector least0 = zero, least1 = zero, least2 = zero, least3 = zero;
        int next = 0;
        for (int q = 0; q < QUADS * blocks; q++) {
            if ((q & groupMask) == 0) {
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
            long low = lowAt(q), high = highAt(q);
            int nibble = 4 * (q & 1), pair = 2 * (q & 3);
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes0 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes1 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v2 = IntVector.fromMemorySegment(I, w, codes2 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes2 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v3 = IntVector.fromMemorySegment(I, w, codes3 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes3 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            FloatVector xk = FloatVector.broadcast(F, x[4 * q]);
            sum0 = ((FloatVector) v0.and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale0, least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale1, least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale2, least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).fma(scale3, least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 3]);
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
        int groupMask = QUADS / grouping.groups() - 1;
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        FloatVector scale0 = zero, scale1 = zero, scale2 = zero, scale3 = zero;
        FloatVector least0 = zero, least1 = zero, least2 = zero, least3 = zero;
        int next = 0;
        for (int q = 0; q < QUADS * blocks; q++) {
            if ((q & groupMask) == 0) {
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
            long low = lowAt(q), high = highAt(q);
            int nibble = 4 * (q & 1), pair = 2 * (q & 3);
            IntVector v0 = IntVector.fromMemorySegment(I, w, codes0 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes0 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v1 = IntVector.fromMemorySegment(I, w, codes1 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes1 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v2 = IntVector.fromMemorySegment(I, w, codes2 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes2 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            IntVector v3 = IntVector.fromMemorySegment(I, w, codes3 + low, Lanes.LE).lanewise(VectorOperators.LSHR, nibble).and(NIBBLES)
                .or(IntVector.fromMemorySegment(I, w, codes3 + high, Lanes.LE).lanewise(VectorOperators.LSHR, pair).and(PAIRS).lanewise(VectorOperators.LSHL, 4));
            FloatVector xk = FloatVector.broadcast(F, x[4 * q]);
            sum0 = ((FloatVector) v0.and(255).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.and(255).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.and(255).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.and(255).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 1]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 8).and(255).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 2]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 16).and(255).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[4 * q + 3]);
            sum0 = ((FloatVector) v0.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).mul(scale0).add(least0).fma(xk, sum0);
            sum1 = ((FloatVector) v1.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).mul(scale1).add(least1).fma(xk, sum1);
            sum2 = ((FloatVector) v2.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).mul(scale2).add(least2).fma(xk, sum2);
            sum3 = ((FloatVector) v3.lanewise(VectorOperators.LSHR, 24).convert(VectorOperators.I2F, 0)).mul(scale3).add(least3).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
