package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A checkpoint's tensors by canonical name, as they are stored.
record Stored(Arch arch, Checkpoint checkpoint) {

    boolean gguf() { return checkpoint.kind() == Checkpoint.Kind.GGUF; }

    boolean has(String name) { return find(name).isPresent(); }

    /// Whether experts are chosen with a correction of their probabilities.
    boolean hasCorrections() { return checkpoint.tensors().keySet().stream().anyMatch(name -> name.endsWith("exp_probs_b.bias") || name.endsWith("e_score_correction_bias")); }

    /// Tensor `name`, whatever its shape; of one that is stored in parts, the first.
    Optional<Tensor> find(String name) {
        return source(name).map(source -> file(source.name().replace("%e", "0")));
    }

    /// As [#find], for what must be there.
    Tensor any(String name) {
        return find(name).orElseThrow(() -> new ModelException(checkpoint.metadata().file(), theirName(name), "a tensor", "nothing"));
    }

    /// Part `part` of a tensor that is stored in parts.
    Tensor part(String name, int part) {
        String theirs = theirName(name).replace("%e", Integer.toString(part));
        Tensor t = file(theirs);
        if (t == null) throw new ModelException(checkpoint.metadata().file(), theirs, "a tensor", "nothing");
        return t;
    }

    /// Tensor `name` of the fused experts of a layer, in canonical form.
    TensorSource fused(String name) {
        FusedExperts experts = FusedExperts.of(form(name));
        String theirs = theirName(name);
        Tensor blocks = file(theirs + "_blocks");
        Tensor scales = file(theirs + "_scales");
        return blocks != null && scales != null ? experts.blocks(name, blocks, scales) : experts.rows(name, any(name));
    }

    /// How the file's own form differs from the canonical one.
    TensorNames.Form form(String name) { return source(name).map(TensorNames.Source::form).orElse(TensorNames.Form.SAME); }

    ModelException wrongShape(String name, List<Long> expected, Tensor found) {
        return new ModelException(checkpoint.metadata().file(), theirName(name), expected, Arrays.toString(found.shape()));
    }

    String theirName(String name) { return source(name).map(TensorNames.Source::name).orElse(name); }

    private Optional<TensorNames.Source> source(String name) {
        if (gguf()) return arch.names.inGguf(name).map(theirs -> new TensorNames.Source(theirs, TensorNames.Form.SAME));
        return Optional.ofNullable(arch.names.source(name));
    }

    /// By their name; a head for masked tokens that shares its weight keeps its bias one step further out; files saved from the bare model, such as GPT-2's own, leave out its first part, and old ones of BERT have other names for a norm's parameters.
    private Tensor file(String name) {
        Tensor t = checkpoint.tensors().get(name);
        if (t != null || gguf()) return t;
        if (name.endsWith(".decoder.bias")) return file(name.replace(".decoder", ""));
        Tensor bare = checkpoint.tensors().get(name.substring(name.indexOf('.') + 1));
        return bare != null || !name.contains("LayerNorm.") ? bare : checkpoint.tensors().get(name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"));
    }
}
