package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.InstructionSet;
import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What emitted kernels owe beside the contract: the same bits whatever stands around, the bits of the vector kernels where they compute in float32, and to step aside.
class EmittedProductsTest {
    private static final Format[] FORMATS = {
        Format.F32, Format.F16, Format.BF16, Format.Q8_0, Format.Q4_0, Format.Q4_1, Format.Q2_K, Format.Q3_K, Format.Q4_K, Format.Q5_0, Format.Q5_K, Format.Q6_K, Format.IQ4_XS
    };

    private static VectorOps ops(InstructionSet set, int threads, boolean exact) {
        return new VectorOps(new Backend.Options(threads, exact, "emitted"), EmittedChoice.of(Present.emitted(set)));
    }

    private static float[] product(Ops ops, Weights weights, float[] x, int n) {
        Matrix w = weights.pack(ops);
        Rows inputs = ops.rows(n, w.columns());
        Rows out = ops.rows(n, w.rows());
        ops.write(x, inputs, n);
        ops.matmul(w, null, inputs, out, n);
        float[] result = new float[n * w.rows()];
        ops.read(out, n, result);
        return result;
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void threadsDoNotChangeBits(InstructionSet set) {
        Draw draw = new Draw(61);
        try (Ops one = ops(set, 1, false); Ops three = ops(set, 3, false)) {
            for (Format format : FORMATS) {
                Weights weights = Weights.random(draw, format, 515, 512);
                float[] x = draw.floats(9 * 512);
                for (int n : new int[] {1, 3, 9}) Close.same(product(three, weights, x, n), product(one, weights, x, n), "%s, %s, %s, n %d", draw, set, format, n);
            }
            assertThat(one.name()).startsWith("emitted ");
        }
    }

    /// So float32 activations give the same results with and without.
    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void exactProductsHaveTheBitsOfTheVectorKernels(InstructionSet set) {
        Draw draw = new Draw(62);
        try (Ops emitted = ops(set, 1, true); Ops vector = new VectorOps(new Backend.Options(1, true, "vector"))) {
            for (Format format : FORMATS) {
                Weights weights = Weights.random(draw, format, 35, 768);
                float[] x = draw.floats(9 * 768);
                for (int n = 1; n <= 9; n++) Close.same(product(emitted, weights, x, n), product(vector, weights, x, n), "%s, %s, %s, n %d", draw, set, format, n);
            }
            assertThat(emitted.name()).isEqualTo("emitted " + set.title() + " for float weights, " + vector.name());
        }
    }

    /// Whole and partial tiles, strips that come alone, whole groups of tokens and what is left of them.
    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void everyCountOfRowsAndTokens(InstructionSet set) {
        Draw draw = new Draw(67);
        float[] x = draw.floats(33 * 64);
        for (Format format : new Format[] {Format.Q4_0, Format.Q8_0, Format.BF16, Format.F16})
            for (int rows : new int[] {1, 16, 17, 33, 48, 64, 65, 100, 112, 130}) {
                Weights weights = Weights.random(draw, format, rows, 64);
                // New kernels for every number of tokens: which of them one product makes must not matter to the next.
                for (int n : new int[] {2, 4, 5, 8, 9, 11, 16, 17, 33}) {
                    try (Ops ops = ops(set, 1, false)) {
                        float[] all = product(ops, weights, x, n);
                        for (int token : new int[] {0, n / 2, n - 1}) {
                            float[] one = product(ops, weights, Arrays.copyOfRange(x, token * 64, (token + 1) * 64), 1);
                            Close.same(Arrays.copyOfRange(all, token * rows, (token + 1) * rows), one, "%s, %s, %s, %d rows, token %d of %d", draw, set, format, rows, token, n);
                        }
                        assertThat(ops.name()).startsWith("emitted ");
                    }
                }
            }
    }

    /// Long rows take several calls.
    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void longRows(InstructionSet set) {
        Draw draw = new Draw(63);
        int columns = 16384;
        try (Ops ops = ops(set, 1, false); Ops vector = new VectorOps(new Backend.Options(1, true, "vector"))) {
            for (Format format : new Format[] {Format.F32, Format.Q4_0, Format.Q8_0}) {
                Weights weights = Weights.random(draw, format, 17, columns);
                assertThat(KernelTiles.of(((TiledMatrix) weights.pack(ops)).sections().getFirst(), false).blocksAtOnce()).isLessThan(columns / 32);
                float[] x = draw.floats(3 * columns);
                Close.check(product(ops, weights, x, 3), Truth.matmul(weights.decoded(), null, x, 3), Truth.matmulMagnitude(weights.decoded(), x),
                    format.grouped() ? 2e-2 : 1e-5, "%s, %s, %s", draw, set, format);
                if (!format.grouped()) Close.same(product(ops, weights, x, 3), product(vector, weights, x, 3), "%s, %s, %s", draw, set, format);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void everyKernelPassesItsCheckAndNoOtherDoes(InstructionSet set) {
        Draw draw = new Draw(64);
        try (Emitted emitted = Present.emitted(set); Ops ops = new VectorOps(new Backend.Options(1, false, "vector"))) {
            for (Format format : FORMATS) {
                Tiles tiles = ((TiledMatrix) Weights.random(draw, format, 16, 256).pack(ops)).sections().getFirst();
                for (int tokens = 1; tokens <= emitted.tokens(KernelTiles.of(tiles, emitted.rounds()).layout()); tokens++) {
                    KernelTiles like = KernelTiles.of(tiles, emitted.rounds());
                    for (int strips = 1; strips <= emitted.strips(like.layout(), tokens); strips++)
                        assertThat(KernelCheck.agrees(emitted, emitted.kernel(like.layout(), tokens, strips), like, tokens, strips))
                            .as("%s, %s as %s, %d tokens, %d strips", draw, set, like.layout(), tokens, strips).isTrue();
                }
            }
            KernelTiles half = KernelTiles.of(((TiledMatrix) Weights.random(draw, Format.F16, 16, 32).pack(ops)).sections().getFirst(), false);
            assertThat(KernelCheck.agrees(emitted, emitted.kernel(Layout.Plain.BF16, 1, 1), half, 1, 1)).isFalse();
            KernelTiles codes = KernelTiles.of(((TiledMatrix) Weights.random(draw, Format.Q8_0, 16, 32).pack(ops)).sections().getFirst(), false);
            assertThat(KernelCheck.agrees(emitted, emitted.kernel(new Layout.Codes(8, 16, false, Layout.Scaling.HALF), 1, 1), codes, 1, 1)).isFalse();
        }
    }

    /// Rounding to integers must not hide that a token's numbers are broken, nor spread it.
    @ParameterizedTest
    @EnumSource(InstructionSet.class)
    void notANumberStaysWithItsToken(InstructionSet set) {
        Draw draw = new Draw(68);
        try (Ops ops = ops(set, 1, false)) {
            for (Format format : new Format[] {Format.Q4_0, Format.Q4_1, Format.Q8_0, Format.Q6_K, Format.BF16, Format.F16}) {
                Weights weights = Weights.random(draw, format, 16, 256);
                float[] x = draw.floats(3 * 256);
                x[256 + 77] = Float.NaN;
                float[] out = product(ops, weights, x, 3);
                for (int i = 0; i < out.length; i++) assertThat(Float.isNaN(out[i])).as("%s, %s, %s, element %d", draw, set, format, i).isEqualTo(i / 16 == 1);
            }
        }
    }

    @Test
    void kernelsThatDifferStepAside() {
        Draw draw = new Draw(65);
        EmittedChoice wrong = new EmittedChoice(Present.emitted(null), (emitted, kernel, like, tokens, strips) -> tokens != 3, AttentionCheck::agrees, RowCheck::agrees, null);
        Weights weights = Weights.random(draw, Format.Q4_0, 33, 96);
        float[] x = draw.floats(3 * 96);
        try (Ops ops = new VectorOps(new Backend.Options(1, false, "auto"), wrong); Ops vector = new VectorOps(new Backend.Options(1, false, "vector"))) {
            product(ops, weights, x, 2);
            assertThat(ops.name()).startsWith("emitted ");
            for (int n : new int[] {3, 2}) {
                Close.same(product(ops, weights, x, n), product(vector, weights, x, n), "%s, n %d", draw, n);
                assertThat(ops.name()).isEqualTo(vector.name() + " (the emitted kernel for q4 f16 and 3 tokens computes something else than it should)");
            }
        }
    }

    @Test
    void addressesOfFreedMemoryAreRefused() {
        try (Ops ops = ops(null, 1, false)) {
            Matrix w = Weights.random(new Draw(66), Format.Q4_0, 16, 32).pack(ops);
            Rows x = ops.rows(1, 32);
            Rows out = ops.rows(1, 16);
            x.close();
            assertThatIllegalStateException().isThrownBy(() -> ops.matmul(w, null, x, out, 1)).withMessage("the rows were closed");
        }
        try (Arena arena = Arena.ofShared(); Arena other = Arena.ofConfined()) {
            Tiles tiles = new TilesF32(arena.allocate(TilesF32.BLOCK_BYTES), 16, 1);
            assertThat(KernelTiles.of(tiles, false).address()).isEqualTo(tiles.data().address());
            Tiles small = new TilesF32(other.allocate(TilesF32.BLOCK_BYTES), 17, 1);
            assertThatThrownBy(() -> KernelTiles.of(small, false).address()).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void reasonsReachTheName() {
        try (Ops ops = new VectorOps(new Backend.Options(1, false, "auto"), new EmittedChoice(null, null, null, null, "no emitted kernels for aarch64"))) {
            assertThat(ops.name()).isEqualTo("vector " + Lanes.BITS + "-bit, 1 thread (no emitted kernels for aarch64)");
        }
    }

    /// One JVM without the permission: `auto` computes by vector kernels and says why, `emitted` is an error.
    @Test
    void withoutNativeAccess() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(List.of(java, "--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path"), Opener.class.getName()))
            .redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(out).isZero();
        String reason = "emitted kernels need native access: start java with --enable-native-access=ALL-UNNAMED";
        assertThat(out.lines().filter(line -> !line.startsWith("WARNING: Using incubator")))
            .containsExactly("vector " + Lanes.BITS + "-bit, 1 thread (" + reason + ")", reason);
    }

    static final class Opener {
        public static void main(String[] args) {
            try (Ops ops = new CpuBackend().open(new Backend.Options(1, false, "auto"))) {
                System.out.println(ops.name());
            }
            try (Ops ops = new CpuBackend().open(new Backend.Options(1, false, "emitted"))) {
                System.out.println(ops.name());
            } catch (UnsupportedOperationException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
