package dev.oriel.loaders;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A tensor on its way into a file: what it will be, and who makes its rows when their turn comes, so that a model need not fit into memory to be converted.
///
/// @param name   its name in the file
/// @param format how its numbers will be stored
/// @param shape  extents, slowest axis first
/// @param rows   makes the bytes
public record TensorSource(String name, Format format, long[] shape, Rows rows) {

    /// Makes consecutive rows of a tensor.
    @FunctionalInterface
    public interface Rows {
        /// Writes rows `first .. first + count` (of the last axis' extent each) to `out`, which is native memory of exactly their stored size and may be
        /// written by several threads. Called with ascending `first`, each row once.
        void encode(long first, long count, MemorySegment out);
    }

    public TensorSource {
        shape = shape.clone();
    }

    /// A stored tensor as it is.
    public static TensorSource of(Tensor tensor) {
        return new TensorSource(tensor.name(), tensor.format(), tensor.shape(), (first, count, out) ->
                out.copyFrom(tensor.data().asSlice(first * tensor.rowBytes(), out.byteSize())));
    }

    /// Computed numbers, stored as F32. They are read when the file is written.
    ///
    /// @throws IllegalArgumentException if there are not as many as the shape says
    public static TensorSource of(String name, float[] values, long... shape) {
        long elements = 1;
        for (long extent : shape) elements = Math.multiplyExact(elements, extent);
        if (elements != values.length) throw new IllegalArgumentException(name + ": expected " + elements + " numbers, found " + values.length);
        MemorySegment numbers = MemorySegment.ofArray(values);
        return new TensorSource(name, Format.F32, shape, (first, count, out) -> {
            long from = first * (out.byteSize() / count);
            MemorySegment.copy(numbers, ValueLayout.JAVA_FLOAT, from, out, Output.FLOAT, 0, out.byteSize() / Float.BYTES);
        });
    }

    /// Product of all axes but the last.
    long rowCount() {
        long n = 1;
        for (int i = 0; i < shape.length - 1; i++) n = Math.multiplyExact(n, shape[i]);
        return n;
    }

    /// Stored bytes of one row.
    long rowBytes() { return format.bytes(shape.length == 0 ? 1 : shape[shape.length - 1]); }
}
