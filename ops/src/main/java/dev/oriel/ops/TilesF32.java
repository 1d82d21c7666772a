package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// 32-bit floats: a block is `[k][16 rows]`.
record TilesF32(MemorySegment data, int rows, int blocks) implements Tiles {
    static final int BLOCK_BYTES = ROWS * BLOCK * Float.BYTES;

    private static final VectorSpecies<Float> F = Lanes.F;

    @Override
    public String layout() { return "f32"; }

    private long at(int strip) { return (long) (strip / STRIPS) * blocks * BLOCK_BYTES + (long) (strip % STRIPS) * Lanes.COUNT * Float.BYTES; }

    @Override
    public void row(int row, float[] out) {
        long at = (long) (row / ROWS) * blocks * BLOCK_BYTES + (long) (row % ROWS) * Float.BYTES;
        for (int k = 0; k < BLOCK * blocks; k++) out[k] = data.get(HostRows.FLOAT, at + 64L * k);
    }

    @Override
    public void decode(int tile, int block, int count, Scratch scratch, long at) {
        long from = at(tile * STRIPS) + (long) block * BLOCK_BYTES;
        for (int k = 0; k < BLOCK * count; k++) MemorySegment.copy(data, from + 64L * k, scratch.panel, at + 128L * k, 64);
    }

    @Override
    public void multiply(float[] x, int strip, float[] sums, Scratch scratch) {
        int last = strips() - 1;
        multiply(data, at(strip), at(Math.min(strip + 1, last)), at(Math.min(strip + 2, last)), at(Math.min(strip + 3, last)), BLOCK * blocks, x, sums);
    }

    private static void multiply(MemorySegment w, long at0, long at1, long at2, long at3, int count, float[] x, float[] sums) {
        FloatVector zero = FloatVector.zero(F), sum0 = zero, sum1 = zero, sum2 = zero, sum3 = zero;
        for (int j = 0; j < count; j++) {
            FloatVector xk = FloatVector.broadcast(F, x[j]);
            sum0 = FloatVector.fromMemorySegment(F, w, at0 + 64L * j, Lanes.LE).fma(xk, sum0);
            sum1 = FloatVector.fromMemorySegment(F, w, at1 + 64L * j, Lanes.LE).fma(xk, sum1);
            sum2 = FloatVector.fromMemorySegment(F, w, at2 + 64L * j, Lanes.LE).fma(xk, sum2);
            sum3 = FloatVector.fromMemorySegment(F, w, at3 + 64L * j, Lanes.LE).fma(xk, sum3);
        }
        sum0.intoArray(sums, 0);
        sum1.intoArray(sums, Lanes.COUNT);
        sum2.intoArray(sums, 2 * Lanes.COUNT);
        sum3.intoArray(sums, 3 * Lanes.COUNT);
    }
}
