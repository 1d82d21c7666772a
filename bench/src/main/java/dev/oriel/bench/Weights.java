package dev.oriel.bench;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The ways a matrix is multiplied: together these stored formats reach every packed layout that files commonly need, and each kernel of a layout that has two.
public enum Weights {
    Q4_0(Format.Q4_0, false),
    Q4_0_EXACT(Format.Q4_0, true),
    Q4_1(Format.Q4_1, false),
    Q4_1_EXACT(Format.Q4_1, true),
    Q4_K(Format.Q4_K, false),
    Q4_K_EXACT(Format.Q4_K, true),
    Q2_K(Format.Q2_K, false),
    Q2_K_EXACT(Format.Q2_K, true),
    Q3_K(Format.Q3_K, false),
    Q3_K_EXACT(Format.Q3_K, true),
    Q5_0(Format.Q5_0, false),
    Q5_0_EXACT(Format.Q5_0, true),
    Q5_1(Format.Q5_1, false),
    Q5_1_EXACT(Format.Q5_1, true),
    Q5_K(Format.Q5_K, false),
    Q5_K_EXACT(Format.Q5_K, true),
    Q8_0(Format.Q8_0, false),
    Q8_0_EXACT(Format.Q8_0, true),
    Q6_K(Format.Q6_K, false),
    Q6_K_EXACT(Format.Q6_K, true),
    BF16(Format.BF16, false),
    BF16_EXACT(Format.BF16, true),
    F16(Format.F16, true),
    F32(Format.F32, true);

    /// Rows that are really encoded; the others repeat them. No kernel's time depends on the numbers, and encoders are slow.
    private static final int DISTINCT_ROWS = 16;

    final Format format;
    /// Whether activations stay float32.
    final boolean exact;

    Weights(Format format, boolean exact) {
        this.format = format;
        this.exact = exact;
    }

    /// A stored matrix of random numbers of standard deviation `1 / sqrt(columns)`, so that a product keeps the size of its input; other names have other numbers.
    static Tensor random(String name, Format format, int rows, int columns, Arena arena) {
        int distinct = Math.min(rows, DISTINCT_ROWS);
        float[] numbers = Machine.random(name.hashCode(), distinct * columns);
        float deviation = (float) (1 / Math.sqrt(columns));
        for (int i = 0; i < numbers.length; i++) numbers[i] *= deviation;
        long rowBytes = format.bytes(columns);
        MemorySegment data = arena.allocate(rowBytes * rows, 64);
        format.encode(numbers, 0, numbers.length, data, 0);
        for (int row = distinct; row < rows; row++)
            MemorySegment.copy(data, row % distinct * rowBytes, data, row * rowBytes, rowBytes);
        return new Tensor(name, format, new long[] {rows, columns}, data);
    }
}
