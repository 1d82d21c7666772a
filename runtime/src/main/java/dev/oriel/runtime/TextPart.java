package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.ops.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The language model inside a Hugging Face checkpoint that also sees or hears: its own `text_config`, and the tensors that are not of another part.
final class TextPart {
    private static final String CONFIG = "text_config.";
    private static final String QUANTISED = "quantization_config.";
    /// How names of its tensors begin, and what they begin with where it stands alone.
    private static final Map<String, String> PREFIXES = new LinkedHashMap<>();
    /// Parts that make pictures and sounds into embeddings.
    private static final List<String> OTHERS = List.of("vision", "visual", "audio", "image", "multi_modal_projector", "mm_projector", "embed_vision", "connector", "patch_merger");

    static {
        PREFIXES.put("model.language_model.", "model.");
        PREFIXES.put("language_model.model.", "model.");
        PREFIXES.put("language_model.lm_head.", "lm_head.");
        PREFIXES.put("model.text_model.", "model.");
        PREFIXES.put("language_model.", "model.");
    }

    /// What a config within a config leaves out because it is usual for its kind.
    private static final Map<String, Map<String, Object>> USUAL = Map.of(
            "llama", sizes(4096, 11008, 32, 32, 32, 2048),
            "mistral", sizes(4096, 14336, 32, 32, 8, 131_072),
            "qwen2", sizes(4096, 22016, 32, 32, 32, 32_768),
            "gemma3_text", with(sizes(2304, 9216, 26, 8, 4, 131_072), Map.of("head_dim", 256L, "query_pre_attn_scalar", 256L, "sliding_window", 4096L,
                    "rope_parameters.full_attention.rope_theta", 1e6)));

    private TextPart() {}

    private static Map<String, Object> sizes(long width, long feedForward, long layers, long heads, long kvHeads, long context) {
        return Map.of("hidden_size", width, "intermediate_size", feedForward, "num_hidden_layers", layers, "num_attention_heads", heads, "num_key_value_heads", kvHeads,
                "max_position_embeddings", context, "rms_norm_eps", 1e-6);
    }

    private static Map<String, Object> with(Map<String, Object> some, Map<String, Object> more) {
        Map<String, Object> both = new LinkedHashMap<>(some);
        both.putAll(more);
        return both;
    }

    /// The checkpoint itself where it is a language model alone. What is returned shares its memory and is closed with it.
    static Checkpoint of(Checkpoint checkpoint) {
        if (checkpoint.kind() != Checkpoint.Kind.HUGGING_FACE || !checkpoint.metadata().has(CONFIG + "model_type")) return checkpoint;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        checkpoint.tensors().forEach((name, tensor) -> {
            if (!other(name)) tensors.put(alone(name), new Tensor(alone(name), tensor.format(), tensor.shape(), tensor.data()));
        });
        return new Checkpoint(checkpoint.path(), checkpoint.kind(), config(checkpoint.metadata()), tensors, checkpoint.folder(), checkpoint.arena());
    }

    /// Its own keys before those of the whole, such as ids of special tokens, and before what its kind leaves out because it is usual.
    private static Metadata config(Metadata whole) {
        Map<String, Object> values = new LinkedHashMap<>();
        whole.values().forEach((key, value) -> { if (!key.contains(".") || key.startsWith(QUANTISED)) values.put(key, value); });
        values.putAll(USUAL.getOrDefault(String.valueOf(whole.values().get(CONFIG + "model_type")), Map.of()));
        whole.values().forEach((key, value) -> { if (key.startsWith(CONFIG)) values.put(key.substring(CONFIG.length()), value); });
        return new Metadata(whole.file(), values);
    }

    private static boolean other(String name) { return OTHERS.stream().anyMatch(part -> name.startsWith(part) || name.startsWith("model." + part)); }

    /// What a tensor is called where the language model stands alone.
    static String alone(String name) {
        return PREFIXES.entrySet().stream().filter(prefix -> name.startsWith(prefix.getKey())).findFirst().map(prefix -> prefix.getValue() + name.substring(prefix.getKey().length())).orElse(name);
    }
}
