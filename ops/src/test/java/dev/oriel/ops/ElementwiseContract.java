package dev.oriel.ops;

import java.util.function.DoubleBinaryOperator;
import org.junit.jupiter.api.Test;

/// Functions of single numbers.
interface ElementwiseContract extends Contract {
    /// Numbers at which approximations of exp, tanh and erf go wrong.
    float[] BOUNDARIES = {0f, -0f, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 0.5f, -0.5f, 1f, -1f, 2.5f, -2.5f, 6f, -6f, 9f, -9f, 20f, -20f, 87f, -87f, 89f, -89f, 104f, -104f, 1000f, -1000f};

    @Test
    default void activateAtBoundaries() {
        try (Ops ops = open()) {
            for (Nonlinearity f : Nonlinearity.values()) {
                Guarded out = new Guarded(ops, 1, BOUNDARIES.length, 3);
                ops.activate(f, Guarded.of(ops, BOUNDARIES, BOUNDARIES.length, 3).rows(), out.rows(), 1);
                float[] actual = out.values();
                for (int i = 0; i < actual.length; i++) {
                    double expected = f.apply(BOUNDARIES[i]);
                    Close.check(new float[] {actual[i]}, new double[] {expected}, Math.max(1, Math.abs(expected)), FLOAT, "%s(%s)", f, BOUNDARIES[i]);
                }
            }
        }
    }

    @Test
    default void activateAndGateOfEveryWidth() {
        Draw draw = new Draw(30);
        try (Ops ops = open()) {
            for (Nonlinearity f : Nonlinearity.values())
                for (int width : SIZES) {
                    checkBinary(ops, draw, width, "gate " + f, (x, y) -> f.apply(x) * y, (a, b, out, n) -> ops.gate(f, a, b, out, n));
                    checkBinary(ops, draw, width, "activate " + f, (x, y) -> f.apply(x), (a, b, out, n) -> ops.activate(f, a, out, n));
                }
        }
    }

    @Test
    default void addOfEveryWidth() {
        Draw draw = new Draw(31);
        try (Ops ops = open()) {
            for (int width : SIZES) checkBinary(ops, draw, width, "add", Double::sum, ops::add);
        }
    }

    @Test
    default void scaleClampAndSoftCapOfEveryWidth() {
        Draw draw = new Draw(32);
        try (Ops ops = open()) {
            for (int width : SIZES) {
                checkUnary(ops, draw, width, "scale", (x, factor) -> x * factor, ops::scale);
                checkUnary(ops, draw, width, "clamp", (x, limit) -> Math.clamp(x, -limit, limit), ops::clamp);
                checkUnary(ops, draw, width, "soft cap", (x, cap) -> cap * Math.tanh(x / cap), ops::softCap);
            }
        }
    }

    @Test
    default void dampByASigmoidPerRow() {
        Draw draw = new Draw(33);
        try (Ops ops = open()) {
            for (int width : SIZES) {
                float[] x = draw.floats(4 * width);
                float[] logits = {0, 1.5f, -3, 200};
                Guarded rows = Guarded.of(ops, x, width, 3);
                ops.damp(Guarded.of(ops, logits, 1, 3).rows(), rows.rows(), 4);
                double[] expected = Truth.doubles(x);
                for (int i = 0; i < expected.length; i++) expected[i] /= 1 + Math.exp(-logits[i / width]);
                Close.check(rows.values(), expected, Math.max(1, Close.rms(expected)), FLOAT, "%s, width %d", draw, width);
            }
        }
    }

    /// Heads of 5 columns, of which 3 go into heads of 7; and 3 columns that go into every head.
    @Test
    default void spreadPutsPartsOfHeadsTogether() {
        Draw draw = new Draw(34);
        try (Ops ops = open()) {
            float[] x = draw.floats(2 * 20);
            float[] common = draw.floats(2 * 3);
            Guarded out = Guarded.of(ops, new float[2 * 28], 28, 3);
            ops.spread(Guarded.of(ops, x, 20, 16).rows(), 5, out.rows(), 7, 3, 2);
            ops.spread(Guarded.of(ops, common, 3, 3).rows(), 0, out.rows().columns(4, 24), 7, 3, 2);
            float[] expected = new float[2 * 28];
            for (int row = 0; row < 2; row++)
                for (int head = 0; head < 4; head++) {
                    System.arraycopy(x, row * 20 + head * 5, expected, row * 28 + head * 7, 3);
                    System.arraycopy(common, row * 3, expected, row * 28 + head * 7 + 4, 3);
                }
            Close.same(out.values(), expected, "%s", draw);
        }
    }

    @Test
    default void softCapAtBoundaries() {
        try (Ops ops = open()) {
            Guarded x = Guarded.of(ops, BOUNDARIES, BOUNDARIES.length, 3);
            ops.softCap(x.rows(), 30, 1);
            double[] expected = Truth.doubles(BOUNDARIES);
            for (int i = 0; i < expected.length; i++) expected[i] = 30 * Math.tanh(expected[i] / 30);
            Close.check(x.values(), expected, FLOAT, "soft cap");
        }
    }

    /// An operation `(a, b, out, n)`.
    interface Binary { void run(Rows a, Rows b, Rows out, int n); }

    /// An operation `(x, parameter, n)` in place.
    interface Unary { void run(Rows x, float parameter, int n); }

    private static void checkBinary(Ops ops, Draw draw, int width, String what, DoubleBinaryOperator f, Binary operation) {
        int n = 1 + width % 5;
        float[] a = draw.floats(n * width);
        float[] b = draw.floats(n * width);
        double[] expected = new double[a.length];
        for (int i = 0; i < a.length; i++) expected[i] = f.applyAsDouble(a[i], b[i]);
        Rows right = Guarded.of(ops, b, width, 16).rows();
        Guarded out = new Guarded(ops, n, width, 7);
        operation.run(Guarded.of(ops, a, width, 3).rows(), right, out.rows(), n);
        Close.check(out.values(), expected, Math.max(1, Close.rms(expected)), FLOAT, "%s, %s, width %d", draw, what, width);
        Guarded inPlace = Guarded.of(ops, a, width, 3);
        operation.run(inPlace.rows(), right, inPlace.rows(), n);
        Close.same(inPlace.values(), out.values(), "%s, %s in place, width %d", draw, what, width);
    }

    private static void checkUnary(Ops ops, Draw draw, int width, String what, DoubleBinaryOperator f, Unary operation) {
        int n = 1 + width % 5;
        float[] x = draw.floats(n * width);
        double[] expected = new double[x.length];
        for (int i = 0; i < x.length; i++) expected[i] = f.applyAsDouble(x[i], 1.5f);
        Guarded rows = Guarded.of(ops, x, width, 3);
        operation.run(rows.rows(), 1.5f, n);
        Close.check(rows.values(), expected, Math.max(1, Close.rms(expected)), FLOAT, "%s, %s, width %d", draw, what, width);
    }
}
