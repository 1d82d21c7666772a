package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a Hugging Face checkpoint is as a GGUF file: the keys, names, row orders and number formats that llama.cpp expects of each family.
///
/// Nothing is copied before it is written; the checkpoint must stay open as long as the tensors are in use.
public final class GgufForm {
    /// Buffers that old checkpoints carry along; they are no weights.
    private static final List<String> BUFFERS = List.of(".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", ".attention.bias", ".attention.masked_bias",
            "embeddings.position_ids");
    /// What encoders have beside what GGUF has a place for: poolers, heads for masked tokens and for pairs of sentences.
    private static final List<String> HEAD = List.of("mlm_dense", "mlm_norm", "output");
    private static final List<String> HEADS = List.of("pooler.dense.weight", "pooler.dense.bias", "cls.seq_relationship.weight", "cls.seq_relationship.bias",
            "cls.predictions.bias", "lm_head.bias", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias", "lm_head.decoder.weight", "lm_head.decoder.bias");
    /// llama.cpp reads these as F32 only.
    private static final List<String> ALWAYS_F32 = List.of("position_embd.weight", "token_types.weight", "ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight");
    private static final int QUANTIZATION_VERSION = 2;

    private final Arch arch;
    private final Checkpoint checkpoint;
    private final HyperReader reader;
    private final Tensor embedding;
    private final Hyper hyper;
    private final ScaledCodes scaled;

    private GgufForm(Arch arch, Checkpoint checkpoint) {
        this.arch = arch;
        this.checkpoint = checkpoint;
        reader = new HyperReader(arch, checkpoint);
        embedding = new Stored(arch, checkpoint).any("token_embd.weight");
        hyper = reader.read();
        scaled = ScaledCodes.of(checkpoint);
    }

    /// Empty for a checkpoint that is GGUF already, or of a family that is not known.
    ///
    /// @throws ModelException if the family is known but the checkpoint is not as it should be
    public static Optional<GgufForm> of(Checkpoint checkpoint) {
        if (checkpoint.kind() != Checkpoint.Kind.HUGGING_FACE) return Optional.empty();
        Checkpoint text = TextPart.of(checkpoint);
        return Arch.find(text).map(arch -> new GgufForm(arch, text));
    }

    /// Key-value pairs in the order in which they are written: `general.*`, the architecture's, and the tokenizer's where the folder has one.
    /// `general.file_type` is that of the matrices as they are stored: whoever stores them otherwise must say so there.
    ///
    /// @throws ModelException if the tokenizer is of a kind that GGUF cannot express
    public Map<String, Object> metadata() {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("general.architecture", arch.ggufName);
        out.put("general.type", "model");
        out.put("general.name", String.valueOf(checkpoint.folder().toAbsolutePath().normalize().getFileName()));
        fileType(embedding.format()).ifPresent(type -> out.put("general.file_type", type));
        out.put("general.quantization_version", QUANTIZATION_VERSION);
        GgufKeys.of(arch, HuggingFaceKeys.translate(checkpoint.metadata(), arch), hyper, denseLayers()).forEach((key, value) -> out.put(arch.ggufName + "." + key, value));
        TextFiles.of(arch, checkpoint, hyper).ggufKeys(classes()).forEach((key, value) -> out.put(arch.ggufName + "." + key, value));
        Map<String, Object> tokenizer = TokenizerKeys.of(checkpoint, hyper.vocabulary());
        out.putAll(tokenizer);
        Stored stored = new Stored(arch, checkpoint);
        if (!tokenizer.isEmpty() && stored.has("token_types.weight")) out.put("tokenizer.ggml.token_type_count", Math.toIntExact(stored.any("token_types.weight").rows()));
        return out;
    }

    /// How many classes a classification head has; 0 where there is none.
    private int classes() {
        return new Stored(arch, checkpoint).find(TextHead.OUTPUT).filter(_ -> TextFiles.sortsTexts(checkpoint)).map(t -> Math.toIntExact(t.elements() / hyper.width())).orElse(0);
    }

    /// The number by which `general.file_type` says that most tensors are stored in this format, where it has one.
    public static Optional<Integer> fileType(Format format) {
        return Optional.ofNullable(switch (format) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q2_K -> 10;
            case Q3_K -> 11;
            case Q4_K -> 14;
            case Q5_K -> 16;
            case Q6_K -> 18;
            case BF16 -> 32;
            default -> null;
        });
    }

    /// All tensors, block after block, under GGUF's names. Matrices keep the format they are stored in, everything else is F32.
    ///
    /// The heads of encoders for masked tokens are left out, for which GGUF has no place; those that sort texts into classes are not.
    ///
    /// @throws ModelException if the checkpoint has a tensor that the family does not know, so that nothing is lost in silence
    public Collection<TensorSource> tensors() {
        List<TensorSource> out = new ArrayList<>();
        Set<String> used = new HashSet<>();
        reader.longFactors().forEach((name, factors) -> out.add(TensorSource.of(name, factors, factors.length)));
        reader.ropeDivisors().ifPresent(divisors -> out.add(TensorSource.of("rope_freqs.weight", divisors, divisors.length)));
        arch.names.all(hyper.layers().size()).stream().sorted(Comparator.comparingInt(GgufForm::layer)).forEach(name -> {
            // Without classes, what their head is made of belongs to another head.
            if (name.startsWith("cls") && classes() == 0) return;
            List<Tensor> parts = stored(name);
            if (parts.isEmpty()) return;
            parts.forEach(part -> used.add(part.name()));
            if (!hyper.attention().causal() && HEAD.contains(name.substring(0, name.indexOf('.')))) return;
            if (arch.names.form(name).fused()) out.add(fused(name, parts.getFirst()));
            else if (arch.names.form(name) == TensorNames.Form.KEYS_AND_VALUES) out.addAll(keysAndValues(name, parts.getFirst()));
            else out.add(source(name, parts));
        });
        for (String name : checkpoint.tensors().keySet())
            if (!used.contains(name) && !scaled.beside(name) && BUFFERS.stream().noneMatch(name::endsWith) && (hyper.attention().causal() || HEADS.stream().noneMatch(name::endsWith)))
                throw new ModelException(checkpoint.path(), "tensor " + name, "a name that " + arch.modelType + " has", "this one");
        return out;
    }

    private TensorSource source(String canonical, List<Tensor> parts) {
        String name = arch.names.inGguf(canonical).orElseThrow();
        Tensor t = parts.getFirst();
        TensorNames.Form form = arch.names.form(canonical);
        Optional<RowOrder> order = RowOrder.toGguf(arch, hyper, canonical);
        if (form == TensorNames.Form.PARTS && t.shape().length == 2) return Recast.stacked(name, scaled.sources(parts));
        if (form == TensorNames.Form.PARTS) return TensorSource.of(name, joined(parts), parts.size(), t.columns());
        if (canonical.equals("position_embd.weight")) t = t.rows(arch.rowsBeforePositions(checkpoint.metadata()), hyper.contextLength());
        if (t.shape().length == 1) {
            float[] values = t.values();
            if (arch.addsOne(name)) for (int i = 0; i < values.length; i++) values[i] += 1;
            return TensorSource.of(name, order.map(o -> o.apply(name, values)).orElse(values), values.length);
        }
        Optional<TensorSource> decoded = scaled.source(name, t, order);
        if (decoded.isPresent()) return decoded.get();
        if (form == TensorNames.Form.TRANSPOSED) return Recast.transposed(name, t);
        if (order.isPresent()) return Recast.reordered(name, t, order.get());
        return ALWAYS_F32.stream().anyMatch(name::endsWith) ? Recast.decoded(name, t) : Recast.renamed(name, t);
    }

    private static float[] joined(List<Tensor> parts) {
        float[] all = new float[parts.stream().mapToInt(Tensor::columns).sum()];
        int at = 0;
        for (Tensor part : parts) {
            System.arraycopy(part.values(), 0, all, at, part.columns());
            at += part.columns();
        }
        return all;
    }

    /// Experts that lie in one tensor: biases are F32, weights as they are stored.
    private TensorSource fused(String name, Tensor first) {
        if (name.endsWith(".weight")) return new Stored(arch, checkpoint).fused(name);
        float[] values = FusedExperts.of(arch.names.form(name)).vectors(first);
        return TensorSource.of(name, values, first.shape()[0], values.length / first.shape()[0]);
    }

    private List<TensorSource> keysAndValues(String name, Tensor both) {
        int heads = hyper.attention().heads();
        int key = hyper.attention().keyDim() - hyper.latent().orElseThrow().ropeDim();
        if (both.shape().length != 2 || both.rows() != (long) heads * (key + hyper.attention().valueDim()))
            throw new ModelException(checkpoint.path(), both.name(), heads * (key + hyper.attention().valueDim()) + " rows", both.rows());
        return List.of(LatentForm.keys(name.replace("attn_kv_b", "attn_k_b"), both, heads, key), LatentForm.values(name.replace("attn_kv_b", "attn_v_b"), both, heads, key));
    }

    /// Layers at the beginning that have no experts.
    private int denseLayers() {
        Stored stored = new Stored(arch, checkpoint);
        return (int) IntStream.range(0, hyper.layers().size()).filter(layer -> !stored.has("blk." + layer + ".ffn_gate_inp.weight")).count();
    }

    /// The stored tensors that become canonical tensor `name`: one of each expert or head where they are apart, none where the model does not have it.
    private List<Tensor> stored(String name) {
        TensorNames.Source source = arch.names.source(name);
        if (source.form().fused() && checkpoint.tensors().containsKey(source.name() + "_blocks"))
            return Stream.of("_blocks", "_scales").map(end -> checkpoint.tensors().get(source.name() + end)).filter(Objects::nonNull).toList();
        if (source.form() != TensorNames.Form.PARTS) return new Stored(arch, checkpoint).find(name).stream().toList();
        List<Tensor> parts = new ArrayList<>();
        for (Tensor t = part(source, 0); t != null; t = part(source, parts.size())) parts.add(t);
        return parts;
    }

    private Tensor part(TensorNames.Source source, int part) { return checkpoint.tensors().get(source.name().replace("%e", Integer.toString(part))); }

    private static int layer(String name) { return name.startsWith("blk.") ? Integer.parseInt(name.substring(4, name.indexOf('.', 4))) : -1; }
}
