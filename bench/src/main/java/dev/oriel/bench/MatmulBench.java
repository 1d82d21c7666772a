package dev.oriel.bench;

import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.lang.foreign.Arena;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A square matrix times n rows: n = 1 is decoding and bound by memory, n = 128 is a prompt and bound by arithmetic.
@State(Scope.Benchmark)
public class MatmulBench {
    @Param
    Weights weights = Weights.F32;

    @Param({"1", "8", "128"})
    int n = 1;

    /// Rows and columns of the matrix.
    @Param("2048")
    int size = 2048;

    private Ops ops;
    private Matrix matrix;
    private Rows x;
    private Rows out;

    @Setup
    public void setUp(Machine machine, Mixed mixed) {
        if (mixed.wanted()) mixed.products(machine, size);
        ops = machine.open(weights.exact);
        try (Arena arena = Arena.ofConfined()) {
            matrix = ops.pack(List.of(Weights.random("w", weights.format, size, size, arena)));
        }
        x = Machine.random(ops, n, size);
        out = ops.rows(n, size);
    }

    @Benchmark
    public Rows matmul(Work work) {
        ops.matmul(matrix, null, x, out, n);
        work.done(matrix.bytes() + 4L * n * size, 2L * n * size * size);
        return out;
    }

    @TearDown
    public void tearDown() { ops.close(); }

    /// The last product `[n, size]`.
    float[] result() {
        float[] numbers = new float[n * size];
        ops.read(out, n, numbers);
        return numbers;
    }
}
