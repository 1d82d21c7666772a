package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.InstructionSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What emitted kernels for rows owe beside the contract: the bits of the vector kernels, and to step aside.
class EmittedRowsTest {
    private static final float[] SPECIAL = {0, -0f, 1e-40f, -1e-40f, 86.8f, -86.8f, 87, -87, 88.73f, -88.73f, 1e9f, -1e9f, Float.MAX_VALUE,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};

    private static VectorOps ops(InstructionSet set, EmittedRows.Check check) {
        return new VectorOps(new Backend.Options(1, false, "auto"), new EmittedChoice(Present.emitted(set), KernelCheck::agrees, AttentionCheck::agrees, check, null));
    }

    private static VectorOps vector() { return new VectorOps(new Backend.Options(1, false, "vector")); }

    private static float[] both(Ops ops, float[] x, int n, int width, Function<Rows, Rows> operation) {
        Rows out = operation.apply(Guarded.of(ops, x, width, 3).rows());
        float[] result = new float[n * width];
        ops.read(out, n, result);
        // Which of all the bits that are no number it is does not matter.
        for (int i = 0; i < result.length; i++) if (Float.isNaN(result[i])) result[i] = Float.NaN;
        return result;
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void nonlinearities(InstructionSet set) {
        Draw draw = new Draw(81);
        try (VectorOps emitted = ops(set, RowCheck::agrees); VectorOps vector = vector()) {
            for (Nonlinearity f : Nonlinearity.values())
                for (int width : new int[] {3, 8, 64, 72, 100, 256}) {
                    float[] x = draw.floats(2 * width);
                    for (int i = 0; i < x.length; i++) x[i] = i < SPECIAL.length ? SPECIAL[i] : 20 * x[i];
                    float[] up = draw.floats(2 * width);
                    Close.same(both(emitted, x, 2, width, r -> activated(emitted, f, r)), both(vector, x, 2, width, r -> activated(vector, f, r)), "%s, %s, %s %d", draw, set, f, width);
                    Close.same(both(emitted, x, 2, width, r -> gated(emitted, f, r, up)), both(vector, x, 2, width, r -> gated(vector, f, r, up)),
                        "%s, %s, gated %s %d", draw, set, f, width);
                }
            assertThat(emitted.name()).doesNotContain("(");
        }
    }

    private static Rows activated(Ops ops, Nonlinearity f, Rows x) {
        Rows out = ops.rows(2, x.width());
        ops.activate(f, x, out, 2);
        return out;
    }

    private static Rows gated(Ops ops, Nonlinearity f, Rows x, float[] up) {
        Rows out = Guarded.of(ops, up, x.width(), 5).rows();
        ops.gate(f, x, out, out, 2);
        return out;
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void arithmetic(InstructionSet set) {
        Draw draw = new Draw(84);
        try (VectorOps emitted = ops(set, RowCheck::agrees); VectorOps vector = vector()) {
            for (int width : new int[] {2, 6, 16, 64, 78, 80, 84}) {
                float[] x = draw.floats(2 * width);
                System.arraycopy(SPECIAL, 0, x, 0, Math.min(x.length, SPECIAL.length));
                float[] other = draw.floats(2 * width);
                Close.same(both(emitted, x, 2, width, r -> sum(emitted, r, other)), both(vector, x, 2, width, r -> sum(vector, r, other)), "%s, %s, sum of %d", draw, set, width);
                Close.same(both(emitted, x, 2, width, r -> scaled(emitted, r)), both(vector, x, 2, width, r -> scaled(vector, r)), "%s, %s, %d scaled", draw, set, width);
                float[] q = draw.floats(2 * width);
                for (int pairs : new int[] {1, 3, 4, 8}) {
                    if (4 * pairs > width) continue;
                    Close.same(both(emitted, q, 2, width, r -> turned(emitted, r, pairs)), both(vector, q, 2, width, r -> turned(vector, r, pairs)),
                        "%s, %s, %d turned by %d", draw, set, width, pairs);
                }
            }
            assertThat(emitted.name()).doesNotContain("(");
        }
    }

    private static Rows sum(Ops ops, Rows x, float[] other) {
        ops.add(x, Guarded.of(ops, other, x.width(), 1).rows(), x, 2);
        return x;
    }

    private static Rows scaled(Ops ops, Rows x) {
        ops.scale(x, 1.1f, 2);
        return x;
    }

    private static Rows turned(Ops ops, Rows x, int pairs) {
        float[] frequencies = new float[pairs];
        for (int i = 0; i < pairs; i++) frequencies[i] = 1f / (i + 1);
        try (Tokens tokens = ops.tokens(new int[2], new int[] {3, 90}, new int[0])) {
            ops.rope(new Rope(x.width() / 2, frequencies, 1), tokens, x, 2);
        }
        return x;
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void norms(InstructionSet set) {
        Draw draw = new Draw(82);
        try (VectorOps emitted = ops(set, RowCheck::agrees); VectorOps vector = vector()) {
            for (Norm.Kind kind : Norm.Kind.values())
                for (int width : new int[] {16, 64, 72, 144})
                    for (int parameters = 0; parameters < 6; parameters++) {
                        float[] x = draw.floats(3 * 2 * width);
                        // For all groups, or one for each.
                        float[] weight = parameters % 2 == 0 ? null : draw.floats(parameters < 4 ? width : 2 * width);
                        float[] bias = parameters / 2 % 2 == 0 ? null : draw.floats(width);
                        String what = "%s, %s, %s of %d, weight %s, bias %s".formatted(draw, set, kind, width, weight != null, bias != null);
                        Close.same(both(emitted, x, 3, 2 * width, r -> normed(emitted, kind, width, weight, bias, r)),
                            both(vector, x, 3, 2 * width, r -> normed(vector, kind, width, weight, bias, r)), "%s", what);
                        float[] more = draw.floats(3 * 2 * width);
                        Close.same(both(emitted, x, 3, 2 * width, r -> addNormed(emitted, more, kind, width, weight, bias, r)),
                            both(vector, x, 3, 2 * width, r -> addNormed(vector, more, kind, width, weight, bias, r)), "%s, added", what);
                    }
            assertThat(emitted.name()).doesNotContain("(");
        }
    }

    private static Rows normed(Ops ops, Norm.Kind kind, int width, float[] weight, float[] bias, Rows x) {
        Rows out = ops.rows(3, x.width());
        ops.norm(new Norm(kind, 1e-5f, width, parameter(ops, weight), parameter(ops, bias)), x, out, 3);
        return out;
    }

    private static Rows addNormed(Ops ops, float[] more, Norm.Kind kind, int width, float[] weight, float[] bias, Rows x) {
        Rows out = ops.rows(3, x.width());
        ops.addNorm(Guarded.of(ops, more, x.width(), 3).rows(), new Norm(kind, 1e-5f, width, parameter(ops, weight), parameter(ops, bias)), x, out, 3);
        return out;
    }

    private static Rows parameter(Ops ops, float[] numbers) { return numbers == null ? null : Guarded.of(ops, numbers, numbers.length, 0).rows(); }

    /// Each kind of kernel in turn.
    @Test
    void kernelsThatDifferStepAside() {
        for (Class<?> wrong : EmittedRows.Kind.class.getPermittedSubclasses()) {
            float[] x = new Draw(83).floats(3 * 64);
            try (VectorOps emitted = ops(null, (kind, _) -> !wrong.isInstance(kind)); VectorOps vector = vector()) {
                Close.same(both(emitted, x, 2, 64, r -> scaled(emitted, r)), both(vector, x, 2, 64, r -> scaled(vector, r)), "%s", wrong);
                Close.same(both(emitted, x, 2, 64, r -> activated(emitted, Nonlinearity.SILU, r)), both(vector, x, 2, 64, r -> activated(vector, Nonlinearity.SILU, r)), "%s", wrong);
                Close.same(both(emitted, x, 3, 64, r -> normed(emitted, Norm.Kind.LAYER, 32, null, null, r)), both(vector, x, 3, 64, r -> normed(vector, Norm.Kind.LAYER, 32, null, null, r)),
                    "%s", wrong);
                float[] more = new Draw(84).floats(3 * 64);
                Close.same(both(emitted, x, 3, 64, r -> addNormed(emitted, more, Norm.Kind.RMS, 64, null, null, r)), both(vector, x, 3, 64, r -> addNormed(vector, more, Norm.Kind.RMS, 64, null, null, r)),
                    "%s", wrong);
                assertThat(emitted.name()).contains("(an emitted kernel for rows computes something else than it should: " + wrong.getSimpleName());
            }
        }
    }

    /// A kernel for one thing does not pass as one for another.
    @Test
    void theCheckTellsKernelsApart() {
        try (Emitted emitted = Present.emitted(null)) {
            for (boolean squares : new boolean[] {false, true})
                for (boolean added : new boolean[] {false, true}) {
                    assertThat(RowCheck.agrees(new EmittedRows.Kind.Sums(squares, 8, added), emitted.sums(squares, 1, added))).isTrue();
                    assertThat(RowCheck.agrees(new EmittedRows.Kind.Sums(squares, 8, added), emitted.sums(!squares, 1, added))).isFalse();
                    assertThat(RowCheck.agrees(new EmittedRows.Kind.Sums(squares, 8, added), emitted.sums(squares, 1, !added))).isFalse();
                }
            assertThat(RowCheck.agrees(new EmittedRows.Kind.Centre(true, true), emitted.centre(true, true))).isTrue();
            assertThat(RowCheck.agrees(new EmittedRows.Kind.Centre(true, true), emitted.centre(true, false))).isFalse();
        }
    }

    @Test
    void addressesOfFreedMemoryAreRefused() {
        try (VectorOps ops = ops(null, RowCheck::agrees)) {
            Rows x = ops.rows(1, 16);
            Rows out = ops.rows(1, 16);
            x.close();
            assertThatIllegalStateException().isThrownBy(() -> ops.activate(Nonlinearity.SILU, x, out, 1)).withMessage("the rows were closed");
        }
    }
}
