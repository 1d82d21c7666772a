package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Multiplies a decoded panel `[column][32 rows]` with a group of tokens, two vectors of rows at a time: sums stay in registers, and the panel in the second-level cache while all tokens pass.
final class Panel {
    /// Columns of one panel: 64 KB.
    static final int COLUMNS = 512;
    /// Rows of one panel.
    static final int ROWS = 32;
    static final long BYTES = (long) COLUMNS * ROWS * Float.BYTES;
    /// Tokens of a whole group; a last group of at most [#FEW] is that small.
    static final int TOKENS = 8;
    static final int FEW = 4;

    private static final VectorSpecies<Float> F = Lanes.F;

    private Panel() {}

    /// sums[token][row] += panel · x: x `[column][tokens]` from `xAt`, sums `[token][32]` from `sumsAt`.
    static void multiply(MemorySegment panel, int columns, int tokens, float[] x, int xAt, float[] sums, int sumsAt) {
        for (int row = 0; row < ROWS; row += 2 * Lanes.COUNT) {
            if (tokens == TOKENS) multiply8(panel, 4L * row, columns, x, xAt, sums, sumsAt + row);
            else multiply4(panel, 4L * row, columns, x, xAt, sums, sumsAt + row);
        }
    }

    private static void multiply8(MemorySegment panel, long at, int columns, float[] x, int xAt, float[] sums, int sumsAt) {
        int right = sumsAt + Lanes.COUNT;
        FloatVector a0 = FloatVector.fromArray(F, sums, sumsAt), b0 = FloatVector.fromArray(F, sums, right);
        FloatVector a1 = FloatVector.fromArray(F, sums, sumsAt + ROWS), b1 = FloatVector.fromArray(F, sums, right + ROWS);
        FloatVector a2 = FloatVector.fromArray(F, sums, sumsAt + 2 * ROWS), b2 = FloatVector.fromArray(F, sums, right + 2 * ROWS);
        FloatVector a3 = FloatVector.fromArray(F, sums, sumsAt + 3 * ROWS), b3 = FloatVector.fromArray(F, sums, right + 3 * ROWS);
        FloatVector a4 = FloatVector.fromArray(F, sums, sumsAt + 4 * ROWS), b4 = FloatVector.fromArray(F, sums, right + 4 * ROWS);
        FloatVector a5 = FloatVector.fromArray(F, sums, sumsAt + 5 * ROWS), b5 = FloatVector.fromArray(F, sums, right + 5 * ROWS);
        FloatVector a6 = FloatVector.fromArray(F, sums, sumsAt + 6 * ROWS), b6 = FloatVector.fromArray(F, sums, right + 6 * ROWS);
        FloatVector a7 = FloatVector.fromArray(F, sums, sumsAt + 7 * ROWS), b7 = FloatVector.fromArray(F, sums, right + 7 * ROWS);
        for (int k = 0; k < columns; k++) {
            FloatVector w = FloatVector.fromMemorySegment(F, panel, at + 128L * k, Lanes.LE);
            FloatVector v = FloatVector.fromMemorySegment(F, panel, at + 128L * k + 4 * Lanes.COUNT, Lanes.LE);
            int xk = xAt + 8 * k;
            FloatVector xt = FloatVector.broadcast(F, x[xk]);
            a0 = w.fma(xt, a0);
            b0 = v.fma(xt, b0);
            xt = FloatVector.broadcast(F, x[xk + 1]);
            a1 = w.fma(xt, a1);
            b1 = v.fma(xt, b1);
            xt = FloatVector.broadcast(F, x[xk + 2]);
            a2 = w.fma(xt, a2);
            b2 = v.fma(xt, b2);
            xt = FloatVector.broadcast(F, x[xk + 3]);
            a3 = w.fma(xt, a3);
            b3 = v.fma(xt, b3);
            xt = FloatVector.broadcast(F, x[xk + 4]);
            a4 = w.fma(xt, a4);
            b4 = v.fma(xt, b4);
            xt = FloatVector.broadcast(F, x[xk + 5]);
            a5 = w.fma(xt, a5);
            b5 = v.fma(xt, b5);
            xt = FloatVector.broadcast(F, x[xk + 6]);
            a6 = w.fma(xt, a6);
            b6 = v.fma(xt, b6);
            xt = FloatVector.broadcast(F, x[xk + 7]);
            a7 = w.fma(xt, a7);
            b7 = v.fma(xt, b7);
        }
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, right);
        a1.intoArray(sums, sumsAt + ROWS);
        b1.intoArray(sums, right + ROWS);
        a2.intoArray(sums, sumsAt + 2 * ROWS);
        b2.intoArray(sums, right + 2 * ROWS);
        a3.intoArray(sums, sumsAt + 3 * ROWS);
        b3.intoArray(sums, right + 3 * ROWS);
        a4.intoArray(sums, sumsAt + 4 * ROWS);
        b4.intoArray(sums, right + 4 * ROWS);
        a5.intoArray(sums, sumsAt + 5 * ROWS);
        b5.intoArray(sums, right + 5 * ROWS);
        a6.intoArray(sums, sumsAt + 6 * ROWS);
        b6.intoArray(sums, right + 6 * ROWS);
        a7.intoArray(sums, sumsAt + 7 * ROWS);
        b7.intoArray(sums, right + 7 * ROWS);
    }

    private static void multiply4(MemorySegment panel, long at, int columns, float[] x, int xAt, float[] sums, int sumsAt) {
        int right = sumsAt + Lanes.COUNT;
        FloatVector a0 = FloatVector.fromArray(F, sums, sumsAt), b0 = FloatVector.fromArray(F, sums, right);
        FloatVector a1 = FloatVector.fromArray(F, sums, sumsAt + ROWS), b1 = FloatVector.fromArray(F, sums, right + ROWS);
        FloatVector a2 = FloatVector.fromArray(F, sums, sumsAt + 2 * ROWS), b2 = FloatVector.fromArray(F, sums, right + 2 * ROWS);
        FloatVector a3 = FloatVector.fromArray(F, sums, sumsAt + 3 * ROWS), b3 = FloatVector.fromArray(F, sums, right + 3 * ROWS);
        for (int k = 0; k < columns; k++) {
            FloatVector w = FloatVector.fromMemorySegment(F, panel, at + 128L * k, Lanes.LE);
            FloatVector v = FloatVector.fromMemorySegment(F, panel, at + 128L * k + 4 * Lanes.COUNT, Lanes.LE);
            int xk = xAt + 4 * k;
            FloatVector xt = FloatVector.broadcast(F, x[xk]);
            a0 = w.fma(xt, a0);
            b0 = v.fma(xt, b0);
            xt = FloatVector.broadcast(F, x[xk + 1]);
            a1 = w.fma(xt, a1);
            b1 = v.fma(xt, b1);
            xt = FloatVector.broadcast(F, x[xk + 2]);
            a2 = w.fma(xt, a2);
            b2 = v.fma(xt, b2);
            xt = FloatVector.broadcast(F, x[xk + 3]);
            a3 = w.fma(xt, a3);
            b3 = v.fma(xt, b3);
        }
        a0.intoArray(sums, sumsAt);
        b0.intoArray(sums, right);
        a1.intoArray(sums, sumsAt + ROWS);
        b1.intoArray(sums, right + ROWS);
        a2.intoArray(sums, sumsAt + 2 * ROWS);
        b2.intoArray(sums, right + 2 * ROWS);
        a3.intoArray(sums, sumsAt + 3 * ROWS);
        b3.intoArray(sums, right + 3 * ROWS);
    }
}
