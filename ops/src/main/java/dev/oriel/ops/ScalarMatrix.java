package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/// A matrix as its files stored it: copies of the parts, stacked by rows, decoded a row at a time.
final class ScalarMatrix implements Matrix {
    private final List<Tensor> parts;
    private final int rows;
    private final int columns;

    ScalarMatrix(List<Tensor> parts, Arena arena) {
        if (parts.isEmpty()) throw new IllegalArgumentException("a matrix of no parts");
        columns = parts.getFirst().columns();
        for (Tensor part : parts)
            if (part.columns() != columns)
                throw new IllegalArgumentException(part.name() + ": expected " + columns + " columns, as " + parts.getFirst().name() + " has, found " + part.columns());
        rows = Math.toIntExact(parts.stream().mapToLong(Tensor::rows).sum());
        this.parts = parts.stream().map(part -> copy(part, arena)).toList();
    }

    private static Tensor copy(Tensor part, Arena arena) {
        MemorySegment data = arena.allocate(part.data().byteSize(), HostRows.ALIGNMENT).copyFrom(part.data());
        return new Tensor(part.name(), part.format(), part.shape(), data);
    }

    /// Decodes row `row` into `out[0 .. columns)`.
    void decodeRow(int row, float[] out) {
        Objects.checkIndex(row, rows);
        long local = row;
        for (Tensor part : parts) {
            if (local < part.rows()) {
                part.decodeRow(local, out, 0);
                return;
            }
            local -= part.rows();
        }
    }

    @Override
    public int rows() { return rows; }

    @Override
    public int columns() { return columns; }

    @Override
    public long bytes() { return parts.stream().mapToLong(part -> part.data().byteSize()).sum(); }

    @Override
    public String layout() {
        return parts.stream().map(part -> part.format().name().toLowerCase(Locale.ROOT)).distinct().collect(Collectors.joining(" "));
    }
}
