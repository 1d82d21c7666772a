package dev.oriel.ops.far;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.ops.Backend;
import dev.oriel.ops.Format;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.OpsContract;
import dev.oriel.ops.Rows;
import dev.oriel.ops.ScalarOps;
import dev.oriel.ops.Tensor;
import dev.oriel.ops.Tokens;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class FarOpsTest implements OpsContract {
    @Override
    public FarOps open() { return new FarOps(new ScalarOps(new Backend.Options(1, true, "scalar"))); }

    @Test
    void transfersAreCounted() {
        try (FarOps ops = open()) {
            Matrix table = ops.pack(List.of(new Tensor("table", Format.F32, new long[] {2, 3}, MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6}))));
            Rows rows = ops.rows(1, 3);
            float[] out = new float[3];
            try (Tokens tokens = ops.tokens(new int[] {1}, new int[] {0}, new int[] {0})) {
                ops.embed(table, tokens, rows);
            }
            ops.add(rows, rows, rows, 1);
            assertThat(ops.transfersOut()).isZero();
            ops.read(rows, 1, out);
            assertThat(out).containsExactly(8, 10, 12);
            ops.write(out, rows, 1);
            assertThat(ops.transfersIn()).isEqualTo(2);
            assertThat(ops.transfersOut()).isEqualTo(1);
            assertThat(ops.packs()).isEqualTo(1);
            assertThat(table.layout()).isEqualTo("far");
        }
    }

    @Test
    void handlesOfAnotherBackendAreRefused() {
        try (Ops near = new ScalarOps(new Backend.Options(1, true, "scalar")); FarOps far = open()) {
            assertThatThrownBy(() -> near.add(far.rows(1, 1), far.rows(1, 1), far.rows(1, 1), 1))
                .isInstanceOf(IllegalArgumentException.class).hasMessage("a: rows of another backend");
        }
    }
}
