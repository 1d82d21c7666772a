package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// 16-bit floats: a block is `[k / 2][16 rows]` ints, of which the low half is column 2 j and the high half column 2 j + 1.
///
/// @param brain bfloat16, else float16 without infinities and NaN
record TilesHalf(MemorySegment data, int rows, int blocks, boolean brain) implements Tiles {
    static final int BLOCK_BYTES = ROWS * BLOCK * Short.BYTES;

    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;

    @Override
    public String layout() { return brain ? "bf16" : "f16"; }

    private long at(int strip) { return (long) (strip / STRIPS) * blocks * BLOCK_BYTES + (long) (strip % STRIPS) * Lanes.COUNT * Integer.BYTES; }

    @Override
    public void row(int row, float[] out) {
        long at = (long) (row / ROWS) * blocks * BLOCK_BYTES + (long) (row % ROWS) * Integer.BYTES;
        for (int j = 0; j < BLOCK / 2 * blocks; j++) {
            int pair = data.get(ValueLayout.JAVA_INT, at + 64L * j);
            out[2 * j] = brain ? Float.intBitsToFloat(pair << 16) : Float.float16ToFloat((short) pair);
            out[2 * j + 1] = brain ? Float.intBitsToFloat(pair & 0xffff0000) : Float.float16ToFloat((short) (pair >>> 16));
        }
    }

    @Override
    public void decode(int tile, int block, int count, Scratch scratch, long at) {
        for (int i = 0; i < STRIPS; i++) {
            long from = at(tile * STRIPS + i) + (long) block * BLOCK_BYTES;
            long to = at + 4L * i * Lanes.COUNT;
            if (brain) decodeBrain(data, from, BLOCK / 2 * count, scratch.panel, to);
            else decodeHalf(data, from, BLOCK / 2 * count, scratch.panel, to);
        }
    }

    private static void decodeBrain(MemorySegment w, long from, int pairs, MemorySegment panel, long to) {
        for (int j = 0; j < pairs; j++) {
            IntVector v = IntVector.fromMemorySegment(I, w, from + 64L * j, Lanes.LE);
            v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                .intoMemorySegment(panel, to + 256L * j, Lanes.LE);
            v.and(0xffff0000).reinterpretAsFloats()
                .intoMemorySegment(panel, to + 256L * j + 128, Lanes.LE);
        }
    }

    private static void decodeHalf(MemorySegment w, long from, int pairs, MemorySegment panel, long to) {
        for (int j = 0; j < pairs; j++) {
            IntVector v = IntVector.fromMemorySegment(I, w, from + 64L * j, Lanes.LE);
            v.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f)
                .intoMemorySegment(panel, to + 256L * j, Lanes.LE);
            v.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f)
                .intoMemorySegment(panel, to + 256L * j + 128, Lanes.LE);
        }
    }

    @Override
    public void multiply(float[] x, int strip, float[] sums, Scratch scratch) {
        int last = strips() - 1;
        long at0 = at(strip), at1 = at(Math.min(strip + 1, last)), at2 = at(Math.min(strip + 2, last)), at3 = at(Math.min(strip + 3, last));
        if (brain) multiplyBrain(data, at0, at1, at2, at3, BLOCK / 2 * blocks, x, sums);
        else multiplyHalf(data, at0, at1, at2, at3, BLOCK / 2 * blocks, x, sums);
    }

    private static void multiplyBrain(MemorySegment w, long at0, long at1, long at2, long at3, int count, float[] x, float[] sums) {
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        for (int j = 0; j < count; j++) {
            IntVector v0 = IntVector.fromMemorySegment(I, w, at0 + 64L * j, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, at1 + 64L * j, Lanes.LE);
            IntVector v2 = IntVector.fromMemorySegment(I, w, at2 + 64L * j, Lanes.LE);
            IntVector v3 = IntVector.fromMemorySegment(I, w, at3 + 64L * j, Lanes.LE);
            FloatVector xk = FloatVector.broadcast(F, x[2 * j]);
            sum0 = v0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(xk, sum0);
            sum1 = v1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(xk, sum1);
            sum2 = v2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(xk, sum2);
            sum3 = v3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[2 * j + 1]);
            sum0 = v0.and(0xffff0000).reinterpretAsFloats().fma(xk, sum0);
            sum1 = v1.and(0xffff0000).reinterpretAsFloats().fma(xk, sum1);
            sum2 = v2.and(0xffff0000).reinterpretAsFloats().fma(xk, sum2);
            sum3 = v3.and(0xffff0000).reinterpretAsFloats().fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }

    private static void multiplyHalf(MemorySegment w, long at0, long at1, long at2, long at3, int count, float[] x, float[] sums) {
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        for (int j = 0; j < count; j++) {
            IntVector v0 = IntVector.fromMemorySegment(I, w, at0 + 64L * j, Lanes.LE);
            IntVector v1 = IntVector.fromMemorySegment(I, w, at1 + 64L * j, Lanes.LE);
            IntVector v2 = IntVector.fromMemorySegment(I, w, at2 + 64L * j, Lanes.LE);
            IntVector v3 = IntVector.fromMemorySegment(I, w, at3 + 64L * j, Lanes.LE);
            FloatVector xk = FloatVector.broadcast(F, x[2 * j]);
            sum0 = v0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum0);
            sum1 = v1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum1);
            sum2 = v2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum2);
            sum3 = v3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum3);
            xk = FloatVector.broadcast(F, x[2 * j + 1]);
            sum0 = v0.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum0);
            sum1 = v1.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum1);
            sum2 = v2.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum2);
            sum3 = v3.lanewise(VectorOperators.ASHR, 3).and(0x8fffe000).reinterpretAsFloats().mul(0x1p112f).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
