package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// What rows have gathered from some slots: the largest score, and of e^(score - largest) the sums, in 32 parts, and those of its products with the values.
final class Gathered {
    static final int PARTS = SlotLayout.TILE;
    private static final long PART_BYTES = (long) PARTS * Float.BYTES;

    private final MemorySegment memory;
    private final int rows;
    private final int width;
    private final long sums;
    private final long z;

    /// @param memory at least [#bytes] bytes, with any contents: [#clear] comes first
    Gathered(MemorySegment memory, int rows, int width) {
        this.memory = memory;
        this.rows = rows;
        this.width = width;
        sums = largestBytes(rows);
        z = sums + rows * PART_BYTES;
    }

    static long bytes(int rows, int width) { return largestBytes(rows) + rows * PART_BYTES + (long) rows * width * Float.BYTES; }

    private static long largestBytes(int rows) { return Math.ceilDiv(rows, HostRows.LANES) * HostRows.ALIGNMENT; }

    MemorySegment memory() { return memory; }

    /// Byte offset of a row's largest score.
    long largest(int row) { return (long) row * Float.BYTES; }

    /// Byte offset of a row's 32 sums.
    long sums(int row) { return sums + row * PART_BYTES; }

    /// Byte offset of a row's z, `width` numbers.
    long z(int row) { return z + (long) row * width * Float.BYTES; }

    int width() { return width; }

    /// Nothing yet.
    Gathered clear() {
        memory.asSlice(0, bytes(rows, width)).fill((byte) 0);
        for (int row = 0; row < rows; row++) memory.set(HostRows.FLOAT, largest(row), Float.NEGATIVE_INFINITY);
        return this;
    }

    /// Adds what was gathered from the slots that follow.
    void add(Gathered next) {
        for (int row = 0; row < rows; row++) {
            float before = memory.get(HostRows.FLOAT, largest(row));
            float other = next.memory.get(HostRows.FLOAT, next.largest(row));
            if (other == Float.NEGATIVE_INFINITY) continue;
            float now = Math.max(before, other);
            float mine = factor(before, now);
            float its = factor(other, now);
            memory.set(HostRows.FLOAT, largest(row), now);
            AttentionKernel.mix(memory, sums(row), next.memory, next.sums(row), PARTS, mine, its);
            AttentionKernel.mix(memory, z(row), next.memory, next.z(row), width, mine, its);
        }
    }

    /// By how much what was summed before counts less, once a larger score has come; 0 where nothing was.
    static float factor(float before, float now) { return Functions.expOfNegative(before - (now == Float.NEGATIVE_INFINITY ? 0 : now)); }

    /// z of a row divided by its sum, in which a sink takes part; a row that has seen nothing gives 0.
    ///
    /// By way of arrays, because this runs once per row: native numbers one by one are slow until they are compiled.
    void finish(int row, float sink, float[] out) {
        float[] parts = new float[PARTS];
        MemorySegment.copy(memory, HostRows.FLOAT, sums(row), parts, 0, PARTS);
        float sum = 0;
        for (float part : parts) sum += part;
        if (sink != Float.NEGATIVE_INFINITY) sum += Functions.exp(sink - memory.get(HostRows.FLOAT, largest(row)));
        MemorySegment.copy(memory, HostRows.FLOAT, z(row), out, 0, out.length);
        if (sum != 0) for (int i = 0; i < out.length; i++) out[i] /= sum;
    }
}
