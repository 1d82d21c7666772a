package dev.oriel.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Figure READ = new Figure("RoofBench.read", Map.of("threads", "0"), 1e7, 0.01, 20e9, 5e9);
    private static final Figure FMA = new Figure("RoofBench.fma", Map.of("threads", "0"), 1e7, 0.01, 0, 200e9);
    private static final Figure ATTENTION = figure("AttentionBench.prefill", "0", 1e9, 50e9);
    private static final Figure ELEMENTWISE = figure("ElementwiseBench.add", "0", 15e9, 1e9);

    private static Figure matmul(String weights, String n, double operations) {
        return new Figure("MatmulBench.matmul", new TreeMap<>(Map.of("weights", weights, "n", n, "threads", "0")), 1234.4, Double.NaN, 1e9, operations);
    }

    private static Figure figure(String name, String threads, double bytes, double operations) {
        return new Figure(name, Map.of("threads", threads), 1000, 0.01, bytes, operations);
    }

    @Test
    void theGateNamesTheKernelThatFell() {
        List<Figure> figures = List.of(READ, FMA, ATTENTION, ELEMENTWISE, matmul("Q4_0", "128", 100e9), matmul("F16", "128", 38e9));
        assertThat(Gate.complaints(figures)).containsExactly(
                "gate: MatmulBench.matmul {n=128, threads=0, weights=F16}: expected at least 20 % of a roof, found 19 % of FMA");
    }

    /// One row is bound by memory: it is the nearest roof that counts.
    @Test
    void theGateIsSatisfiedByFastKernels() {
        assertThat(Gate.complaints(List.of(READ, FMA, ATTENTION, ELEMENTWISE, matmul("Q4_0", "128", 41e9), figure("MatmulBench.matmul", "0", 5e9, 5e9)))).isEmpty();
    }

    @Test
    void theGateLooksAtAttentionAndWhatStandsBetweenProducts() {
        Figure boxed = figure("AttentionBench.decode", "0", 0.1e9, 1e9);
        Figure slow = figure("ElementwiseBench.gate", "0", 0.2e9, 0.2e9);
        assertThat(Gate.complaints(List.of(READ, FMA, ATTENTION, boxed, ELEMENTWISE, slow, matmul("Q4_0", "128", 41e9)))).satisfiesExactly(
                line -> assertThat(line).startsWith("gate: AttentionBench.decode"), line -> assertThat(line).startsWith("gate: ElementwiseBench.gate"));
    }

    @Test
    void theGateFailsWhereNothingWasMeasured() {
        assertThat(Gate.complaints(List.of(READ, ATTENTION, ELEMENTWISE, matmul("Q4_0", "128", 41e9)))).hasSize(3)
                .allSatisfy(line -> assertThat(line).endsWith(": no figure for the roofs"));
        assertThat(Gate.complaints(List.of(READ, FMA))).containsExactly(
                "gate: no figure for MatmulBench", "gate: no figure for AttentionBench", "gate: no figure for ElementwiseBench");
        assertThat(Gate.complaints(List.of(READ, FMA, ATTENTION, ELEMENTWISE, matmul("Q4_0", "128", Double.NaN)))).hasSize(1);
    }

    @Test
    void theTableSetsEveryFigureBesideTheRoofs() {
        assertThat(Table.of(List.of(READ, FMA, matmul("Q4_0", "128", 100e9), ELEMENTWISE)).lines()).containsExactly(
                "threads=0",
                "",
                "| benchmark | parameters | ns/op | ± % | GB/s | read roof | GOP/s | FMA roof | nearest roof |",
                "|---|---|---:|---:|---:|---:|---:|---:|---:|",
                "| RoofBench.read |  | 10000000 | 1.0 | 20.00 | 20.00 | 5.00 | 200.00 | 100 % of read |",
                "| RoofBench.fma |  | 10000000 | 1.0 |  | 20.00 | 200.00 | 200.00 | 100 % of FMA |",
                "| MatmulBench.matmul | n=128 weights=Q4_0 | 1234 |  | 1.00 | 20.00 | 100.00 | 200.00 | 50 % of FMA |",
                "| ElementwiseBench.add |  | 1000 | 1.0 | 15.00 | 20.00 | 1.00 | 200.00 | 75 % of read |");
    }

    /// One thread is not measured against what two can do.
    @Test
    void roofsAreThoseOfAsManyThreads() {
        List<Figure> figures = List.of(figure(Roofs.READ, "1", 10e9, 0), figure(Roofs.FMA, "1", 0, 100e9), figure(Roofs.READ, "2", 20e9, 0), figure(Roofs.READ, "2", 22e9, 0));
        assertThat(Roofs.beside(figure("AttentionBench.decode", "1", 5e9, 1e9), figures)).isEqualTo(new Roofs(10e9, 100e9))
                .satisfies(roofs -> assertThat(roofs.nearest(figure("AttentionBench.decode", "1", 5e9, 1e9))).hasToString("50 % of read"));
        Roofs two = Roofs.beside(figure("AttentionBench.decode", "2", 5e9, 1e9), figures);
        assertThat(two).isEqualTo(new Roofs(22e9, 0));
        assertThat(two.known()).isFalse();
    }
}
