package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The adapters a model is loaded with: what they add to canonical matrices, and what takes the place of canonical tensors.
final class Adapters implements AutoCloseable {
    static final String EMBEDDING = "token_embd.weight";
    static final String HEAD = "output.weight";

    /// A tensor in place of the model's, in the form of the adapter's kind of file.
    record Replacement(AdapterFile file, Tensor tensor) {
        boolean gguf() { return file.gguf(); }

        ModelException wrongShape(Object expected) { return file.wrong(tensor.name(), String.valueOf(expected), Arrays.toString(tensor.shape())); }
    }

    private final Arch arch;
    private final Hyper hyper;
    private final boolean precise;
    private final List<AdapterFile> files = new ArrayList<>();
    private final Map<AdapterNames.Target, List<LowRank>> products = new HashMap<>();
    private final Map<String, Replacement> replacements = new HashMap<>();
    /// What no matrix of the model has been asked for yet, and the error that is if it stays so.
    private final Map<AdapterNames.Target, ModelException> unused = new LinkedHashMap<>();

    /// @param precise whether sums are to be kept in float32 whatever the model's own format
    Adapters(List<Lora> loras, Arch arch, Hyper hyper, boolean precise) {
        this.arch = arch;
        this.hyper = hyper;
        this.precise = precise;
        try {
            for (Lora lora : loras) {
                AdapterFile file = AdapterFile.open(lora);
                files.add(file);
                read(file);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    long fingerprint() {
        long all = 0;
        for (AdapterFile file : files) all = all * 31 + file.fingerprint();
        return all;
    }

    private void read(AdapterFile file) {
        file.requireArchitecture(arch);
        Map<String, AdapterNames.Target> names = file.gguf() ? AdapterNames.gguf(arch, hyper) : AdapterNames.huggingFace(arch, hyper);
        file.pairs().forEach((theirs, pair) -> {
            AdapterNames.Target target = names.get(theirs);
            if (target == null) throw file.unknown(theirs, arch);
            if (file.headFollowsEmbedding() && target.name().equals(EMBEDDING))
                throw file.wrong(theirs, "no part in an adapter with ensure_weight_tying, which is not supported for embeddings", "one");
            unused.put(target, file.unknown(theirs, arch));
            add(file, theirs, target, pair);
        });
        file.replacements().forEach((theirs, tensor) -> {
            AdapterNames.Target target = names.get(theirs);
            if (target == null || target.part() != AdapterNames.WHOLE) throw file.unknown(theirs, arch);
            if (replacements.put(target.name(), new Replacement(file, tensor)) != null) throw file.wrong(theirs, "one adapter that brings this tensor", "a second one");
            unused.put(target, file.unknown(theirs, arch));
        });
    }

    /// GGUF has the matrices of all experts in one tensor.
    private void add(AdapterFile file, String theirs, AdapterNames.Target target, AdapterFile.Pair pair) {
        long[] a = pair.a().shape();
        long[] b = pair.b().shape();
        if (a.length != 3 || b.length != 3 || !file.gguf()) addOne(file, theirs, target, pair);
        else if (a[0] != b[0] || a[0] != hyper.mixture().map(Hyper.Mixture::experts).orElse(0))
            throw file.wrong(theirs, "matrices of all " + hyper.mixture().map(Hyper.Mixture::experts).orElse(0) + " experts", Arrays.toString(a) + " and " + Arrays.toString(b));
        else
            for (int part = 0; part < a[0]; part++)
                addOne(file, theirs, new AdapterNames.Target(target.name(), part),
                        new AdapterFile.Pair(pair.a().rows(part * a[1], a[1]), pair.b().rows(part * b[1], b[1]), pair.kind()));
    }

    private void addOne(AdapterFile file, String theirs, AdapterNames.Target target, AdapterFile.Pair pair) {
        Tensor a = pair.a();
        Tensor b = pair.b();
        long rank = pair.kind() == AdapterFile.Kind.GGUF_EMBEDDING ? a.columns() : a.rows();
        if (a.shape().length != 2 || b.shape().length != 2 || b.columns() != rank || rank < 1)
            throw file.wrong(theirs, "two matrices of one rank", Arrays.toString(a.shape()) + " and " + Arrays.toString(b.shape()));
        int r = Math.toIntExact(rank);
        float[] left = switch (pair.kind()) {
            case PRODUCT -> inCanonicalOrder(file, theirs, target.name(), b.values(), r);
            case EMBEDDING -> turned(a.values(), r);
            case GGUF_EMBEDDING -> a.values();
        };
        float[] right = pair.kind() == AdapterFile.Kind.PRODUCT ? a.values() : turned(b.values(), b.values().length / r);
        products.computeIfAbsent(target, _ -> new ArrayList<>()).add(new LowRank(file.name(), theirs, file.factor(theirs, r), left, right, r));
    }

    private float[] inCanonicalOrder(AdapterFile file, String theirs, String name, float[] rows, int rank) {
        Optional<RowOrder> order = RowOrder.toCanonical(arch, hyper, name, file.gguf());
        if (order.isEmpty()) return rows;
        int[] from = order.get().from();
        if (from.length != rows.length / rank) throw file.wrong(theirs, "a product of " + from.length + " rows", rows.length / rank);
        float[] out = new float[rows.length];
        for (int i = 0; i < from.length; i++) System.arraycopy(rows, from[i] * rank, out, i * rank, rank);
        return out;
    }

    /// `[columns, rows]` out of `[rows, columns]`.
    private static float[] turned(float[] values, int rows) {
        int columns = values.length / rows;
        float[] out = new float[values.length];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column];
        return out;
    }

    /// Whether anything is added to canonical tensor `name`, or takes its place.
    boolean touches(String name) { return replacements.containsKey(name) || products.containsKey(new AdapterNames.Target(name, AdapterNames.WHOLE)); }

    /// What takes the place of canonical tensor `name`.
    Optional<Replacement> replacement(String name) {
        unused.remove(new AdapterNames.Target(name, AdapterNames.WHOLE));
        return Optional.ofNullable(replacements.get(name));
    }

    boolean replaces(String name) { return replacements.containsKey(name); }

    /// Canonical matrix `name` with what the adapters add to it.
    ///
    /// @param part  an expert, or [AdapterNames#WHOLE]
    /// @param arena for a copy
    Tensor added(String name, int part, Tensor base, Arena arena) {
        AdapterNames.Target target = new AdapterNames.Target(name, part);
        List<LowRank> all = products.get(target);
        if (all == null) return base;
        unused.remove(target);
        unused.remove(new AdapterNames.Target(name, AdapterNames.WHOLE));
        return LowRank.added(base, all, precise, arena);
    }

    /// @throws ModelException if an adapter has a tensor that has met none of the model's
    void requireAllUsed() {
        for (ModelException error : unused.values()) throw error;
    }

    @Override
    public void close() { files.forEach(AdapterFile::close); }
}
