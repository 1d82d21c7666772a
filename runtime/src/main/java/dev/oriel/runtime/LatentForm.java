package dev.oriel.runtime;

import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;

/// The matrix that makes keys and values out of a latent, in its two forms: one matrix `[head][key rows, value rows][rank]`, as Hugging Face has it, and GGUF's pair of
/// keys `[head][rank][key]` and values `[head][value][rank]`. Block formats, whose keys cannot be turned, become F32.
final class LatentForm {
    private LatentForm() {}

    /// The one matrix out of the pair.
    static TensorSource together(String name, Tensor keys, Tensor values) {
        int heads = Math.toIntExact(keys.shape()[0]);
        int rank = Math.toIntExact(keys.shape()[1]);
        int key = keys.columns();
        int value = Math.toIntExact(values.shape()[1]);
        Format format = plain(keys, values) ? keys.format() : Format.F32;
        return new TensorSource(name, format, new long[] {(long) heads * (key + value), rank}, (first, count, out) -> {
            for (long i = 0; i < count; i++) {
                long head = (first + i) / (key + value);
                int row = (int) ((first + i) % (key + value));
                MemorySegment to = out.asSlice(i * format.bytes(rank), format.bytes(rank));
                if (row >= key) row(values, head * value + row - key, format, to);
                else column(keys.rows(head * rank, rank), row, format, to);
            }
        });
    }

    /// GGUF's keys out of the one matrix.
    static TensorSource keys(String name, Tensor both, int heads, int key) {
        long each = both.rows() / heads;
        Format format = plain(both, both) ? both.format() : Format.F32;
        return new TensorSource(name, format, new long[] {heads, both.columns(), key}, (first, count, out) -> {
            for (long i = 0; i < count; i++)
                column(both.rows((first + i) / both.columns() * each, key), (int) ((first + i) % both.columns()), format, out.asSlice(i * format.bytes(key), format.bytes(key)));
        });
    }

    /// GGUF's values out of the one matrix.
    static TensorSource values(String name, Tensor both, int heads, int key) {
        long each = both.rows() / heads;
        long value = each - key;
        long bytes = both.rowBytes();
        return new TensorSource(name, both.format(), new long[] {heads, value, both.columns()}, (first, count, out) -> {
            for (long i = 0; i < count; i++)
                MemorySegment.copy(both.data(), ((first + i) / value * each + key + (first + i) % value) * bytes, out, i * bytes, bytes);
        });
    }

    private static boolean plain(Tensor a, Tensor b) { return a.format() == b.format() && !a.format().grouped(); }

    private static void row(Tensor t, long row, Format format, MemorySegment out) {
        if (t.format() == format) MemorySegment.copy(t.data(), row * t.rowBytes(), out, 0, t.rowBytes());
        else {
            float[] values = new float[t.columns()];
            t.decodeRow(row, values, 0);
            Format.F32.encode(values, 0, values.length, out, 0);
        }
    }

    /// Column `column` of a matrix, as a row.
    private static void column(Tensor t, int column, Format format, MemorySegment out) {
        int bytes = format.blockBytes();
        float[] values = new float[t.columns()];
        for (int row = 0; row < t.rows(); row++) {
            if (t.format() == format) MemorySegment.copy(t.data(), row * t.rowBytes() + (long) column * bytes, out, (long) row * bytes, bytes);
            else {
                t.decodeRow(row, values, 0);
                Format.F32.encode(values, column, 1, out, (long) row * bytes);
            }
        }
    }
}
