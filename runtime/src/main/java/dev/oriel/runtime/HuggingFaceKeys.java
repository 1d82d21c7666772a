package dev.oriel.runtime;

import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/// Translates a `config.json` into GGUF's keys, so that hyper-parameters are read in one way whatever the file. What GGUF has no key for gets one of ours.
final class HuggingFaceKeys {
    /// Switches that no published model of these families sets.
    private static final List<String> REFUSED = List.of("is_decoder", "add_cross_attention", "apply_residual_connection_post_layernorm");
    /// Whether the product of query and key is not scaled by the size of a head, and whether it is divided by the number of the layer.
    static final String SCALED = "attention.scaled_by_size";
    static final String SCALED_BY_LAYER = "attention.scaled_by_layer";
    /// The nonlinearity of an encoder's head, where it is not that of the MLP.
    static final String HEAD_ACTIVATION = "head_activation";
    /// Which layers have no rope, a list.
    static final String UNTURNED = "rope.layers_without";
    /// How steep and how high the gate of gpt-oss's experts is.
    static final String GATE_SLOPE = "swiglu_alpha";
    static final String GATE_LIMIT = "swiglu_limit";
    /// Whether positions are told by ALiBi.
    static final String ALIBI = "attention.alibi";
    /// By what factor the base of rope grows with the length of the sequence (dynamic NTK).
    static final String GROWTH = "rope.scaling.dynamic_factor";
    /// GGUF key (without the architecture's prefix) and the names it goes by, first found first used.
    private static final Map<String, List<String>> NAMES = new LinkedHashMap<>();

    static {
        row("vocab_size", "vocab_size");
        row("block_count", "num_hidden_layers", "n_layer");
        row("embedding_length", "hidden_size", "n_embd");
        row("feed_forward_length", "intermediate_size", "n_inner", "ffn_hidden_size");
        row("context_length", "max_position_embeddings", "n_positions", "seq_length");
        row("attention.head_count", "num_attention_heads", "n_head");
        row("attention.head_count_kv", "num_key_value_heads");
        row("attention.key_length", "head_dim");
        row("attention.value_length", "head_dim");
        row("attention.layer_norm_rms_epsilon", "rms_norm_eps");
        row("attention.layer_norm_epsilon", "layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps");
        row("attention.sliding_window", "sliding_window", "local_attention");
        row("attention.sliding_window_pattern", "sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers");
        row("attention.query_scalar", "query_pre_attn_scalar");
        row("attention.scale", "attention_multiplier");
        row("attn_logit_softcapping", "attn_logit_softcapping");
        row("final_logit_softcapping", "final_logit_softcapping");
        row("embedding_scale", "embedding_multiplier");
        row("residual_scale", "residual_multiplier");
        row("logit_scale", "logit_scale", "logits_scaling");
        row("rope.freq_base", "rope_theta", "rope_parameters.full_attention.rope_theta", "rope_parameters.rope_theta", "rotary_emb_base", "global_rope_theta");
        row("rope.freq_base_swa", "rope_local_base_freq", "rope_parameters.sliding_attention.rope_theta", "local_rope_theta");
        row("rope.partial", "partial_rotary_factor", "rope_parameters.partial_rotary_factor", "rotary_pct");
        for (String scope : List.of("rope_scaling.", "rope_parameters.full_attention.", "rope_parameters.")) {
            row("rope.scaling.type", scope + "rope_type", scope + "type");
            row("rope.scaling.original_context_length", scope + "original_max_position_embeddings");
            for (String name : List.of("factor", "low_freq_factor", "high_freq_factor", "attention_factor", "mscale", "mscale_all_dim", "truncate", "long_factor",
                    "short_factor"))
                row("rope.scaling." + name, scope + name);
            row("rope.scaling.yarn_beta_fast", scope + "beta_fast");
            row("rope.scaling.yarn_beta_slow", scope + "beta_slow");
        }
        row("rope.scaling.original_context_length", "original_max_position_embeddings");
        row("expert_count", "num_local_experts", "num_experts", "n_routed_experts");
        row("expert_used_count", "num_experts_per_tok");
        row("expert_feed_forward_length", "moe_intermediate_size");
        row("expert_weights_norm", "norm_topk_prob");
        row("expert_weights_scale", "routed_scaling_factor");
        row("attention.clamp_kqv", "clip_qkv");
        row(SCALED, "scale_attn_weights");
        row(SCALED_BY_LAYER, "scale_attn_by_inverse_layer_idx");
        row(HEAD_ACTIVATION, "classifier_activation");
        row(GATE_SLOPE, "swiglu_alpha");
        row(GATE_LIMIT, "swiglu_limit");
        row(ALIBI, "alibi");
        row("use_parallel_residual", "use_parallel_residual", "parallel_attn");
        row("hidden_activation", "hidden_activation", "hidden_act", "activation_function", "activation");
    }

    private static void row(String key, String... theirs) {
        List<String> all = new ArrayList<>(NAMES.getOrDefault(key, List.of()));
        all.addAll(List.of(theirs));
        NAMES.put(key, all);
    }

    private final Metadata config;
    private final Arch arch;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    private HuggingFaceKeys(Metadata config, Arch arch) {
        this.config = config;
        this.arch = arch;
    }

    static Metadata translate(Metadata config, Arch arch) {
        HuggingFaceKeys translation = new HuggingFaceKeys(config, arch);
        translation.keys.put("general.architecture", arch.ggufName);
        NAMES.forEach((key, theirs) -> theirs.stream().filter(config::has).findFirst().ifPresent(name -> translation.put(key, config.values().get(name))));
        translation.rope();
        translation.layers();
        if (arch.modelType.equals("falcon")) translation.falcon();
        if (config.has("kv_lora_rank")) translation.latent();
        if (arch.has(Arch.Trait.EXPERTS_APART)) translation.apart();
        if (config.flag("use_bidirectional_attention").orElse(false)) translation.put("attention.causal", false);
        for (String name : REFUSED) translation.refuse(name);
        return new Metadata(config.file(), translation.keys);
    }

    /// What llama.cpp does not know gets keys of its own; and gpt-oss's files say where YaRN's interpolation is exact.
    private void rope() {
        String scaling = arch.ggufName + ".rope.scaling.";
        if ("dynamic".equals(keys.get(scaling + "type"))) {
            keys.remove(scaling + "type");
            Object factor = keys.remove(scaling + "factor");
            put(GROWTH, factor == null ? 1.0 : factor);
        }
        if (arch.has(Arch.Trait.EXACT_YARN)) keys.putIfAbsent(scaling + "truncate", true);
    }

    /// What differs from layer to layer.
    private void layers() {
        boolean listed = config.values().get("layer_types") instanceof List<?>;
        if (config.values().get("layer_types") instanceof List<?> types) put("attention.sliding_window_pattern", types.stream().map(this::windowed).toList());
        if (config.values().get("no_rope_layers") instanceof List<?> turned) put(UNTURNED, turned.stream().map(each -> Objects.equals(each, 0L)).toList());
        else if (!listed && arch.has(Arch.Trait.WINDOWS_ABOVE) && config.flag("use_sliding_window").orElse(false) && config.has("max_window_layers")) {
            int first = config.require("max_window_layers", 0, 1 << 20);
            put("attention.sliding_window_pattern", IntStream.range(0, config.require("num_hidden_layers", 1, 1024)).mapToObj(layer -> layer >= first).toList());
        }
        if (arch.has(Arch.Trait.POSITIONS_AFTER_PADDING)) put(HEAD_ACTIVATION, "gelu");
        // Gemma 3 has no cap on scores, whatever its files say.
        if (arch == Arch.GEMMA3) keys.remove(arch.ggufName + ".attn_logit_softcapping");
        // The first Gemma's own files say gelu where they mean its approximation.
        if (arch == Arch.GEMMA && "gelu".equals(config.values().get("hidden_act"))) put("hidden_activation", "gelu_pytorch_tanh");
        if (Boolean.FALSE.equals(config.values().get("use_sliding_window"))) keys.remove(arch.ggufName + ".attention.sliding_window");
    }

    private Boolean windowed(Object type) {
        return switch (String.valueOf(type)) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default -> throw new ModelException(config.file(), "layer_types", "sliding_attention or full_attention", type);
        };
    }

    /// Falcon counts its key-value heads only where they are neither one nor one per head.
    private void falcon() {
        boolean grouped = config.flag("new_decoder_architecture").orElse(false);
        boolean one = !grouped && config.flag("multi_query").orElse(true);
        if (one) put("attention.head_count_kv", 1L);
        else if (config.has("num_kv_heads")) put("attention.head_count_kv", config.values().get("num_kv_heads"));
        if (grouped) put("use_parallel_residual", true);
    }

    /// Head sizes of latent attention, in GGUF's words: what is stored per token is the latent and the rotated part of the key.
    private void latent() {
        long rope = require("qk_rope_head_dim");
        long rank = require("kv_lora_rank");
        put("attention.kv_lora_rank", rank);
        if (config.has("q_lora_rank")) put("attention.q_lora_rank", require("q_lora_rank"));
        put("attention.key_length", rank + rope);
        put("attention.value_length", rank);
        put("attention.key_length_mla", require("qk_nope_head_dim") + rope);
        put("attention.value_length_mla", require("v_head_dim"));
        put("rope.dimension_count", rope);
        if (Boolean.FALSE.equals(config.values().get("rope_interleave"))) throw new ModelException(config.file(), "rope_interleave", "true", false);
        if (arch.has(Arch.Trait.EXPERTS_APART)) return;
        // transformers never divides by the sum, whatever the config says.
        put("expert_weights_norm", false);
        String method = config.text("topk_method").orElse("greedy");
        switch (method) {
            case "greedy" -> { }
            case "group_limited_greedy" -> groups();
            default -> throw new ModelException(config.file(), "topk_method", "greedy or group_limited_greedy", method);
        }
    }

    private void apart() {
        put("expert_gating_func", (long) HyperReader.SIGMOID);
        groups();
    }

    private void groups() {
        if (!config.has("n_group")) return;
        put("expert_group_count", require("n_group"));
        put("expert_group_used_count", require("topk_group"));
    }

    private long require(String name) { return config.require(name, 1, 1 << 20); }

    private void put(String key, Object value) { keys.put(arch.ggufName + "." + key, value); }

    private void refuse(String name) {
        Object found = config.values().get(name);
        if (found != null && !Boolean.FALSE.equals(found)) throw new ModelException(config.file(), name, "null or false, for anything else is not supported", found);
    }
}
