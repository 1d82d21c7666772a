package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// What an adapter adds to a canonical matrix: `factor * b a`.
///
/// @param file   where it was read, for messages
/// @param target the matrix as that file calls it
/// @param b      `[rows, rank]`, rows in canonical order
/// @param a      `[rank, columns]`
record LowRank(String file, String target, float factor, float[] b, float[] a, int rank) {
    private static final float LARGEST_HALF = 65504;

    int rows() { return b.length / rank; }

    int columns() { return a.length / rank; }

    /// A copy of `base` to which all products have been added in float32. It is stored as F32 where the base is or nothing is to be rounded, else as F16, which is nearer to
    /// the sum than any block format or BF16 by far (a relative error of at most 2^-11), or as F32 again where a number is too large for that.
    static Tensor added(Tensor base, List<LowRank> products, boolean precise, Arena arena) {
        products.forEach(product -> product.requireShape(base));
        if (!precise && base.format() != Format.F32) {
            Tensor half = added(base, products, Format.F16, arena);
            if (half != null) return half;
        }
        return added(base, products, Format.F32, arena);
    }

    /// Null if a number is too large for `format`.
    private static Tensor added(Tensor base, List<LowRank> products, Format format, Arena arena) {
        int columns = base.columns();
        MemorySegment out = arena.allocate(format.bytes(base.elements()), 64);
        AtomicBoolean beyond = new AtomicBoolean();
        IntStream.range(0, Math.toIntExact(base.rows())).parallel().forEach(row -> {
            float[] values = new float[columns];
            base.decodeRow(row, values, 0);
            for (LowRank product : products) product.addRow(row, values);
            if (format == Format.F16) for (float value : values) if (!(Math.abs(value) <= LARGEST_HALF)) beyond.set(true);
            format.encode(values, 0, columns, out, row * format.bytes(columns));
        });
        return beyond.get() ? null : new Tensor(base.name(), format, base.shape(), out);
    }

    private void addRow(int row, float[] values) {
        float[] sum = new float[values.length];
        for (int k = 0; k < rank; k++) {
            float weight = b[row * rank + k];
            int from = k * sum.length;
            for (int c = 0; c < sum.length; c++) sum[c] += weight * a[from + c];
        }
        for (int c = 0; c < sum.length; c++) values[c] += factor * sum[c];
    }

    private void requireShape(Tensor base) {
        if (base.rows() != rows() || base.columns() != columns())
            throw new ModelException(file, target, "a product of " + base.rows() + " rows and " + base.columns() + " columns, as the model's has", rows() + " and " + columns());
    }
}
