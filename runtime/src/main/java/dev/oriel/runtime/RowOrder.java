package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// An order of a tensor's rows: row `i` of the result is row `from[i]` of the source.
record RowOrder(int[] from) {

    /// From rope on neighbouring pairs to rope on halves: within each head, of its `dims` rotated rows (0, 1), (2, 3), ... become rows (0, h), (1, h + 1), ...
    /// with h half their number.
    ///
    /// @param first rows of a head before those that are rotated
    static RowOrder halves(int heads, int headDim, int first, int dims) {
        int[] from = new int[heads * headDim];
        for (int head = 0, row = 0; head < heads; head++)
            for (int i = 0; i < headDim; i++, row++) {
                int turned = i - first;
                from[row] = head * headDim + (turned < 0 || turned >= dims ? i : first + (turned < dims / 2 ? 2 * turned : 2 * (turned - dims / 2) + 1));
            }
        return new RowOrder(from);
    }

    /// From `[key-value head][its queries, key, value][dim]` to all queries, then all keys, then all values.
    static RowOrder partsTogether(int heads, int kvHeads, int headDim) {
        int group = heads / kvHeads;
        int[] from = new int[(heads + 2 * kvHeads) * headDim];
        int row = 0;
        for (int head = 0; head < heads; head++)
            for (int i = 0; i < headDim; i++) from[row++] = (head / group * (group + 2) + head % group) * headDim + i;
        for (int part = 0; part < 2; part++)
            for (int head = 0; head < kvHeads; head++)
                for (int i = 0; i < headDim; i++) from[row++] = (head * (group + 2) + group + part) * headDim + i;
        return new RowOrder(from);
    }

    /// What brings the rows of canonical tensor `name` from the order of one kind of file into the canonical one; empty where they are in it.
    ///
    /// @param gguf whether the file is GGUF
    static Optional<RowOrder> toCanonical(Arch arch, Hyper hyper, String name, boolean gguf) {
        Attention a = hyper.attention();
        if (!gguf && arch.names.form(name) == TensorNames.Form.GROUPS_INTERLEAVED) return Optional.of(partsTogether(a.heads(), a.kvHeads(), a.keyDim()));
        if (!arch.has(Arch.Trait.PAIRS_ROPE) && !(gguf && arch.has(Arch.Trait.GGUF_PAIRS_ROPE))) return Optional.empty();
        if (hyper.latent().isPresent()) return latent(a, hyper.latent().get(), name);
        boolean norms = arch.has(Arch.Trait.PAIRS_ROPE);
        if (name.contains(".attn_q.") || norms && name.contains(".attn_q_norm.")) return Optional.of(halves(a.heads(), a.keyDim(), 0, hyper.ropeDims()));
        if (name.contains(".attn_k.") || norms && name.contains(".attn_k_norm.")) return Optional.of(halves(a.kvHeads(), a.keyDim(), 0, hyper.ropeDims()));
        return Optional.empty();
    }

    /// Of latent attention, the last columns of a query and the part of the key that all heads share are rotated.
    private static Optional<RowOrder> latent(Attention a, Hyper.Latent latent, String name) {
        int first = a.keyDim() - latent.ropeDim();
        if (name.contains(".attn_q.") || name.contains(".attn_q_b.")) return Optional.of(halves(a.heads(), a.keyDim(), first, latent.ropeDim()));
        if (name.contains(".attn_kv_a_mqa.")) return Optional.of(halves(1, latent.rank() + latent.ropeDim(), latent.rank(), latent.ropeDim()));
        return Optional.empty();
    }

    /// What brings the rows of canonical tensor `name` from Hugging Face's order into GGUF's; empty where both have the same.
    static Optional<RowOrder> toGguf(Arch arch, Hyper hyper, String name) {
        Optional<RowOrder> in = toCanonical(arch, hyper, name, false);
        Optional<RowOrder> out = toCanonical(arch, hyper, name, true).map(RowOrder::inverse);
        if (in.isEmpty() || out.isEmpty()) return in.or(() -> out);
        RowOrder both = in.get().then(out.get());
        return both.same() ? Optional.empty() : Optional.of(both);
    }

    private RowOrder then(RowOrder next) {
        int[] both = new int[from.length];
        for (int i = 0; i < both.length; i++) both[i] = from[next.from[i]];
        return new RowOrder(both);
    }

    private boolean same() {
        for (int i = 0; i < from.length; i++) if (from[i] != i) return false;
        return true;
    }

    RowOrder inverse() {
        int[] back = new int[from.length];
        for (int i = 0; i < from.length; i++) back[from[i]] = i;
        return new RowOrder(back);
    }

    /// A reordered copy of a matrix, in `arena`.
    Tensor apply(String name, Tensor t, Arena arena) {
        requireRows(name, t.rows());
        MemorySegment copy = arena.allocate(t.data().byteSize(), 64);
        rows(t).encode(0, from.length, copy);
        return new Tensor(t.name(), t.format(), t.shape(), copy);
    }

    float[] apply(String name, float[] values) {
        requireRows(name, values.length);
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) out[i] = values[from[i]];
        return out;
    }

    private void requireRows(String name, long found) {
        if (from.length != found) throw new ModelException(name + ": expected " + from.length + " rows, found " + found);
    }

    /// The reordered rows of a matrix, copied when they are asked for.
    TensorSource.Rows rows(Tensor t) {
        requireRows(t.name(), t.rows());
        long bytes = t.rowBytes();
        return (first, count, out) -> {
            for (int i = 0; i < count; i++) MemorySegment.copy(t.data(), from[Math.toIntExact(first + i)] * bytes, out, i * bytes, bytes);
        };
    }
}
