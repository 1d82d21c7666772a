package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/// Rows `[n, width]` inside larger rows: a view with strange numbers on all four sides, which must still be there when the values are read.
final class Guarded {
    private static final float GUARD = -12345.75f;

    private final Ops ops;
    private final int n;
    private final int width;
    private final int left;
    private final Rows whole;

    /// @param left columns before the view: 16 keeps it on a vector boundary, 3 does not
    Guarded(Ops ops, int n, int width, int left) {
        this.ops = ops;
        this.n = n;
        this.width = width;
        this.left = left;
        whole = ops.rows(n + 2, left + width + 5);
        float[] guards = new float[whole.capacity() * whole.width()];
        Arrays.fill(guards, GUARD);
        ops.write(guards, whole, whole.capacity());
    }

    /// Rows that hold `values`.
    static Guarded of(Ops ops, float[] values, int width, int left) {
        Guarded out = new Guarded(ops, values.length / width, width, left);
        ops.write(values, out.rows(), out.n);
        return out;
    }

    /// The view; it has one row more than `n`, so that work on row `n` would be seen.
    Rows rows() { return whole.rows(1, n + 1).columns(left, width); }

    /// The values, after a look at everything around them.
    float[] values() {
        float[] all = new float[whole.capacity() * whole.width()];
        ops.read(whole, whole.capacity(), all);
        float[] out = new float[n * width];
        for (int row = 0; row < whole.capacity(); row++)
            for (int column = 0; column < whole.width(); column++) {
                float value = all[row * whole.width() + column];
                boolean inside = row >= 1 && row <= n && column >= left && column < left + width;
                if (inside) out[(row - 1) * width + column - left] = value;
                else assertThat(value).as("neighbour at row %d, column %d of view [%d, %d]", row - 1, column - left, n, width).isEqualTo(GUARD);
            }
        return out;
    }
}
