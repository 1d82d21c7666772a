package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a GGUF checkpoint is as a Hugging Face folder: `config.json`, and the tensors of `model.safetensors`. The tokenizer is not carried over.
///
/// Nothing is copied before it is written; the checkpoint must stay open as long as the tensors are in use.
public final class HuggingFaceForm {
    private static final List<String> ROPE_FACTORS = List.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight");

    private final Arch arch;
    private final Checkpoint checkpoint;
    private final Hyper hyper;

    private HuggingFaceForm(Arch arch, Checkpoint checkpoint) {
        this.arch = arch;
        this.checkpoint = checkpoint;
        hyper = new HyperReader(arch, checkpoint).read();
    }

    /// Empty for a checkpoint that is no GGUF, or of an architecture that is not known.
    ///
    /// @throws ModelException if the architecture is known but the checkpoint is not as it should be
    public static Optional<HuggingFaceForm> of(Checkpoint checkpoint) {
        if (checkpoint.kind() != Checkpoint.Kind.GGUF) return Optional.empty();
        return Arch.find(checkpoint).map(arch -> new HuggingFaceForm(arch, checkpoint));
    }

    /// The content of `config.json`, as transformers writes it.
    ///
    /// @throws ModelException if Hugging Face's rules cannot express the model
    public Map<String, Object> config() { return HuggingFaceConfig.of(arch, checkpoint, hyper); }

    /// All small files that belong beside the weights, by their paths in the folder, as plain values of JSON: `config.json`, and where the model says how texts become vectors,
    /// what sentence-transformers reads that from.
    public Map<String, Object> files() {
        Map<String, Object> files = new LinkedHashMap<>();
        files.put("config.json", config());
        files.putAll(SentenceFiles.of(arch, checkpoint, hyper));
        return files;
    }

    /// All tensors under Hugging Face's names. Plain formats stay as they are; block formats, which safetensors does not have, are decoded to F32.
    ///
    /// @throws ModelException if the checkpoint has a tensor that the family does not know, so that nothing is lost in silence
    public Collection<TensorSource> tensors() {
        List<TensorSource> out = new ArrayList<>();
        Set<String> unknown = new HashSet<>(checkpoint.tensors().keySet());
        ROPE_FACTORS.forEach(unknown::remove);
        for (String name : arch.names.all(hyper.layers().size())) {
            Tensor keys = checkpoint.tensors().get(name.replace("attn_kv_b", "attn_k_b"));
            Tensor values = checkpoint.tensors().get(name.replace("attn_kv_b", "attn_v_b"));
            if (arch.names.form(name) == TensorNames.Form.KEYS_AND_VALUES && keys != null && values != null) {
                unknown.removeAll(List.of(keys.name(), values.name()));
                out.add(LatentForm.together(arch.names.source(name).name(), keys, values));
            }
            Tensor t = arch.names.inGguf(name).map(checkpoint.tensors()::get).orElse(null);
            if (t == null) continue;
            unknown.remove(t.name());
            TensorNames.Source theirs = arch.names.source(name);
            if (theirs.form().fused()) {
                if (theirs.form() != TensorNames.Form.ODD_COLUMNS) out.add(fused(theirs, t));
                continue;
            }
            if (theirs.form() == TensorNames.Form.PARTS) parts(theirs.name(), t, out);
            else out.add(source(name, theirs, t));
        }
        if (!unknown.isEmpty()) throw new ModelException(checkpoint.path(), "tensor " + unknown.iterator().next(), "a name that " + arch.modelType + " has", "this one");
        return out;
    }

    /// All experts of a layer in one tensor; gate and up together.
    private TensorSource fused(TensorNames.Source theirs, Tensor t) {
        Tensor other = checkpoint.tensors().get(t.name().replace("gate", "up"));
        Tensor[] parts = theirs.form() == TensorNames.Form.COLUMNS || other == null ? new Tensor[] {t} : new Tensor[] {t, other};
        return t.shape().length == 2 ? FusedExperts.vectorsTogether(theirs.name(), parts) : FusedExperts.together(theirs.name(), parts);
    }

    /// One tensor for each expert or head.
    private void parts(String theirName, Tensor t, List<TensorSource> out) {
        if (t.shape().length < 2) throw new ModelException(checkpoint.path(), t.name(), "an axis for experts or heads", Arrays.toString(t.shape()));
        long rows = t.rows() / t.shape()[0];
        for (int part = 0; part < t.shape()[0]; part++) {
            Tensor one = t.rows(part * rows, rows);
            out.add(plain(theirName.replace("%e", Integer.toString(part)), t.shape().length == 2 ? one.reshape(one.columns()) : one));
        }
    }

    private TensorSource source(String name, TensorNames.Source theirs, Tensor t) {
        Optional<RowOrder> order = RowOrder.toGguf(arch, hyper, name).map(RowOrder::inverse);
        if (t.shape().length == 1) {
            float[] values = t.values();
            if (arch.addsOne(name)) for (int i = 0; i < values.length; i++) values[i] -= 1;
            return TensorSource.of(theirs.name(), order.map(o -> o.apply(name, values)).orElse(values), values.length);
        }
        if (theirs.form() == TensorNames.Form.TRANSPOSED) return Recast.transposed(theirs.name(), t);
        if (order.isEmpty()) return plain(theirs.name(), t);
        return t.format().grouped() ? Recast.decoded(theirs.name(), t, order.get()) : Recast.reordered(theirs.name(), t, order.get());
    }

    private static TensorSource plain(String name, Tensor t) { return t.format().grouped() ? Recast.decoded(name, t) : Recast.renamed(name, t); }
}
