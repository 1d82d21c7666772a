package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A checkpoint's tensors by canonical (GGUF) name and in canonical form, whatever file they come from; shapes are checked where they are asked for.
/// Constant fix-ups happen here, once: fused or transposed forms, rope order, norms stored without their 1.
final class Weights implements AutoCloseable {
    private final Arch arch;
    private final Hyper hyper;
    private final Stored stored;
    private final Adapters adapters;
    private final ScaledCodes scaled;
    private final boolean precise;
    /// Stored bytes from which on it matters that a file's pages stay in memory until they are unmapped, and finding the system's call for it is worth its time.
    private static final long LARGE = 64L << 20;

    private final boolean large;
    /// Stored matrices that were asked for and are not packed yet.
    private final List<Tensor> given = new ArrayList<>();
    /// Owns the copies made by fix-ups; packing makes its own copy, so they live only until then. Null where there are none.
    private Arena copies;

    /// @param precise whether what is computed here is to be kept in float32
    Weights(Arch arch, Checkpoint checkpoint, Hyper hyper, Adapters adapters, boolean precise) {
        this.arch = arch;
        this.hyper = hyper;
        this.adapters = adapters;
        this.precise = precise;
        scaled = ScaledCodes.of(checkpoint);
        stored = new Stored(arch, checkpoint);
        long bytes = 0;
        for (Tensor t : checkpoint.tensors().values()) bytes += t.data().byteSize();
        large = bytes >= LARGE;
    }

    /// Says that what was asked for has been packed: copies are freed, and the pages of the file go back to the system.
    void packed() {
        if (large) given.forEach(stored.checkpoint()::release);
        given.clear();
        close();
    }

    /// Says that rows have been packed, or a copy of some.
    void done(Tensor rows) { if (large) stored.checkpoint().release(rows); }

    private Arena copies() {
        if (copies == null) copies = Arena.ofShared();
        return copies;
    }

    boolean has(String name) { return stored.has(name) || adapters.replaces(name); }

    /// Whether the head, which is the embedding in the file, is so no longer: what an adapter adds to one of them is not meant for the other.
    boolean headStandsAlone() { return adapters.touches(Adapters.HEAD) || adapters.touches(Adapters.EMBEDDING); }

    /// The head of a model whose file has none of its own.
    Tensor untiedHead(int rows, int columns) { return adapters.added(Adapters.HEAD, AdapterNames.WHOLE, matrix(Adapters.EMBEDDING, rows, columns, false), copies()); }

    /// RoBERTa's positions begin after that of the padding token; GGUF leaves out the rows before.
    int rowsBeforePositions() { return stored.gguf() ? 0 : arch.rowsBeforePositions(stored.checkpoint().metadata()); }

    boolean inParts(String name) { return stored.form(name) == TensorNames.Form.PARTS; }

    /// Tensor `name` as stored, whatever its shape.
    Tensor any(String name) { return stored.any(name); }

    /// Matrix `[rows, columns]`.
    Tensor matrix(String name, int rows, int columns) { return matrix(name, rows, columns, true); }

    private Tensor matrix(String name, int rows, int columns, boolean adapted) {
        Optional<Adapters.Replacement> other = adapted ? adapters.replacement(name) : Optional.empty();
        boolean gguf = other.map(Adapters.Replacement::gguf).orElse(stored.gguf());
        Tensor t = other.map(Adapters.Replacement::tensor).orElseGet(() -> any(name));
        if (other.isEmpty()) {
            given.add(t);
            t = scaled.plain(t, precise, copies());
        }
        if (!gguf && arch.names.form(name) == TensorNames.Form.TRANSPOSED) t = transposed(name, t);
        if (t.elements() == columns && rows == 1) t = t.reshape(1, columns);
        if (t.shape().length != 2 || t.rows() != rows || t.columns() != columns) throw wrongShape(name, List.of((long) rows, (long) columns), t);
        Optional<RowOrder> order = RowOrder.toCanonical(arch, hyper, name, gguf);
        if (order.isPresent()) t = order.get().apply(name, t, copies());
        return adapted ? adapters.added(name, AdapterNames.WHOLE, t, copies()) : t;
    }

    /// Matrix of expert `expert`, out of `[experts, rows, columns]`.
    ///
    /// @param passing for copies that are needed until this expert is packed
    Tensor expert(String name, int expert, int experts, int rows, int columns, Arena passing) {
        TensorNames.Form form = stored.form(name);
        if (form == TensorNames.Form.PARTS) {
            Tensor t = stored.part(name, expert);
            if (t.rows() != rows || t.columns() != columns) throw stored.wrongShape(name, List.of((long) rows, (long) columns), t);
            given.add(t);
            return adapters.added(name, expert, scaled.plain(t, precise, passing), passing);
        }
        if (form.fused()) {
            TensorSource all = stored.fused(name);
            if (!Arrays.equals(all.shape(), new long[] {experts, rows, columns}))
                throw new ModelException(stored.checkpoint().metadata().file(), stored.theirName(name), experts + " experts of [" + rows + ", " + columns + "]", Arrays.toString(all.shape()));
            MemorySegment copy = passing.allocate(all.format().bytes((long) rows * columns), 64);
            all.rows().encode((long) expert * rows, rows, copy);
            return adapters.added(name, expert, new Tensor(name, all.format(), new long[] {rows, columns}, copy), passing);
        }
        Tensor t = any(name);
        if (t.shape().length != 3 || t.shape()[0] != experts || t.shape()[1] != rows || t.columns() != columns)
            throw stored.wrongShape(name, List.of((long) experts, (long) rows, (long) columns), t);
        Tensor one = t.rows((long) expert * rows, rows);
        given.add(one);
        return adapters.added(name, expert, one, passing);
    }

    /// The matrix that makes keys and values of a latent, out of the pair that GGUF has.
    Tensor keysAndValues(String at, Attention a, Hyper.Latent latent) {
        Tensor keys = any(at + "attn_k_b.weight");
        Tensor values = any(at + "attn_v_b.weight");
        long[] keyShape = {a.heads(), latent.rank(), a.keyDim() - latent.ropeDim()};
        long[] valueShape = {a.heads(), a.valueDim(), latent.rank()};
        if (!Arrays.equals(keys.shape(), keyShape)) throw stored.wrongShape(keys.name(), Arrays.stream(keyShape).boxed().toList(), keys);
        if (!Arrays.equals(values.shape(), valueShape)) throw stored.wrongShape(values.name(), Arrays.stream(valueShape).boxed().toList(), values);
        TensorSource both = LatentForm.together(at + "attn_kv_b.weight", keys, values);
        MemorySegment copy = copies().allocate(both.format().bytes(both.shape()[0] * both.shape()[1]), 64);
        both.rows().encode(0, both.shape()[0], copy);
        return adapters.added(both.name(), AdapterNames.WHOLE, new Tensor(both.name(), both.format(), both.shape(), copy), copies());
    }

    /// A vector of `length` numbers, decoded.
    float[] vector(String name, int length) {
        Optional<Adapters.Replacement> other = adapters.replacement(name);
        Tensor t = other.map(Adapters.Replacement::tensor).orElseGet(() -> any(name));
        float[] values = other.isEmpty() && stored.form(name) == TensorNames.Form.PARTS ? parts(name, length, t) : t.values();
        if (values.length != length) throw wrongShape(name, List.of((long) length), t);
        return RowOrder.toCanonical(arch, hyper, name, gguf(name)).map(o -> o.apply(name, values)).orElse(values);
    }

    private ModelException wrongShape(String name, List<Long> expected, Tensor found) {
        return adapters.replacement(name).map(other -> other.wrongShape(expected)).orElseGet(() -> stored.wrongShape(name, expected, found));
    }

    /// Whether what is used as tensor `name` has the form of GGUF.
    private boolean gguf(String name) { return adapters.replacement(name).map(Adapters.Replacement::gguf).orElse(stored.gguf()); }

    /// The biases of all experts `[experts, length]`, or empty.
    Optional<float[]> expertVectors(String name, int experts, int length) {
        if (!has(name)) return Optional.empty();
        Tensor t = any(name);
        float[] all = stored.form(name).fused() ? FusedExperts.of(stored.form(name)).vectors(t) : t.values();
        if (all.length != experts * length) throw stored.wrongShape(name, List.of((long) experts, (long) length), t);
        return Optional.of(all);
    }

    Optional<float[]> optionalVector(String name, int length) { return has(name) ? Optional.of(vector(name, length)) : Optional.empty(); }

    /// The weight of a norm, its 1 added where the file leaves it out.
    float[] norm(String name, int length) {
        float[] values = vector(name, length);
        if (!gguf(name) && arch.addsOne(name)) for (int i = 0; i < values.length; i++) values[i] += 1;
        return values;
    }

    private float[] parts(String name, int length, Tensor first) {
        float[] all = new float[length];
        int each = Math.toIntExact(first.elements());
        if (each == 0 || length % each != 0) throw stored.wrongShape(name, List.of((long) length), first);
        for (int i = 0; i < length / each; i++) {
            Tensor part = stored.part(name, i);
            if (part.elements() != each) throw stored.wrongShape(name, List.of((long) each), part);
            System.arraycopy(part.values(), 0, all, i * each, each);
        }
        return all;
    }

    private Tensor transposed(String name, Tensor t) {
        if (t.shape().length == 1) return t;
        if (t.format().blockLength() != 1) throw new ModelException(stored.checkpoint().metadata().file(), stored.theirName(name), "a plain number format", t.format());
        int rows = Math.toIntExact(t.rows());
        int columns = t.columns();
        int bytes = t.format().blockBytes();
        MemorySegment copy = copies().allocate(t.data().byteSize(), 64);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                MemorySegment.copy(t.data(), ((long) r * columns + c) * bytes, copy, ((long) c * rows + r) * bytes, bytes);
        return new Tensor(t.name(), t.format(), new long[] {columns, rows}, copy);
    }

    @Override
    public void close() {
        if (copies != null) copies.close();
        copies = null;
    }
}
