package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ScalarOpsTest implements OpsContract {
    @Override
    public Ops open() { return new ScalarOps(new Backend.Options(1, true, "scalar")); }

    @Test
    void theCpuBackendOpensIt() {
        Backend cpu = ServiceLoader.load(Backend.class).stream().map(ServiceLoader.Provider::get)
            .filter(backend -> backend.name().equals("cpu")).findFirst().orElseThrow();
        assertThat(cpu.unavailable()).isEmpty();
        try (Ops ops = cpu.open(new Backend.Options(1, true, "scalar"))) {
            assertThat(ops.name()).isEqualTo("scalar, 1 thread");
        }
    }

    @Test
    void operandsOfWrongShapeAreNamed() {
        try (Ops ops = open()) {
            Matrix w = Weights.of(new float[12], 4).pack(ops);
            assertThatIllegalArgumentException().isThrownBy(() -> ops.matmul(w, null, ops.rows(1, 3), ops.rows(1, 3), 1))
                .withMessage("matmul x: expected 1 rows of width 4, found capacity 1 and width 3");
            assertThatIllegalArgumentException().isThrownBy(() -> ops.matmul(w, null, ops.rows(1, 4), ops.rows(1, 3), 2))
                .withMessage("matmul out: expected 2 rows of width 3, found capacity 1 and width 3");
            assertThatIllegalArgumentException().isThrownBy(() -> ops.tokens(new int[3], new int[3], new int[] {0, 3}))
                .withMessage("output rows must ascend within the 3 rows of the pass, found 3");
            assertThatIllegalArgumentException().isThrownBy(() -> ops.cache(new Cache.Shape(1, 4, 4, Format.Q4_0)))
                .withMessage("a cache keeps F32, F16 or Q8_0, not Q4_0");
            assertThatIllegalArgumentException().isThrownBy(() -> ops.pack(List.of()))
                .withMessage("a matrix of no parts");
        }
    }
}
