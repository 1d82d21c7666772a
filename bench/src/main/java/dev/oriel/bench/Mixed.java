package dev.oriel.bench;

import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.lang.foreign.Arena;
import java.util.List;

/// Uses every layout in this JVM before one of them is measured. A program that loads a real model uses several; the compiler treats a call site
/// that has seen one class far better than one that has seen four, so a JVM that knows one layout only measures what no user gets.
final class Mixed {
    private static final int ROWS = 256;
    private static final int[] COUNTS = {1, 8, 128};

    private Mixed() {}

    /// @param millis how long each kind of weights runs with each number of rows; 0 for not at all
    static void warm(Machine machine, int columns, int millis) {
        if (millis == 0) return;
        for (boolean exact : new boolean[] {false, true})
            try (Ops ops = machine.open(exact)) {
                for (Weights weights : Weights.values()) if (weights.exact == exact) warm(ops, weights, columns, millis);
            }
    }

    private static void warm(Ops ops, Weights weights, int columns, int millis) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix matrix = ops.pack(List.of(Weights.random("w", weights.format, ROWS, columns, arena)));
            for (int n : COUNTS) {
                Rows x = Machine.random(ops, n, columns);
                Rows out = ops.rows(n, ROWS);
                long end = System.nanoTime() + millis * 1_000_000L;
                do ops.matmul(matrix, null, x, out, n); while (System.nanoTime() < end);
            }
        }
    }
}
