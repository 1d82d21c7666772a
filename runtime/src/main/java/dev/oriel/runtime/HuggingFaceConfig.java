package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Writes the `config.json` of a GGUF model, in the keys of its family ([ConfigNames]). Rope is given as `rope_theta` and `rope_scaling`.
final class HuggingFaceConfig {
    /// What each key says.
    private static final Map<String, Function<HuggingFaceConfig, Object>> VALUES = new LinkedHashMap<>();

    static {
        for (String name : List.of("hidden_size", "n_embd")) VALUES.put(name, c -> c.hyper.width());
        for (String name : List.of("intermediate_size", "n_inner", "ffn_hidden_size")) VALUES.put(name, c -> c.hyper.feedForward());
        for (String name : List.of("num_hidden_layers", "n_layer")) VALUES.put(name, c -> c.hyper.layers().size());
        for (String name : List.of("num_attention_heads", "n_head")) VALUES.put(name, c -> c.attention.heads());
        for (String name : List.of("num_key_value_heads", "num_kv_heads")) VALUES.put(name, c -> c.attention.kvHeads());
        for (String name : List.of("max_position_embeddings", "n_positions", "n_ctx", "seq_length")) VALUES.put(name, c -> c.hyper.contextLength());
        for (String name : List.of("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "norm_eps")) VALUES.put(name, c -> c.hyper.epsilon());
        for (String name : List.of("hidden_act", "hidden_activation", "activation_function", "activation")) VALUES.put(name, HuggingFaceConfig::activation);
        for (String name : List.of("use_parallel_residual", "parallel_attn")) VALUES.put(name, c -> c.hyper.parallel());
        for (String name : List.of("use_qkv_bias", "qkv_bias")) VALUES.put(name, c -> c.has("attn_q.bias"));
        for (String name : List.of("use_bias", "bias")) VALUES.put(name, c -> c.has("ffn_up.bias"));
        for (String name : List.of("qk_layernorm", "use_qk_norm")) VALUES.put(name, c -> c.has("attn_q_norm.weight"));
        for (String name : List.of("rope_theta", "rotary_emb_base", "global_rope_theta")) VALUES.put(name, c -> c.number("rope.freq_base", 10_000));
        for (String name : List.of("rotary_pct", "partial_rotary_factor")) VALUES.put(name, c -> (double) c.hyper.ropeDims() / c.attention.keyDim());
        for (String name : List.of("num_local_experts", "num_experts", "n_routed_experts")) VALUES.put(name, c -> c.hyper.experts());
        VALUES.put("head_dim", c -> c.attention.keyDim());
        VALUES.put("attention_bias", c -> c.has("attn_q.bias") || c.has("attn_qkv.bias"));
        VALUES.put("mlp_bias", c -> c.has("ffn_up.bias"));
        VALUES.put("rope_scaling", HuggingFaceConfig::scaling);
        VALUES.put("rope_parameters", HuggingFaceConfig::ropes);
        for (String name : List.of("rope_local_base_freq", "local_rope_theta")) VALUES.put(name, c -> c.number("rope.freq_base_swa", 10_000));
        VALUES.put("sliding_window", c -> c.window() == 0 ? null : c.attention.causal() ? c.window() : 2 * (c.window() - 1));
        VALUES.put("use_bidirectional_attention", c -> !c.attention.causal());
        VALUES.put("use_sliding_window", c -> c.window() > 0);
        VALUES.put("layer_types", c -> c.hyper.layers().stream().map(layer -> layer.attention().window() > 0 ? "sliding_attention" : "full_attention").toList());
        VALUES.put("no_rope_layers", c -> c.hyper.layers().stream().map(layer -> layer.rope().isPresent() ? 1 : 0).toList());
        VALUES.put("query_pre_attn_scalar", c -> Math.round(1 / (c.attention.scale() * c.attention.scale())));
        VALUES.put("attention_multiplier", c -> c.attention.scale());
        VALUES.put("embedding_multiplier", c -> c.hyper.scales().embedding());
        VALUES.put("residual_multiplier", c -> c.hyper.scales().residual());
        VALUES.put("logits_scaling", c -> c.number("logit_scale", 1));
        VALUES.put("logit_scale", c -> c.number("logit_scale", 1));
        VALUES.put("attn_logit_softcapping", c -> c.attention.softCap() == 0 ? null : c.attention.softCap());
        VALUES.put("final_logit_softcapping", c -> c.hyper.scales().softCap() == 0 ? null : c.hyper.scales().softCap());
        VALUES.put("original_max_position_embeddings", c -> c.gguf.integer(c.key("rope.scaling.original_context_length")).orElse((long) c.hyper.contextLength()));
        VALUES.put("num_experts_per_tok", c -> c.mixture().routing().used());
        VALUES.put("norm_topk_prob", c -> c.mixture().routing().normalised());
        VALUES.put("moe_intermediate_size", c -> c.mixture().feedForward());
        VALUES.put("shared_expert_intermediate_size", c -> c.hyper.layers().getLast().feedForward());
        VALUES.put("mlp_only_layers", HuggingFaceConfig::denseLayers);
        VALUES.put("swiglu_alpha", c -> c.mixture().gating().slope());
        VALUES.put("swiglu_limit", c -> c.mixture().gating().limit());
        VALUES.put("n_shared_experts", c -> c.hyper.layers().getLast().feedForward() / c.mixture().feedForward());
        VALUES.put("first_k_dense_replace", c -> c.denseLayers().size());
        VALUES.put("routed_scaling_factor", c -> c.mixture().routing().scale());
        VALUES.put("topk_method", c -> c.mixture().routing().groups() > 1 ? "group_limited_greedy" : "greedy");
        VALUES.put("n_group", c -> c.mixture().routing().groups() > 1 ? c.mixture().routing().groups() : null);
        VALUES.put("topk_group", c -> c.mixture().routing().groups() > 1 ? c.mixture().routing().usedGroups() : null);
        VALUES.put("kv_lora_rank", c -> c.latent().rank());
        VALUES.put("q_lora_rank", c -> c.latent().queryRank() == 0 ? null : c.latent().queryRank());
        VALUES.put("qk_nope_head_dim", c -> c.attention.keyDim() - c.latent().ropeDim());
        VALUES.put("qk_rope_head_dim", c -> c.latent().ropeDim());
        VALUES.put("v_head_dim", c -> c.attention.valueDim());
        VALUES.put("multi_query", c -> c.attention.kvHeads() == 1);
        VALUES.put("new_decoder_architecture", c -> c.has("attn_norm_2.weight") || c.attention.kvHeads() > 1 && c.attention.kvHeads() < c.attention.heads());
        VALUES.put("type_vocab_size", c -> c.checkpoint.tensors().get("token_types.weight").rows());
        VALUES.put("clip_qkv", c -> c.hyper.scales().clamp() == 0 ? null : c.hyper.scales().clamp());
        VALUES.put("scale_attn_weights", c -> c.gguf.flag(c.key(HuggingFaceKeys.SCALED)).orElse(true));
        VALUES.put("scale_attn_by_inverse_layer_idx", c -> c.gguf.flag(c.key(HuggingFaceKeys.SCALED_BY_LAYER)).orElse(false));
        VALUES.put("local_attention", c -> 2 * (c.window() - 1));
        VALUES.put("alibi", c -> c.attention.slopes() != null);
    }

    private final Arch arch;
    private final Checkpoint checkpoint;
    private final Metadata gguf;
    private final Hyper hyper;
    private final Attention attention;

    private HuggingFaceConfig(Arch arch, Checkpoint checkpoint, Hyper hyper) {
        this.arch = arch;
        this.checkpoint = checkpoint;
        this.gguf = checkpoint.metadata();
        this.hyper = hyper;
        attention = hyper.attention();
    }

    static Map<String, Object> of(Arch arch, Checkpoint checkpoint, Hyper hyper) {
        HuggingFaceConfig config = new HuggingFaceConfig(arch, checkpoint, hyper);
        Map<String, Object> out = config.head();
        for (String key : arch.config.keys()) out.put(key, VALUES.get(key).apply(config));
        return out;
    }

    private Map<String, Object> head() {
        Map<String, Object> out = new LinkedHashMap<>();
        Tensor classes = checkpoint.tensors().get(TextHead.OUTPUT);
        out.put("architectures", List.of(classes == null ? arch.className : arch.className.replaceFirst("For\\w+$|LMHeadModel$", "ForSequenceClassification")));
        if (classes != null) out.putAll(SentenceFiles.classes(arch, checkpoint, hyper, Math.toIntExact(classes.elements() / hyper.width())));
        out.put("model_type", arch.modelType);
        out.put("torch_dtype", switch (checkpoint.tensors().get("token_embd.weight").format()) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        });
        out.put("vocab_size", hyper.vocabulary());
        out.put("tie_word_embeddings", !checkpoint.tensors().containsKey("output.weight"));
        for (String token : List.of("bos", "eos", "padding"))
            gguf.integer("tokenizer.ggml." + token + "_token_id").ifPresent(id -> out.put(token.equals("padding") ? "pad_token_id" : token + "_token_id", id));
        return out;
    }

    private String activation() {
        return switch (hyper.nonlinearity()) {
            case SILU -> "silu";
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_pytorch_tanh";
            case GELU_SIGMOID -> "quick_gelu";
            case RELU -> "relu";
            case RELU_SQUARED -> "relu2";
            case SIGMOID -> "sigmoid";
        };
    }

    private int window() { return hyper.layers().stream().mapToInt(layer -> layer.attention().window()).max().orElse(0); }

    private Hyper.Mixture mixture() { return hyper.mixture().orElseThrow(() -> new ModelException(checkpoint.path(), key("expert_count"), "a number above 0", "nothing")); }

    private Hyper.Latent latent() { return hyper.latent().orElseThrow(() -> new ModelException(checkpoint.path(), key("attention.kv_lora_rank"), "a number", "nothing")); }

    private List<Integer> denseLayers() {
        return IntStream.range(0, hyper.layers().size()).filter(i -> !checkpoint.tensors().containsKey("blk." + i + ".ffn_gate_inp.weight")).boxed().toList();
    }

    /// Rope's scaling rule, or null for none. GGUF keeps of Llama 3's rule only what it makes of each frequency.
    private Map<String, Object> scaling() {
        Tensor factors = checkpoint.tensors().get("rope_freqs.weight");
        if (factors != null) return Llama3Rule.behind(factors.values(), number("rope.freq_base", 10_000), hyper.contextLength())
                .map(Llama3Rule::values).orElseGet(() -> divisors(factors));
        if (gguf.has(key(HuggingFaceKeys.GROWTH))) return Map.of("rope_type", "dynamic", "factor", number(HuggingFaceKeys.GROWTH, 1));
        String type = gguf.text(key("rope.scaling.type")).orElse("none");
        boolean longrope = checkpoint.tensors().containsKey("rope_factors_long.weight");
        if (type.equals("none") && !longrope) return null;
        Map<String, Object> scaling = new LinkedHashMap<>();
        scaling.put("rope_type", longrope ? "longrope" : type);
        for (String name : List.of("long", "short")) {
            Tensor divisors = checkpoint.tensors().get("rope_factors_" + name + ".weight");
            if (divisors != null) scaling.put(name + "_factor", list(divisors.values()));
        }
        if (longrope) scaling.put("original_max_position_embeddings", gguf.integer(key("rope.scaling.original_context_length")).orElse((long) hyper.contextLength()));
        if (longrope) gguf.number(key("rope.scaling.attn_factor")).ifPresent(value -> scaling.put("attention_factor", value.floatValue()));
        else scaling.put("factor", number("rope.scaling.factor", 1));
        if (type.equals("yarn")) yarn(scaling);
        return scaling;
    }

    /// The ropes of both kinds of layers.
    private Map<String, Object> ropes() {
        float theta = number("rope.freq_base", 10_000);
        Map<String, Object> full = new LinkedHashMap<>(Map.of("rope_type", "default"));
        full.putAll(Optional.ofNullable(scaling()).orElse(Map.of()));
        full.put("rope_theta", theta);
        return Map.of("full_attention", full, "sliding_attention", Map.of("rope_type", "default", "rope_theta", number("rope.freq_base_swa", theta)));
    }

    /// What frequencies are divided by at any length, as LongRoPE can say it.
    private Map<String, Object> divisors(Tensor factors) {
        return Map.of("rope_type", "longrope", "short_factor", list(factors.values()), "long_factor", list(factors.values()), "factor", 1.0f, "attention_factor", 1.0f,
                "original_max_position_embeddings", hyper.contextLength());
    }

    private void yarn(Map<String, Object> scaling) {
        scaling.put("original_max_position_embeddings", gguf.integer(key("rope.scaling.original_context_length")).orElse((long) hyper.contextLength()));
        scaling.put("beta_fast", number("rope.scaling.yarn_beta_fast", 32));
        scaling.put("beta_slow", number("rope.scaling.yarn_beta_slow", 1));
        boolean whole = gguf.flag(key("rope.scaling.truncate")).orElse(!arch.has(Arch.Trait.EXACT_YARN));
        if (!whole || arch.has(Arch.Trait.EXACT_YARN)) scaling.put("truncate", whole);
        gguf.number(key("rope.scaling.yarn_log_multiplier")).ifPresent(value -> {
            scaling.put("mscale", number("rope.scaling.mscale", value.floatValue() / 0.1f));
            scaling.put("mscale_all_dim", number("rope.scaling.mscale_all_dim", value.floatValue() / 0.1f));
        });
        gguf.number(key("rope.scaling.attention_factor")).ifPresent(value -> scaling.put("attention_factor", value.floatValue()));
    }

    private static List<Float> list(float[] values) { return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList(); }

    private boolean has(String name) { return IntStream.range(0, hyper.layers().size()).anyMatch(i -> checkpoint.tensors().containsKey("blk." + i + "." + name)); }

    /// As a float, so that JSON shows the digits that were meant.
    private float number(String name, float otherwise) { return gguf.number(key(name)).map(Double::floatValue).orElse(otherwise); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
