package dev.oriel.ops;

import org.junit.jupiter.api.Test;

/// Root mean square and layer norms, whole and in their three parts.
interface NormContract extends Contract {

    @Test
    default void normsOfEveryWidth() {
        Draw draw = new Draw(20);
        try (Ops ops = open()) {
            for (Norm.Kind kind : Norm.Kind.values())
                for (int width : SIZES)
                    for (int groups : new int[] {1, 3})
                        for (int parameters = 0; parameters < 6; parameters++) checkNorm(ops, draw, kind, width, groups, parameters);
        }
    }

    /// @param parameters below 4, whether there is a weight and a bias for all groups; 4, a weight that differs from group to group; 5, the same with a bias for all
    private static void checkNorm(Ops ops, Draw draw, Norm.Kind kind, int width, int groups, int parameters) {
        int n = 1 + width % 4;
        int columns = groups * width;
        String what = "%s, %s, width %d, %d groups, parameters %d".formatted(draw, kind, width, groups, parameters);
        float[] weight = parameters > 3 ? draw.floats(columns) : (parameters & 1) == 0 ? null : draw.floats(width);
        float[] bias = parameters == 5 || (parameters & 2) != 0 ? draw.floats(width) : null;
        Norm norm = new Norm(kind, 1e-5f, width, parameter(ops, weight), parameter(ops, bias));
        float[] x = draw.floats(n * columns);
        for (int i = 0; i < x.length; i++) x[i] += 2;
        Rows inputs = Guarded.of(ops, x, columns, 3).rows();

        Guarded scale = new Guarded(ops, n, groups, 3);
        ops.normScale(norm, inputs, scale.rows(), n);
        Close.check(scale.values(), Truth.normScale(norm, x), FLOAT, "%s: scale", what);

        Guarded steps = new Guarded(ops, n, columns, 3);
        ops.normalize(norm, inputs, scale.rows(), steps.rows(), n);
        // One column alone, centred, is 0 but for rounding.
        if (width > 1) Close.check(steps.values(), Truth.normalize(norm, x), FLOAT, "%s: normalized", what);
        ops.affine(norm, steps.rows(), steps.rows(), n);

        Guarded whole = new Guarded(ops, n, columns, 3);
        ops.norm(norm, inputs, whole.rows(), n);
        double[] expected = Truth.affine(Truth.normalize(norm, x), weight, bias);
        if (width > 1) Close.check(whole.values(), expected, FLOAT, "%s: norm", what);
        Close.same(whole.values(), steps.values(), "%s: norm and its parts", what);

        Guarded inPlace = Guarded.of(ops, x, columns, 3);
        ops.norm(norm, inPlace.rows(), inPlace.rows(), n);
        Close.same(inPlace.values(), whole.values(), "%s: in place", what);

        Rows more = Guarded.of(ops, draw.floats(x.length), columns, 3).rows();
        Guarded sum = Guarded.of(ops, x, columns, 3);
        ops.add(sum.rows(), more, sum.rows(), n);
        ops.norm(norm, sum.rows(), whole.rows(), n);
        Guarded added = Guarded.of(ops, x, columns, 3);
        ops.addNorm(more, norm, added.rows(), steps.rows(), n);
        Close.same(added.values(), sum.values(), "%s: sum", what);
        Close.same(steps.values(), whole.values(), "%s: norm of the sum", what);
    }

    private static Rows parameter(Ops ops, float[] values) {
        return values == null ? null : Guarded.of(ops, values, values.length, 3).rows();
    }

    @Test
    default void rowsOfZerosStayZero() {
        try (Ops ops = open()) {
            for (Norm.Kind kind : Norm.Kind.values()) {
                Rows x = ops.rows(2, 33);
                ops.norm(new Norm(kind, 1e-6f, 33, null, null), x, x, 2);
                float[] read = new float[66];
                ops.read(x, 2, read);
                Close.same(read, new float[66], "%s", kind);
            }
        }
    }

    /// The scale may have been edited on the way.
    @Test
    default void normalizeDividesByTheScaleItIsGiven() {
        Draw draw = new Draw(21);
        try (Ops ops = open()) {
            Norm norm = new Norm(Norm.Kind.RMS, 1e-5f, 17, null, null);
            float[] x = draw.floats(2 * 34);
            Guarded out = new Guarded(ops, 2, 34, 3);
            ops.normalize(norm, Guarded.of(ops, x, 34, 3).rows(), Guarded.of(ops, new float[] {2, 4, 0.5f, -1}, 2, 3).rows(), out.rows(), 2);
            double[] expected = Truth.doubles(x);
            double[] factors = {0.5, 0.25, 2, -1};
            for (int i = 0; i < expected.length; i++) expected[i] *= factors[i / 17];
            Close.check(out.values(), expected, FLOAT, "%s", draw);
        }
    }
}
