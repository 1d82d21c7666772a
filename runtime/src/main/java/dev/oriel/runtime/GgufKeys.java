package dev.oriel.runtime;

import dev.oriel.loaders.Metadata;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Norm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A Hugging Face model's hyper-parameters as GGUF keys, without the architecture's prefix: numbers that were read and checked, typed as llama.cpp wants them.
final class GgufKeys {
    private final Arch arch;
    private final Metadata config;
    private final Hyper hyper;
    private final Map<String, Object> out = new LinkedHashMap<>();

    private GgufKeys(Arch arch, Metadata config, Hyper hyper) {
        this.arch = arch;
        this.config = config;
        this.hyper = hyper;
    }

    /// @param config as [HuggingFaceKeys] translates it
    /// @param dense  layers at the beginning that have no experts
    static Map<String, Object> of(Arch arch, Metadata config, Hyper hyper, int dense) {
        GgufKeys keys = new GgufKeys(arch, config, hyper);
        keys.sizes();
        keys.attention();
        keys.windows();
        if (arch.has(Arch.Trait.EVERY_FOURTH_WITHOUT_ROPE) || arch.has(Arch.Trait.ROPE_IN_WINDOWS) || hyper.ropeDims() > 0) keys.unturned();
        if (hyper.ropeDims() > 0) keys.rope();
        keys.scales();
        keys.experts(dense);
        return keys.out;
    }

    private void sizes() {
        out.put("block_count", hyper.layers().size());
        out.put("context_length", hyper.contextLength());
        out.put("embedding_length", hyper.width());
        out.put("feed_forward_length", hyper.feedForward());
        out.put("vocab_size", hyper.vocabulary());
        out.put(arch.norm == Norm.Kind.RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", hyper.epsilon());
        boolean parallel = arch.has(Arch.Trait.PARALLEL_UNLESS_SAID);
        if (config.has(key("use_parallel_residual")) || hyper.parallel() != parallel) out.put("use_parallel_residual", hyper.parallel());
        if (hyper.nonlinearity() != arch.nonlinearity) out.put("hidden_activation", config.requireText(key("hidden_activation")));
        if (arch.modelType.equals("falcon")) out.put("tensor_data_layout", "jploski");
        for (String name : List.of(HuggingFaceKeys.SCALED, HuggingFaceKeys.SCALED_BY_LAYER, HuggingFaceKeys.ALIBI)) keep(name);
    }

    private void attention() {
        var a = hyper.attention();
        out.put("attention.head_count", a.heads());
        hyper.latent().ifPresentOrElse(latent -> latent(a, latent), () -> {
            out.put("attention.head_count_kv", a.kvHeads());
            out.put("attention.key_length", a.keyDim());
            out.put("attention.value_length", a.valueDim());
        });
        if (a.softCap() != 0) out.put("attn_logit_softcapping", a.softCap());
        // llama.cpp has no key for it and goes by the size of the model; our loader reads this one.
        number("attention.query_scalar").filter(scalar -> scalar != a.keyDim()).ifPresent(scalar -> out.put("attention.query_scalar", scalar));
    }

    /// To llama.cpp, latent attention has one key-value head, the latent itself.
    private void latent(Attention a, Hyper.Latent latent) {
        out.put("attention.head_count_kv", 1);
        out.put("attention.key_length", latent.rank() + latent.ropeDim());
        out.put("attention.value_length", latent.rank());
        out.put("attention.key_length_mla", a.keyDim());
        out.put("attention.value_length_mla", a.valueDim());
        out.put("attention.kv_lora_rank", latent.rank());
        if (latent.queryRank() > 0) out.put("attention.q_lora_rank", latent.queryRank());
    }

    /// Windows, and which layers look back one window only where it is not what llama.cpp assumes of the family.
    private void windows() {
        int window = hyper.layers().stream().mapToInt(layer -> layer.attention().window()).max().orElse(0);
        boolean causal = hyper.attention().causal();
        if (!causal) out.put("attention.causal", false);
        if (!causal && window > 0) window = 2 * (window - 1);
        if (window > 0 || config.has(key("attention.sliding_window")) || arch == Arch.PHI3) out.put("attention.sliding_window", window);
        if (window == 0) return;
        List<Boolean> windowed = hyper.layers().stream().map(layer -> layer.attention().window() > 0).toList();
        int usual = arch.windowPattern();
        if (!windowed.equals(IntStream.range(0, windowed.size()).mapToObj(i -> usual == 0 || (arch.has(Arch.Trait.FIRST_OF_THREE_SEES_ALL) ? i : i + 1) % usual != 0).toList()))
            out.put("attention.sliding_window_pattern", windowed);
    }

    /// Layers without rope, where they are not those that llama.cpp assumes.
    private void unturned() {
        List<Boolean> windowed = hyper.layers().stream().map(layer -> layer.attention().window() > 0).toList();
        boolean inWindows = arch.has(Arch.Trait.ROPE_IN_WINDOWS) && windowed.contains(true);
        List<Boolean> unturned = hyper.layers().stream().map(layer -> layer.rope().isEmpty()).toList();
        boolean fourth = arch.has(Arch.Trait.EVERY_FOURTH_WITHOUT_ROPE);
        if (!unturned.equals(IntStream.range(0, unturned.size()).mapToObj(i -> fourth && (i + 1) % 4 == 0 || inWindows && !windowed.get(i)).toList())) out.put(HuggingFaceKeys.UNTURNED, unturned);
    }

    private void rope() {
        out.put("rope.dimension_count", hyper.ropeDims());
        out.put("rope.freq_base", number("rope.freq_base").orElse(10_000f));
        if (arch.has(Arch.Trait.LOCAL_ROPE)) out.put("rope.freq_base_swa", number("rope.freq_base_swa").orElse(10_000f));
        else keep("rope.freq_base_swa");
        if (arch == Arch.PHI3 || arch.has(Arch.Trait.EXACT_YARN)) keep("rope.scaling.original_context_length");
        keep(HuggingFaceKeys.GROWTH);
        // Llama 3's rule is in the tensor rope_freqs instead.
        switch (config.text(key("rope.scaling.type")).orElse("none")) {
            case "linear" -> scaling("linear");
            case "yarn" -> yarn();
            case "longrope", "su" -> {
                out.put("rope.scaling.type", "longrope");
                keep("rope.scaling.original_context_length");
                out.put("rope.scaling.attn_factor", hyper.layers().getFirst().rope().orElseThrow().magnitude());
            }
            default -> { if (arch == Arch.COHERE) out.put("rope.scaling.type", "none"); }
        }
    }

    private void yarn() {
        scaling("yarn");
        for (String name : List.of("original_context_length", "yarn_beta_fast", "yarn_beta_slow")) keep("rope.scaling." + name);
        number("rope.scaling.mscale_all_dim").ifPresent(all -> out.put("rope.scaling.yarn_log_multiplier", 0.1f * all));
        for (String name : List.of("attention_factor", "mscale", "mscale_all_dim", "truncate")) keep("rope.scaling." + name);
    }

    private void scaling(String type) {
        out.put("rope.scaling.type", type);
        out.put("rope.scaling.factor", number("rope.scaling.factor").orElse(1f));
    }

    private void scales() {
        for (String name : List.of("attention.scale", "attention.clamp_kqv", "embedding_scale", "residual_scale", "logit_scale")) number(name).ifPresent(value -> out.put(name, value));
        if (hyper.scales().softCap() != 0) out.put("final_logit_softcapping", hyper.scales().softCap());
    }

    /// @param dense layers at the beginning that have no experts
    private void experts(int dense) {
        hyper.mixture().ifPresent(mixture -> {
            out.put("expert_count", mixture.experts());
            out.put("expert_used_count", mixture.routing().used());
            if (config.has(key("expert_feed_forward_length")) || arch.has(Arch.Trait.CLAMPED_EXPERTS)) out.put("expert_feed_forward_length", mixture.feedForward());
            int shared = hyper.layers().getLast().feedForward();
            if (arch.config.keys().contains("n_shared_experts")) {
                out.put("leading_dense_block_count", dense);
                out.put("expert_shared_count", shared / mixture.feedForward());
                out.put("expert_weights_scale", mixture.routing().scale());
            } else if (shared > 0) out.put("expert_shared_feed_forward_length", shared);
            if (arch.has(Arch.Trait.CLAMPED_EXPERTS)) for (String name : List.of(HuggingFaceKeys.GATE_SLOPE, HuggingFaceKeys.GATE_LIMIT)) keep(name);
            if (mixture.apart()) out.put("expert_gating_func", HyperReader.SIGMOID);
            if (mixture.routing().groups() > 1) {
                out.put("expert_group_count", mixture.routing().groups());
                out.put("expert_group_used_count", mixture.routing().usedGroups());
            }
            if (mixture.routing().normalised() != arch.has(Arch.Trait.EXPERTS_NORMALISED)) out.put("expert_weights_norm", mixture.routing().normalised());
            if (mixture.routing().scale() != 1) out.put("expert_weights_scale", mixture.routing().scale());
        });
    }

    /// A value of the config as it is: integers stay integers.
    private void keep(String name) {
        Object value = config.values().get(key(name));
        if (value == null) return;
        out.put(name, switch (value) {
            case Long n when name.endsWith("_length") -> Math.toIntExact(n);
            case Number n -> n.floatValue();
            default -> value;
        });
    }

    private Optional<Float> number(String name) { return config.number(key(name)).map(Double::floatValue); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
