package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Rows, views and tokens.
interface MemoryContract extends Contract {

    @Test
    default void rowsStartAtZeroAndKeepWhatIsWritten() {
        Draw draw = new Draw(1);
        try (Ops ops = open()) {
            for (int width : SIZES) {
                Rows rows = ops.rows(5, width);
                float[] read = new float[5 * width];
                ops.read(rows, 5, read);
                Close.same(read, new float[5 * width], "new rows of width %d", width);
                float[] values = draw.floats(5 * width);
                ops.write(values, rows, 5);
                ops.read(rows, 5, read);
                Close.same(read, values, "%s, rows of width %d", draw, width);
                assertThat(rows.width()).isEqualTo(width);
                assertThat(rows.capacity()).isEqualTo(5);
                rows.close();
            }
        }
    }

    @Test
    default void viewsOfViewsShareTheWhole() {
        try (Ops ops = open()) {
            Rows whole = ops.rows(4, 20);
            Rows view = whole.rows(1, 3).columns(5, 10).columns(2, 3).rows(1, 2);
            assertThat(view.capacity()).isEqualTo(2);
            assertThat(view.width()).isEqualTo(3);
            ops.write(new float[] {1, 2, 3, 4, 5, 6}, view, 2);
            view.close();
            float[] expected = new float[80];
            for (int i = 0; i < 6; i++) expected[(2 + i / 3) * 20 + 7 + i % 3] = i + 1;
            float[] read = new float[80];
            ops.read(whole, 4, read);
            Close.same(read, expected, "the whole");
        }
    }

    @Test
    default void pickTakesTheWantedRows() {
        Draw draw = new Draw(2);
        try (Ops ops = open()) {
            for (int width : SIZES) {
                float[] x = draw.floats(9 * width);
                int[] wanted = {0, 3, 4, 8};
                Guarded out = new Guarded(ops, wanted.length, width, 3);
                try (Tokens tokens = ops.tokens(new int[9], new int[9], wanted)) {
                    assertThat(tokens.count()).isEqualTo(9);
                    assertThat(tokens.outputs()).isEqualTo(4);
                    ops.pick(tokens, Guarded.of(ops, x, width, 3).rows(), out.rows());
                }
                float[] expected = new float[wanted.length * width];
                for (int j = 0; j < wanted.length; j++) System.arraycopy(x, wanted[j] * width, expected, j * width, width);
                Close.same(out.values(), expected, "%s, width %d", draw, width);
            }
        }
    }

    @Test
    default void pickOfNoOutputsWritesNothing() {
        try (Ops ops = open(); Tokens tokens = ops.tokens(new int[2], new int[2], new int[0])) {
            Guarded out = new Guarded(ops, 0, 7, 3);
            ops.pick(tokens, ops.rows(2, 7), out.rows());
            assertThat(out.values()).isEmpty();
        }
    }

    @Test
    default void closingTwiceIsClosingOnce() {
        Ops ops = open();
        Rows rows = ops.rows(2, 3);
        rows.close();
        rows.close();
        Cache cache = ops.cache(new Cache.Shape(1, 4, 4, Format.F32));
        cache.close();
        cache.close();
        ops.rows(2, 3);
        ops.close();
        ops.close();
        assertThat(cache.slots()).isZero();
    }
}
