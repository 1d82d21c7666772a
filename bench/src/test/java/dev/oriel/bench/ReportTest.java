package dev.oriel.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Figure READ = new Figure("RoofBench.read", Map.of("threads", "0"), 1e7, 0.01, 20e9, 5e9);
    private static final Figure FMA = new Figure("RoofBench.fma", Map.of("threads", "0"), 1e7, 0.01, 0, 200e9);

    private static Figure matmul(String weights, String n, double operations) {
        return new Figure("MatmulBench.matmul", new TreeMap<>(Map.of("weights", weights, "n", n, "threads", "0")), 1234.4, Double.NaN, 5e9, operations);
    }

    @Test
    void theGateNamesTheKernelThatFell() {
        List<Figure> figures = List.of(FMA, matmul("Q4_0", "128", 100e9), matmul("F16", "128", 39e9), matmul("F32", "1", 1e9));
        assertThat(Gate.complaints(figures)).containsExactly(
                "gate: MatmulBench.matmul F16: expected at least 40.0 GOP/s (20 % of the roof), found 39.0");
    }

    @Test
    void theGateIsSatisfiedByFastKernels() {
        assertThat(Gate.complaints(List.of(FMA, matmul("Q4_0", "128", 41e9)))).isEmpty();
    }

    @Test
    void theGateFailsWhereNothingWasMeasured() {
        assertThat(Gate.complaints(List.of(matmul("Q4_0", "128", 41e9)))).containsExactly("gate: no figure for RoofBench.fma");
        assertThat(Gate.complaints(List.of(FMA))).containsExactly("gate: no figure for MatmulBench.matmul with n=128");
        assertThat(Gate.complaints(List.of(FMA, matmul("Q4_0", "128", Double.NaN)))).hasSize(1);
    }

    @Test
    void theTableSetsFiguresAgainstTheRoof() {
        assertThat(Table.of(List.of(READ, FMA, matmul("Q4_0", "128", 100e9))).lines()).containsExactly(
                "threads=0",
                "",
                "| benchmark | parameters | ns/op | ± % | GB/s | of roof | GOP/s | of roof |",
                "|---|---|---:|---:|---:|---:|---:|---:|",
                "| RoofBench.read |  | 10000000 | 1.0 | 20.00 | 1.00 | 5.00 | 0.03 |",
                "| RoofBench.fma |  | 10000000 | 1.0 |  |  | 200.00 | 1.00 |",
                "| MatmulBench.matmul | n=128 weights=Q4_0 | 1234 |  | 5.00 | 0.25 | 100.00 | 0.50 |");
    }
}
