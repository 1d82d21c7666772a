package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// Tensors on their way into a file of the other kind: their numbers in another order, under other extents, or decoded. Every row is made when it is written, so a model
/// need not fit into memory.
final class Recast {
    private Recast() {}

    static TensorSource renamed(String name, Tensor t) { return new TensorSource(name, t.format(), t.shape(), TensorSource.of(t).rows()); }

    static TensorSource reordered(String name, Tensor t, RowOrder order) { return new TensorSource(name, t.format(), t.shape(), order.rows(t)); }

    /// The same rows, stored as F32.
    static TensorSource decoded(String name, Tensor t) { return decoded(name, t, row -> row); }

    static TensorSource decoded(String name, Tensor t, RowOrder order) { return decoded(name, t, row -> order.from()[Math.toIntExact(row)]); }

    private static TensorSource decoded(String name, Tensor t, LongUnaryOperator from) {
        return new TensorSource(name, Format.F32, t.shape(), (first, count, out) -> {
            float[] row = new float[t.columns()];
            for (long i = 0; i < count; i++) {
                t.decodeRow(from.applyAsLong(first + i), row, 0);
                Format.F32.encode(row, 0, row.length, out, i * row.length * Float.BYTES);
            }
        });
    }

    /// `[columns, rows]` out of `[rows, columns]`; block formats, which cannot be turned, become F32.
    static TensorSource transposed(String name, Tensor t) {
        int rows = Math.toIntExact(t.rows());
        int columns = t.columns();
        long[] shape = {columns, rows};
        if (!t.format().grouped()) {
            int bytes = t.format().blockBytes();
            return new TensorSource(name, t.format(), shape, (first, count, out) -> {
                for (int row = 0; row < rows; row++)
                    for (long i = 0; i < count; i++)
                        MemorySegment.copy(t.data(), ((long) row * columns + first + i) * bytes, out, (i * rows + row) * bytes, bytes);
            });
        }
        return new TensorSource(name, Format.F32, shape, (first, count, out) -> {
            float[] row = new float[columns];
            for (int r = 0; r < rows; r++) {
                t.decodeRow(r, row, 0);
                for (int i = 0; i < count; i++) Format.F32.encode(row, Math.toIntExact(first + i), 1, out, ((long) i * rows + r) * Float.BYTES);
            }
        });
    }

    /// `[parts, rows, columns]` out of matrices of one shape and format.
    static TensorSource stacked(String name, List<TensorSource> parts) {
        TensorSource one = parts.getFirst();
        for (TensorSource part : parts)
            if (part.format() != one.format() || !Arrays.equals(part.shape(), one.shape()))
                throw new ModelException(part.name() + ": expected " + one.format() + " " + Arrays.toString(one.shape()) + " as " + one.name() + " has, found "
                        + part.format() + " " + Arrays.toString(part.shape()));
        long rows = one.shape()[0];
        long bytes = one.format().bytes(one.shape()[1]);
        return new TensorSource(name, one.format(), new long[] {parts.size(), rows, one.shape()[1]}, (first, count, out) -> {
            for (long i = 0; i < count; i++) parts.get(Math.toIntExact((first + i) / rows)).rows().encode((first + i) % rows, 1, out.asSlice(i * bytes, bytes));
        });
    }
}
