package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// An order of a tensor's rows: row `i` of the result is row `from[i]` of the source.
record RowOrder(int[] from) {

    /// From rope on neighbouring pairs to rope on halves: within each head, rows (0, 1), (2, 3), ... of the `dims` rotated ones become rows (0, h), (1, h + 1), ...
    /// with h half their number.
    static RowOrder halves(int heads, int headDim, int dims) {
        int[] from = new int[heads * headDim];
        for (int head = 0, row = 0; head < heads; head++)
            for (int i = 0; i < headDim; i++, row++)
                from[row] = head * headDim + (i >= dims ? i : i < dims / 2 ? 2 * i : 2 * (i - dims / 2) + 1);
        return new RowOrder(from);
    }

    /// From `[head][q, k, v][dim]` to `[q, k, v][head][dim]`.
    static RowOrder partsTogether(int heads, int headDim) {
        int[] from = new int[3 * heads * headDim];
        for (int part = 0, row = 0; part < 3; part++)
            for (int head = 0; head < heads; head++)
                for (int i = 0; i < headDim; i++, row++) from[row] = (head * 3 + part) * headDim + i;
        return new RowOrder(from);
    }

    /// What brings the rows of canonical tensor `name` from Hugging Face's order into GGUF's; empty where both have the same.
    ///
    /// @param t the tensor in either form
    static Optional<RowOrder> toGguf(Arch arch, Hyper hyper, String name, Tensor t) {
        var a = hyper.attention();
        boolean pairs = arch.has(Arch.Trait.GGUF_PAIRS_ROPE);
        RowOrder order = null;
        if (arch.names.source(name).form() == TensorNames.Form.HEADS_INTERLEAVED) order = partsTogether(a.heads(), a.keyDim());
        else if (pairs && name.contains(".attn_q.")) order = halves(a.heads(), a.keyDim(), Weights.ropeDims(hyper)).inverse();
        else if (pairs && name.contains(".attn_k.")) order = halves(a.kvHeads(), a.keyDim(), Weights.ropeDims(hyper)).inverse();
        if (order != null && order.from.length != t.shape()[0]) throw new ModelException(t.name() + ": expected " + order.from.length + " rows, found " + t.shape()[0]);
        return Optional.ofNullable(order);
    }

    RowOrder inverse() {
        int[] back = new int[from.length];
        for (int i = 0; i < from.length; i++) back[from[i]] = i;
        return new RowOrder(back);
    }

    /// A reordered copy of a matrix, in `arena`.
    Tensor apply(Tensor t, Arena arena) {
        MemorySegment copy = arena.allocate(t.data().byteSize(), 64);
        rows(t).encode(0, from.length, copy);
        return new Tensor(t.name(), t.format(), t.shape(), copy);
    }

    float[] apply(float[] values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) out[i] = values[from[i]];
        return out;
    }

    /// The reordered rows of a matrix, copied when they are asked for.
    TensorSource.Rows rows(Tensor t) {
        long bytes = t.rowBytes();
        return (first, count, out) -> {
            for (int i = 0; i < count; i++) MemorySegment.copy(t.data(), from[Math.toIntExact(first + i)] * bytes, out, i * bytes, bytes);
        };
    }
}
