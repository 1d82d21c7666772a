package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Packed matrices and what is computed with them.
interface LinearContract extends Contract {

    @Test
    default void matmulOfEverySize() {
        Draw draw = new Draw(10);
        try (Ops ops = open()) {
            for (int rows : SIZES)
                for (int columns : SIZES) {
                    int n = 1 + (rows + columns) % 9;
                    checkMatmul(ops, draw, Weights.random(draw, Format.F32, rows, columns), n, matmulTolerance(Format.F32));
                }
        }
    }

    @Test
    default void matmulOfEveryCountOfRows() {
        Draw draw = new Draw(11);
        try (Ops ops = open()) {
            for (Format format : new Format[] {Format.F32, Format.F16, Format.BF16, Format.Q4_0, Format.Q8_0})
                for (int n : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 17})
                    checkMatmul(ops, draw, Weights.random(draw, format, 33, 96), n, matmulTolerance(format));
        }
    }

    @Test
    default void matmulOfEveryFormat() {
        Draw draw = new Draw(12);
        try (Ops ops = open()) {
            for (Format format : Format.values())
                for (int blocks : format.blockLength() == 1 ? SIZES : new int[] {1, 2, 3, 5})
                    for (int rows : new int[] {1, 3, 16, 17, 33}) {
                        int n = 1 + (rows + blocks) % 9;
                        checkMatmul(ops, draw, Weights.random(draw, format, rows, blocks * format.blockLength()), n, matmulTolerance(format));
                    }
        }
    }

    @Test
    default void partsOfDifferentFormatsStack() {
        Draw draw = new Draw(13);
        try (Ops ops = open()) {
            for (int[] rows : new int[][] {{1, 1, 1, 1}, {5, 3, 2, 7}, {16, 32, 16, 48}, {17, 1, 33, 15}}) {
                Weights weights = Weights.stacked(
                    Weights.random(draw, Format.Q4_0, rows[0], 256), Weights.random(draw, Format.Q6_K, rows[1], 256),
                    Weights.random(draw, Format.F16, rows[2], 256), Weights.random(draw, Format.Q4_K, rows[3], 256));
                double tolerance = FLOAT;
                for (Tensor part : weights.parts()) tolerance = Math.max(tolerance, matmulTolerance(part.format()));
                for (int n : new int[] {1, 4, 9}) checkMatmul(ops, draw, weights, n, tolerance);
            }
        }
    }

    private static void checkMatmul(Ops ops, Draw draw, Weights weights, int n, double tolerance) {
        int rows = weights.decoded().length;
        int columns = weights.decoded()[0].length;
        Matrix w = weights.pack(ops);
        assertThat(w.rows()).isEqualTo(rows);
        assertThat(w.columns()).isEqualTo(columns);
        assertThat(w.bytes()).isPositive();
        float[] x = draw.floats(n * columns);
        double magnitude = Truth.matmulMagnitude(weights.decoded(), x);
        float[] bias = draw.floats(rows);
        for (int row = 0; row < rows; row++) bias[row] *= (float) magnitude;
        // Views on and off vector boundaries, by turns.
        int left = n % 2 == 0 ? 16 : 3;
        Rows inputs = Guarded.of(ops, x, columns, left).rows();
        for (float[] addend : new float[][] {null, bias}) {
            Guarded out = new Guarded(ops, n, rows, left);
            ops.matmul(w, addend == null ? null : Guarded.of(ops, addend, rows, left).rows(), inputs, out.rows(), n);
            Close.check(out.values(), Truth.matmul(weights.decoded(), addend, x, n), magnitude, tolerance,
                "%s, %s [%d, %d] as %s, n %d, bias %b", draw, weights.parts().getFirst().format(), rows, columns, w.layout(), n, addend != null);
        }
    }

    @Test
    default void rowsOfAProductDoNotDependOnTheirNeighbours() {
        Draw draw = new Draw(14);
        try (Ops ops = open()) {
            for (Format format : Format.values()) {
                int columns = format.blockLength() == 1 ? 100 : format.blockLength() * 3;
                Matrix w = Weights.random(draw, format, 37, columns).pack(ops);
                float[] x = draw.floats(17 * columns);
                Rows inputs = Guarded.of(ops, x, columns, 16).rows();
                Guarded whole = new Guarded(ops, 17, 37, 16);
                ops.matmul(w, null, inputs, whole.rows(), 17);
                for (int chunk : new int[] {1, 2, 5, 16}) {
                    Guarded parts = new Guarded(ops, 17, 37, 16);
                    for (int from = 0; from < 17; from += chunk) {
                        int count = Math.min(chunk, 17 - from);
                        ops.matmul(w, null, inputs.rows(from, count), parts.rows().rows(from, count), count);
                    }
                    Close.same(parts.values(), whole.values(), "%s, %s in chunks of %d", draw, format, chunk);
                }
            }
        }
    }

    @Test
    default void zeroInputsGiveZeroOutputs() {
        Draw draw = new Draw(15);
        try (Ops ops = open()) {
            for (Format format : Format.values()) {
                Matrix w = Weights.random(draw, format, 17, format.blockLength() * 2).pack(ops);
                Guarded out = new Guarded(ops, 3, 17, 3);
                ops.matmul(w, null, ops.rows(3, w.columns()), out.rows(), 3);
                for (float value : out.values()) assertThat(value).as("%s, %s", draw, format).isZero();
            }
        }
    }

    @Test
    default void embedReadsRowsOfEveryFormat() {
        Draw draw = new Draw(16);
        try (Ops ops = open()) {
            for (Format format : Format.values()) {
                Weights weights = Weights.random(draw, format, 37, format.blockLength() * (format.blockLength() == 1 ? 57 : 2));
                int width = weights.decoded()[0].length;
                int[] ids = {36, 0, 15, 16, 17, 0, 36};
                Guarded out = new Guarded(ops, ids.length, width, 3);
                try (Tokens tokens = ops.tokens(ids, new int[ids.length], new int[0])) {
                    ops.embed(weights.pack(ops), tokens, out.rows());
                }
                Close.check(out.values(), rowsOf(weights, ids), FLOAT, "%s, %s", draw, format);
            }
        }
    }

    @Test
    default void addPositionsAddsRowsOfTheTable() {
        Draw draw = new Draw(17);
        try (Ops ops = open()) {
            for (int width : SIZES) {
                Weights weights = Weights.random(draw, Format.F32, 19, width);
                int[] positions = {4, 5, 18, 0, 1};
                float[] x = draw.floats(positions.length * width);
                Guarded out = Guarded.of(ops, x, width, 3);
                try (Tokens tokens = ops.tokens(new int[positions.length], positions, new int[] {0})) {
                    ops.addPositions(weights.pack(ops), tokens, out.rows());
                }
                double[] expected = rowsOf(weights, positions);
                for (int i = 0; i < x.length; i++) expected[i] += x[i];
                Close.check(out.values(), expected, FLOAT, "%s, width %d", draw, width);
            }
        }
    }

    private static double[] rowsOf(Weights weights, int[] rows) {
        int width = weights.decoded()[0].length;
        double[] out = new double[rows.length * width];
        for (int i = 0; i < out.length; i++) out[i] = weights.decoded()[rows[i / width]][i % width];
        return out;
    }
}
