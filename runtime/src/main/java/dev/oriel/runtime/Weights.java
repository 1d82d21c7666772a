package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A checkpoint's tensors by canonical (GGUF) name and in canonical form, whatever file they come from; shapes are checked where they are asked for.
/// Constant fix-ups happen here, once: fused or transposed forms, rope order, norms stored without their 1.
final class Weights implements AutoCloseable {
    private final Arch arch;
    private final Checkpoint checkpoint;
    /// Owns the copies made by fix-ups; packing makes its own copy, so they live only as long as loading takes.
    private final Arena arena = Arena.ofShared();

    Weights(Arch arch, Checkpoint checkpoint) {
        this.arch = arch;
        this.checkpoint = checkpoint;
    }

    boolean has(String name) { return stored(name).isPresent(); }

    /// Tensor `name` as stored, whatever its shape.
    Tensor any(String name) {
        return stored(name).orElseThrow(() -> new ModelException(checkpoint.metadata().file(), theirName(name), "a tensor", "nothing"));
    }

    /// Matrix `[rows, columns]`.
    Tensor matrix(String name, int rows, int columns) {
        Tensor t = canonical(name);
        if (t.shape().length != 2 || t.rows() != rows || t.columns() != columns) throw wrongShape(name, List.of((long) rows, (long) columns), t);
        return t;
    }

    /// Query or key projection: `[heads * headDim, columns]`, rows in the order rope wants.
    Tensor heads(String name, Hyper hyper, int heads, int headDim, int columns) {
        Tensor t = matrix(name, heads * headDim, columns);
        return permuted(hyper) ? RowOrder.halves(heads, headDim, ropeDims(hyper)).apply(t, arena) : t;
    }

    /// Matrix of expert `expert`, out of `[experts, rows, columns]`.
    Tensor expert(String name, int expert, int experts, int rows, int columns) {
        TensorNames.Source source = theirs(name);
        if (source != null && source.form() == TensorNames.Form.PER_EXPERT) {
            Tensor t = require(source.name().replace("%e", Integer.toString(expert)));
            if (t.rows() != rows || t.columns() != columns) throw wrongShape(name, List.of((long) rows, (long) columns), t);
            return t;
        }
        Tensor t = any(name);
        if (t.shape().length != 3 || t.shape()[0] != experts || t.shape()[1] != rows || t.columns() != columns)
            throw wrongShape(name, List.of((long) experts, (long) rows, (long) columns), t);
        return t.rows((long) expert * rows, rows);
    }

    /// A vector of `length` numbers, decoded.
    float[] vector(String name, int length) {
        Tensor t = any(name);
        if (t.elements() != length) throw wrongShape(name, List.of((long) length), t);
        TensorNames.Source source = theirs(name);
        float[] values = t.values();
        if (source != null && source.form() == TensorNames.Form.HEADS_INTERLEAVED) return deinterleaved(name, t.reshape(length, 1)).values();
        return values;
    }

    Optional<float[]> optionalVector(String name, int length) { return has(name) ? Optional.of(vector(name, length)) : Optional.empty(); }

    /// The bias of a query or key projection, in the order rope wants.
    Optional<float[]> headsVector(String name, Hyper hyper, int heads, int headDim) {
        return optionalVector(name, heads * headDim)
                .map(values -> permuted(hyper) ? RowOrder.halves(heads, headDim, ropeDims(hyper)).apply(values) : values);
    }

    /// The weight of a norm, its 1 added where the file leaves it out.
    float[] norm(String name, int length) {
        float[] values = vector(name, length);
        if (checkpoint.kind() == Checkpoint.Kind.HUGGING_FACE && arch.has(Arch.Trait.HF_NORM_PLUS_ONE))
            for (int i = 0; i < values.length; i++) values[i] += 1;
        return values;
    }

    private Tensor canonical(String name) {
        Tensor t = any(name);
        TensorNames.Source source = theirs(name);
        if (source == null) return t;
        return switch (source.form()) {
            case SAME, PER_EXPERT -> t;
            case TRANSPOSED -> transposed(name, t);
            case HEADS_INTERLEAVED -> deinterleaved(name, t);
        };
    }

    private Optional<Tensor> stored(String name) {
        TensorNames.Source source = theirs(name);
        if (checkpoint.kind() == Checkpoint.Kind.GGUF) return Optional.ofNullable(checkpoint.tensors().get(name));
        return source == null ? Optional.empty() : Optional.ofNullable(file(source.name().replace("%e", "0")));
    }

    /// By their name; files saved from the bare model, such as GPT-2's own, leave out its first part.
    private Tensor file(String name) {
        Tensor t = checkpoint.tensors().get(name);
        return t != null ? t : checkpoint.tensors().get(name.substring(name.indexOf('.') + 1));
    }

    private Tensor require(String name) {
        Tensor t = file(name);
        if (t == null) throw new ModelException(checkpoint.metadata().file(), name, "a tensor", "nothing");
        return t;
    }

    private TensorNames.Source theirs(String name) { return checkpoint.kind() == Checkpoint.Kind.GGUF ? null : arch.names.source(name); }

    private String theirName(String name) {
        TensorNames.Source source = theirs(name);
        return source == null ? name : source.name();
    }

    private ModelException wrongShape(String name, List<Long> expected, Tensor found) {
        return new ModelException(checkpoint.metadata().file(), theirName(name), expected, Arrays.toString(found.shape()));
    }

    // ---- fix-ups

    private boolean permuted(Hyper hyper) { return checkpoint.kind() == Checkpoint.Kind.GGUF && arch.has(Arch.Trait.GGUF_PAIRS_ROPE) && ropeDims(hyper) > 0; }

    static int ropeDims(Hyper hyper) { return hyper.layers().getFirst().rope().map(r -> 2 * r.frequencies().length).orElse(0); }

    private Tensor deinterleaved(String name, Tensor t) {
        int heads = Math.toIntExact(checkpoint.metadata().integer("num_attention_heads").orElseThrow());
        int rows = Math.toIntExact(t.shape()[0]);
        int dim = rows / 3 / heads;
        if (dim * 3 * heads != rows) throw wrongShape(name, List.of((long) heads * 3 * Math.max(1, dim)), t);
        return RowOrder.partsTogether(heads, dim).apply(t, arena);
    }

    private Tensor transposed(String name, Tensor t) {
        if (t.shape().length == 1) return t;
        if (t.format().blockLength() != 1) throw new ModelException(checkpoint.metadata().file(), theirName(name), "a plain number format", t.format());
        int rows = Math.toIntExact(t.rows());
        int columns = t.columns();
        int bytes = t.format().blockBytes();
        MemorySegment copy = arena.allocate(t.data().byteSize(), 64);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
                MemorySegment.copy(t.data(), ((long) r * columns + c) * bytes, copy, ((long) c * rows + r) * bytes, bytes);
        return new Tensor(t.name(), t.format(), new long[] {columns, rows}, copy);
    }

    @Override
    public void close() { arena.close(); }
}
