package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// A stored tensor: numbers as a file holds them, and nothing but a view of them.
///
/// @param name   its name in the file
/// @param format how its numbers are stored
/// @param shape  extents, slowest axis first (`[rows, columns]` for a matrix); the last axis is contiguous
/// @param data   exactly `format.bytes(elements)` bytes, little endian, row after row
public record Tensor(String name, Format format, long[] shape, MemorySegment data) {

    public Tensor {
        shape = shape.clone();
        long expected = format.bytes(count(shape));
        if (data.byteSize() != expected)
            throw new IllegalArgumentException("tensor " + name + ": expected " + expected + " bytes, found " + data.byteSize());
    }

    /// Extent of the last, contiguous axis.
    public int columns() { return shape.length == 0 ? 1 : Math.toIntExact(shape[shape.length - 1]); }

    /// Product of all axes but the last.
    public long rows() { return columns() == 0 ? 0 : elements() / columns(); }

    public long elements() { return count(shape); }

    /// Bytes of one row.
    public long rowBytes() { return format.bytes(columns()); }

    /// A view of `count` consecutive rows, as a matrix `[count, columns]`.
    public Tensor rows(long first, long count) {
        return new Tensor(name, format, new long[] {count, columns()}, data.asSlice(first * rowBytes(), count * rowBytes()));
    }

    /// The same numbers under other extents.
    public Tensor reshape(long... shape) { return new Tensor(name, format, shape, data); }

    /// Decodes row `row` into `out[from .. from + columns)`.
    public void decodeRow(long row, float[] out, int from) {
        format.decode(data, row * rowBytes(), out, from, columns());
    }

    /// All numbers, decoded; for tensors that are small (norms, biases, tables).
    public float[] values() {
        float[] out = new float[Math.toIntExact(elements())];
        for (int row = 0; row < rows(); row++) decodeRow(row, out, row * columns());
        return out;
    }

    private static long count(long[] shape) {
        long n = 1;
        for (long extent : shape) n = Math.multiplyExact(n, extent);
        return n;
    }
}
