package dev.oriel.bench;

import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.lang.foreign.Arena;
import java.util.List;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Uses every variant of a kernel in this JVM before one of them is measured. A program that loads a real model uses several; the compiler treats a call site
/// that has seen one class far better than one that has seen four, so a JVM that knows one only measures what no user gets.
@State(Scope.Benchmark)
public class Mixed {
    /// Rows of a decoding step, of several sequences, of a prompt.
    static final int[] COUNTS = {1, 8, 128};
    private static final int ROWS = 256;

    /// Milliseconds for which each variant runs first; 0 measures a JVM that knows one only.
    @Param("100")
    int mixed = 100;

    boolean wanted() { return mixed > 0; }

    /// Runs one variant for its time.
    void use(Runnable variant) {
        long end = System.nanoTime() + mixed * 1_000_000L;
        do variant.run(); while (System.nanoTime() < end);
    }

    /// Every kind of weights with few rows and many.
    void products(Machine machine, int columns) {
        for (boolean exact : new boolean[] {false, true})
            try (Ops ops = machine.open(exact)) {
                for (Weights weights : Weights.values()) if (weights.exact == exact) products(ops, weights, columns);
            }
    }

    private void products(Ops ops, Weights weights, int columns) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = ops.pack(List.of(Weights.random("w", weights.format, ROWS, columns, arena)));
            for (int n : COUNTS) {
                Rows x = Machine.random(ops, n, columns);
                Rows out = ops.rows(n, ROWS);
                use(() -> ops.matmul(matrix, null, x, out, n));
            }
        }
    }
}
