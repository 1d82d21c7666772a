package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One adapter, open: pairs of matrices whose products are added, and tensors that take the place of the model's. It has llama.cpp's names (`blk.0.attn_q.weight.lora_a`) or PEFT's
/// (`base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`).
final class AdapterFile implements AutoCloseable {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String EMBEDDING = ".lora_embedding_";
    private static final String ALPHA = "adapter.lora.alpha";

    /// How two stored matrices make one: `b a`; of an embedding `[vocabulary, width]`, `aT bT`, or `a bT` as llama.cpp stores it.
    enum Kind { PRODUCT, EMBEDDING, GGUF_EMBEDDING }

    record Pair(Tensor a, Tensor b, Kind kind) {}

    private final Checkpoint checkpoint;
    private final Optional<PeftConfig> config;
    private final float scale;
    private final Map<String, Tensor> first = new LinkedHashMap<>();
    private final Map<String, Tensor> second = new LinkedHashMap<>();
    private final Map<String, Pair> pairs = new LinkedHashMap<>();
    private final Map<String, Tensor> replacements = new LinkedHashMap<>();

    private AdapterFile(Checkpoint checkpoint, float scale) {
        this.checkpoint = checkpoint;
        this.scale = scale;
        config = gguf() ? Optional.empty() : Optional.of(new PeftConfig(checkpoint.folder().resolve(CONFIG)));
        checkpoint.tensors().values().forEach(gguf() ? this::sortGguf : this::sortPeft);
        first.forEach((target, a) -> pairs.put(target, pair(target, a, second.remove(target))));
        second.forEach((target, b) -> pair(target, null, b));
        if (pairs.isEmpty() && replacements.isEmpty()) throw new ModelException(checkpoint.path(), "tensors", "those of a LoRA", "none");
    }

    static AdapterFile open(Lora lora) {
        Path path = lora.path();
        if (!Files.exists(path)) throw new ModelException(path, "adapter", "a GGUF file or a PEFT folder", "nothing");
        if (Files.isDirectory(path)) {
            path = path.resolve(WEIGHTS);
            if (!Files.exists(path)) throw new ModelException(lora.path(), "adapter folder", WEIGHTS, "nothing of that name");
        }
        Checkpoint checkpoint = Checkpoints.open(path);
        try {
            if (checkpoint.kind() == Checkpoint.Kind.GGUF) requireLora(checkpoint);
            else if (!Files.exists(checkpoint.folder().resolve(CONFIG))) throw new ModelException(path, "adapter", CONFIG + " beside it", "nothing of that name");
            return new AdapterFile(checkpoint, lora.scale());
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    private static void requireLora(Checkpoint checkpoint) {
        require(checkpoint, "general.type", "adapter", "model");
        require(checkpoint, "adapter.type", "lora", "nothing");
        if (checkpoint.metadata().has("adapter.alora.invocation_tokens"))
            throw new ModelException(checkpoint.path(), "adapter.alora.invocation_tokens", "nothing, for this kind of LoRA is not supported", "a list");
    }

    private static void require(Checkpoint checkpoint, String key, String expected, String usual) {
        String found = checkpoint.metadata().text(key).orElse(usual);
        if (!found.equals(expected)) throw new ModelException(checkpoint.path(), key, expected, found);
    }

    boolean gguf() { return checkpoint.kind() == Checkpoint.Kind.GGUF; }

    Map<String, Pair> pairs() { return pairs; }

    Map<String, Tensor> replacements() { return replacements; }

    long fingerprint() { return Fingerprint.of(checkpoint) * 31 + Float.floatToIntBits(scale) + 31L * config.map(PeftConfig::fingerprint).orElse(0); }

    boolean headFollowsEmbedding() { return config.map(PeftConfig::headFollowsEmbedding).orElse(false); }

    void requireArchitecture(Arch arch) {
        if (gguf()) require(checkpoint, "general.architecture", arch.ggufName, "nothing");
    }

    /// What the product of `target` is multiplied by.
    float factor(String target, int rank) {
        if (config.isPresent()) return scale * config.get().factor(target.substring(0, target.lastIndexOf('.')), rank);
        double alpha = checkpoint.metadata().number(ALPHA).orElse(0.0);
        return (float) (alpha == 0 ? scale : scale * alpha / rank);
    }

    ModelException unknown(String target, Arch arch) { return new ModelException(checkpoint.path(), target, "a tensor that " + arch.modelType + " has", "this one"); }

    ModelException wrong(String target, String expected, Object found) { return new ModelException(checkpoint.path(), target, expected, found); }

    String name() { return checkpoint.path().toString(); }

    private Pair pair(String target, Tensor a, Tensor b) {
        if (a == null || b == null) throw new ModelException(checkpoint.path(), target, "both matrices of a LoRA", (a == null ? b : a).name() + " alone");
        boolean embedding = gguf() ? target.equals("token_embd.weight") : a.name().contains(EMBEDDING);
        if (!gguf() && embedding != b.name().contains(EMBEDDING)) throw new ModelException(checkpoint.path(), target, "two matrices of one kind", a.name() + " and " + b.name());
        return new Pair(a, b, !embedding ? Kind.PRODUCT : gguf() ? Kind.GGUF_EMBEDDING : Kind.EMBEDDING);
    }

    private void sortGguf(Tensor t) {
        String name = t.name();
        if (name.endsWith(".lora_a")) first.put(name.substring(0, name.length() - 7), t);
        else if (name.endsWith(".lora_b")) second.put(name.substring(0, name.length() - 7), t);
        else if (name.endsWith("_norm.weight")) replacements.put(name, t);
        else throw new ModelException(checkpoint.path(), name, "a name that ends in .lora_a or .lora_b", "this one");
    }

    private void sortPeft(Tensor t) {
        String name = TextPart.alone(t.name().startsWith(PREFIX) ? t.name().substring(PREFIX.length()) : t.name());
        int at = name.lastIndexOf(".lora_");
        String kind = at < 0 ? "" : name.substring(at + 1);
        String target = at < 0 ? name : name.substring(0, at) + ".weight";
        switch (kind) {
            case "lora_A.weight", "lora_embedding_A" -> first.put(target, t);
            case "lora_B.weight", "lora_embedding_B" -> second.put(target, t);
            case "" -> replacements.put(name.replace(".base_layer.", "."), t);
            default -> throw new ModelException(checkpoint.path(), name, "lora_A, lora_B, lora_embedding_A or lora_embedding_B", kind);
        }
    }

    @Override
    public void close() { checkpoint.close(); }
}
