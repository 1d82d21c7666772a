package dev.oriel.runtime;

import java.util.ArrayList;
import java.util.List;

/// Which keys the `config.json` of a family has; [HuggingFaceConfig] knows their values.
record ConfigNames(List<String> keys) {
    private static final ConfigNames SIZES = of("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings");

    static final ConfigNames LLAMA = SIZES.and("num_key_value_heads", "head_dim", "rms_norm_eps", "hidden_act", "attention_bias", "mlp_bias", "rope_theta", "rope_scaling");
    static final ConfigNames MISTRAL = LLAMA.and("sliding_window");
    static final ConfigNames MIXTRAL = MISTRAL.and("num_local_experts", "num_experts_per_tok");
    static final ConfigNames GRANITE = LLAMA.and("embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling");
    static final ConfigNames QWEN = LLAMA.and("sliding_window", "use_sliding_window", "layer_types");
    static final ConfigNames SMOLLM3 = QWEN.and("no_rope_layers");
    static final ConfigNames OLMOE = LLAMA.and("num_experts", "num_experts_per_tok", "norm_topk_prob", "clip_qkv");
    static final ConfigNames QWEN3_MOE = OLMOE.without("clip_qkv").and("moe_intermediate_size", "sliding_window", "use_sliding_window", "mlp_only_layers");
    static final ConfigNames QWEN2_MOE = QWEN3_MOE.and("layer_types", "shared_expert_intermediate_size", "qkv_bias");
    static final ConfigNames GPT_OSS = MIXTRAL.without("mlp_bias").and("layer_types", "swiglu_alpha", "swiglu_limit");
    static final ConfigNames DEEPSEEK2 = SIZES.and("num_key_value_heads", "rms_norm_eps", "hidden_act", "attention_bias", "rope_theta", "rope_scaling", "n_routed_experts",
            "num_experts_per_tok", "moe_intermediate_size", "n_shared_experts", "first_k_dense_replace", "routed_scaling_factor", "norm_topk_prob", "topk_method", "n_group",
            "topk_group", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim");
    static final ConfigNames DEEPSEEK3 = DEEPSEEK2.without("topk_method");
    static final ConfigNames GLM4_MOE = LLAMA.without("mlp_bias").and("partial_rotary_factor", "use_qk_norm", "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size",
            "n_shared_experts", "first_k_dense_replace", "routed_scaling_factor", "norm_topk_prob", "n_group", "topk_group");
    static final ConfigNames DOTS1 = GLM4_MOE.without("partial_rotary_factor").without("use_qk_norm").and("sliding_window", "layer_types");
    static final ConfigNames OLMO3 = LLAMA.without("rope_theta").without("rope_scaling").and("rope_parameters", "sliding_window", "layer_types");
    static final ConfigNames GLM4 = LLAMA.without("mlp_bias").and("partial_rotary_factor");
    static final ConfigNames ERNIE = LLAMA.without("attention_bias").without("mlp_bias").and("use_bias");
    static final ConfigNames NEMOTRON = LLAMA.without("rms_norm_eps").and("norm_eps", "partial_rotary_factor");
    static final ConfigNames GEMMA2 = LLAMA.without("hidden_act").and("hidden_activation", "sliding_window", "query_pre_attn_scalar", "attn_logit_softcapping",
            "final_logit_softcapping", "layer_types");
    static final ConfigNames GEMMA3 = GEMMA2.and("rope_local_base_freq");
    static final ConfigNames GEMMA3_ENCODER = GEMMA3.and("use_bidirectional_attention");
    static final ConfigNames PHI3 = LLAMA.without("head_dim").and("sliding_window", "partial_rotary_factor", "original_max_position_embeddings");
    static final ConfigNames COHERE = SIZES.and("num_key_value_heads", "layer_norm_eps", "hidden_act", "attention_bias", "rope_theta", "rope_scaling", "logit_scale",
            "use_qk_norm");
    static final ConfigNames COHERE2 = COHERE.without("use_qk_norm").and("head_dim", "sliding_window", "layer_types");
    static final ConfigNames PHI2 = SIZES.and("num_key_value_heads", "layer_norm_eps", "hidden_act", "rope_theta", "rope_scaling", "partial_rotary_factor", "qk_layernorm");
    static final ConfigNames STABLELM = PHI2.and("use_qkv_bias", "use_parallel_residual");
    static final ConfigNames STARCODER2 = SIZES.and("num_key_value_heads", "norm_epsilon", "hidden_act", "rope_theta", "rope_scaling", "sliding_window", "use_bias");
    static final ConfigNames GPT2 = of("n_embd", "n_inner", "n_layer", "n_head", "n_positions", "n_ctx", "layer_norm_epsilon", "activation_function", "scale_attn_weights",
            "scale_attn_by_inverse_layer_idx");
    static final ConfigNames GPT_NEOX = SIZES.and("layer_norm_eps", "hidden_act", "attention_bias", "use_parallel_residual", "rotary_pct", "rotary_emb_base", "rope_scaling");
    static final ConfigNames FALCON = SIZES.without("intermediate_size").and("ffn_hidden_size", "num_kv_heads", "multi_query", "new_decoder_architecture", "parallel_attn",
            "layer_norm_epsilon", "activation", "bias", "alibi", "rope_theta", "rope_scaling");
    static final ConfigNames BLOOM = of("hidden_size", "n_layer", "n_head", "seq_length", "layer_norm_epsilon");

    static final ConfigNames BERT = SIZES.and("layer_norm_eps", "hidden_act", "type_vocab_size");
    static final ConfigNames MODERNBERT = SIZES.and("norm_eps", "hidden_activation", "layer_types", "local_attention", "global_rope_theta", "local_rope_theta");

    private static ConfigNames of(String... keys) { return new ConfigNames(List.of(keys)); }

    private ConfigNames and(String... more) {
        List<String> all = new ArrayList<>(keys);
        all.addAll(List.of(more));
        return new ConfigNames(List.copyOf(all));
    }

    private ConfigNames without(String key) { return new ConfigNames(keys.stream().filter(each -> !each.equals(key)).toList()); }
}
