package dev.oriel.runtime;

import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Translates a `config.json` into GGUF's keys, so that hyper-parameters are read in one way whatever the file.
final class HuggingFaceKeys {
    /// GGUF key (without the architecture's prefix) and the names it goes by, first found first used.
    private static final Map<String, List<String>> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put("vocab_size", List.of("vocab_size"));
        NAMES.put("block_count", List.of("num_hidden_layers", "n_layer"));
        NAMES.put("embedding_length", List.of("hidden_size", "n_embd"));
        NAMES.put("feed_forward_length", List.of("intermediate_size", "n_inner"));
        NAMES.put("context_length", List.of("max_position_embeddings", "n_positions"));
        NAMES.put("attention.head_count", List.of("num_attention_heads", "n_head"));
        NAMES.put("attention.head_count_kv", List.of("num_key_value_heads"));
        NAMES.put("attention.key_length", List.of("head_dim"));
        NAMES.put("attention.value_length", List.of("head_dim"));
        NAMES.put("attention.layer_norm_rms_epsilon", List.of("rms_norm_eps"));
        NAMES.put("attention.layer_norm_epsilon", List.of("layer_norm_epsilon", "layer_norm_eps"));
        NAMES.put("attention.sliding_window", List.of("sliding_window"));
        NAMES.put("attention.sliding_window_pattern", List.of("sliding_window_pattern", "_sliding_window_pattern"));
        NAMES.put("attention.query_scalar", List.of("query_pre_attn_scalar"));
        NAMES.put("attn_logit_softcapping", List.of("attn_logit_softcapping"));
        NAMES.put("final_logit_softcapping", List.of("final_logit_softcapping"));
        NAMES.put("rope.freq_base", List.of("rope_theta", "rope_parameters.full_attention.rope_theta", "rope_parameters.rope_theta", "rotary_emb_base"));
        NAMES.put("rope.freq_base_swa", List.of("rope_local_base_freq", "rope_parameters.sliding_attention.rope_theta"));
        NAMES.put("rope.partial", List.of("partial_rotary_factor", "rope_parameters.partial_rotary_factor", "rotary_pct"));
        for (String scope : List.of("rope_scaling.", "rope_parameters.full_attention.", "rope_parameters.")) {
            row("rope.scaling.type", scope + "rope_type", scope + "type");
            row("rope.scaling.factor", scope + "factor");
            row("rope.scaling.low_freq_factor", scope + "low_freq_factor");
            row("rope.scaling.high_freq_factor", scope + "high_freq_factor");
            row("rope.scaling.original_context_length", scope + "original_max_position_embeddings");
        }
        NAMES.put("expert_count", List.of("num_local_experts"));
        NAMES.put("expert_used_count", List.of("num_experts_per_tok"));
        NAMES.put("use_parallel_residual", List.of("use_parallel_residual"));
        NAMES.put("hidden_activation", List.of("hidden_activation", "hidden_act", "activation_function"));
    }

    private static void row(String key, String... theirs) {
        List<String> all = new java.util.ArrayList<>(NAMES.getOrDefault(key, List.of()));
        all.addAll(List.of(theirs));
        NAMES.put(key, all);
    }

    private HuggingFaceKeys() {}

    static Metadata translate(Metadata config, Arch arch) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", arch.ggufName);
        NAMES.forEach((key, theirs) -> theirs.stream().filter(config::has).findFirst()
                .ifPresent(name -> keys.put(arch.ggufName + "." + key, config.values().get(name))));
        if (config.values().get("layer_types") instanceof List<?> types)
            keys.put(arch.ggufName + ".attention.sliding_window_pattern", types.stream().map(type -> windowed(config, type)).toList());
        if (Boolean.FALSE.equals(config.values().get("use_sliding_window"))) keys.remove(arch.ggufName + ".attention.sliding_window");
        return new Metadata(config.file(), keys);
    }

    private static Boolean windowed(Metadata config, Object type) {
        return switch (String.valueOf(type)) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default -> throw new ModelException(config.file(), "layer_types", "sliding_attention or full_attention", type);
        };
    }
}
