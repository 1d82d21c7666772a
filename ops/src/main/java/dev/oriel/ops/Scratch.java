package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What one worker needs beside its input and output; it grows and is kept.
final class Scratch implements AutoCloseable {
    final MemorySegment panel;
    final int[] codes = new int[Tiles.BLOCK];
    /// One vector, or the rows of [Tiles#multiply].
    final float[] lanes = new float[Tiles.AT_ONCE * Tiles.ROWS];
    private final Arena arena = Arena.ofShared();
    private Arena grown = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;
    private float[] row = {};
    private float[] sums = {};
    private float[] scales = {};

    Scratch() { panel = arena.allocate(Panel.BYTES, HostRows.ALIGNMENT); }

    /// At least `bytes` bytes of native memory with any contents.
    MemorySegment memory(long bytes) {
        if (memory.byteSize() < bytes) {
            grown.close();
            grown = Arena.ofShared();
            memory = grown.allocate(bytes, HostRows.ALIGNMENT);
        }
        return memory;
    }

    /// A row of x, zero padded to `padded` columns.
    float[] row(HostRows x, int row, int columns, int padded) {
        if (this.row.length < padded) this.row = new float[padded];
        MemorySegment.copy(x.segment(), HostRows.FLOAT, x.offset(row), this.row, 0, columns);
        for (int k = columns; k < padded; k++) this.row[k] = 0;
        return this.row;
    }

    /// A row of a matrix, with its padding.
    float[] row(TiledMatrix matrix, int row) {
        if (this.row.length < matrix.paddedColumns()) this.row = new float[matrix.paddedColumns()];
        matrix.row(row, this.row);
        return this.row;
    }

    /// At least `count` floats with any contents.
    float[] sums(int count) {
        if (sums.length < count) sums = new float[count];
        return sums;
    }

    /// The same, for [Scales].
    float[] scales(int count) {
        if (scales.length < count) scales = new float[count];
        return scales;
    }

    @Override
    public void close() {
        arena.close();
        grown.close();
    }
}
