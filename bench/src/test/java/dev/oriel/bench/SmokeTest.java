package dev.oriel.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every benchmark's body once, small, on whatever kernels this machine has: right results, plausible work, no timing.
class SmokeTest {
    private final Machine machine = new Machine();
    private final Work work = new Work();
    private final Mixed alone = mixed(0);

    private static Mixed mixed(int millis) {
        Mixed mixed = new Mixed();
        mixed.mixed = millis;
        return mixed;
    }

    @ParameterizedTest
    @EnumSource
    void matmulMeasuresTheProductItSays(Weights weights) {
        MatmulBench bench = new MatmulBench();
        bench.weights = weights;
        bench.n = 3;
        bench.size = 256;
        bench.setUp(machine, alone);
        bench.matmul(work);
        float[] found = bench.result();
        bench.tearDown();
        assertThat(work.operations).isEqualTo(2L * 3 * 256 * 256);
        assertThat(work.bytes).isGreaterThan(4 * 3 * 256);
        assertProduct(weights, found, 3, 256);
    }

    /// Products have deviation 1. Integer kernels round activations to 8 bits, which moves them by about a hundredth.
    private static void assertProduct(Weights weights, float[] found, int n, int size) {
        float[] x = Machine.random(n * size);
        try (Arena arena = Arena.ofConfined()) {
            Tensor stored = Weights.random("w", weights.format, size, size, arena);
            float[] row = new float[size];
            for (int column = 0; column < size; column++) {
                stored.decodeRow(column, row, 0);
                for (int i = 0; i < n; i++) {
                    double sum = 0;
                    for (int k = 0; k < size; k++) sum += (double) row[k] * x[i * size + k];
                    assertThat((double) found[i * size + column]).isEqualTo(sum, within(weights.exact ? 1e-4 : 5e-2));
                }
            }
        }
    }

    /// Other threads take time, not correctness, and end with the benchmark.
    @Test
    void sharedCoresGiveTheSameProduct() throws InterruptedException {
        float[][] found = new float[2][];
        for (int busy = 0; busy < 2; busy++) {
            SharedCoresBench bench = new SharedCoresBench();
            bench.busy = busy;
            bench.setUp(machine);
            bench.operations(work);
            found[busy] = bench.result();
            bench.tearDown();
        }
        assertThat(found[1]).isEqualTo(found[0]);
        assertThat(found[0]).isNotEqualTo(new float[found[0].length]);
        assertThat(work.operations).isEqualTo(2 * 64 * 2L * 1024 * 1024);
    }

    @Test
    void everyLayoutCanBeWarmed() {
        assertThatCode(() -> mixed(1).products(machine, 256)).doesNotThrowAnyException();
    }

    @Test
    void attentionPathsAgreeAndGiveMeansOfValues() {
        AttentionBench bench = new AttentionBench();
        bench.prompt = 20;
        bench.past = 33;
        bench.setUp(machine, mixed(1));
        bench.prefill(work);
        float[] fused = bench.prefillResult();
        assertThat(work.operations).isEqualTo(20 * 21 / 2 * 32 * 256);
        bench.prefillOpen(work);
        assertThat(bench.prefillResult()).containsExactly(fused, within(1e-4f));
        bench.decode(work);
        assertThat(work.operations).isEqualTo((2 * 20 * 21 / 2 + 33) * 32 * 256);
        float[] values = Machine.random(33 * 512);
        float[] bounds = {Float.MAX_VALUE, -Float.MAX_VALUE};
        for (float value : values) {
            bounds[0] = Math.min(bounds[0], value);
            bounds[1] = Math.max(bounds[1], value);
        }
        for (float mean : bench.decodeResult()) assertThat(mean).isNotZero().isBetween(bounds[0] - 0.01f, bounds[1] + 0.01f);
        bench.tearDown();
    }

    @Test
    void elementwiseBodiesGiveFiniteNumbers() {
        ElementwiseBench bench = new ElementwiseBench();
        bench.n = 2;
        bench.setUp(machine, mixed(1));
        for (var rows : List.of(bench.rmsNorm(work), bench.layerNorm(work), bench.addNorm(work), bench.rope(work), bench.gate(work), bench.softmax(work), bench.add(work)))
            for (float number : bench.read(rows)) assertThat(number).isFinite();
        bench.tearDown();
        assertThat(work.operations).isEqualTo((4 + 7 + 5 + 3 + 5 + 1) * 4096L + 4 * 2 * 8192);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q8_0", "Q6_K", "BF16", "F16", "F32"})
    void packingGivesTheWholeMatrix(Format format) {
        LoadBench bench = new LoadBench();
        bench.format = format;
        bench.megabytes = 1;
        bench.setUp();
        bench.open(machine);
        assertThat(bench.pack(work)).satisfies(matrix -> {
            assertThat(matrix.columns()).isEqualTo(4096);
            assertThat(matrix.rows()).isEqualTo((int) ((1 << 20) / format.bytes(4096)));
        });
        bench.close();
        bench.tearDown();
    }

    @Test
    void aRandomModelGivesTheSameLogitsEveryTime() {
        ModelBench bench = new ModelBench();
        bench.layers = 1;
        bench.width = 256;
        bench.vocabulary = 300;
        bench.prompt = 5;
        bench.setUp(machine);
        float[] logits = bench.prefill(work);
        assertThat(logits).hasSize(300).isEqualTo(bench.prefill(work));
        assertThat(bench.decode(work)).isEqualTo(bench.decode(work));
        assertThat(Arrays.equals(bench.decode(work), logits)).isFalse();
        bench.tearDown();
    }

    @Test
    void roofsCountWhatTheyDo() {
        RoofBench bench = new RoofBench();
        bench.megabytes = 1;
        bench.steps = 1000;
        bench.setUp(machine);
        assertThat(bench.read(work)).isPositive();
        assertThat(work.bytes).isEqualTo(1 << 20);
        assertThat(bench.fma(work)).isPositive();
        assertThat(work.operations).isGreaterThan((1 << 18) + 2 * 12 * 1000);
        bench.tearDown();
    }
}
