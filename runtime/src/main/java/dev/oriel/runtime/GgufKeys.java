package dev.oriel.runtime;

import dev.oriel.loaders.Metadata;
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
    static Map<String, Object> of(Arch arch, Metadata config, Hyper hyper) {
        GgufKeys keys = new GgufKeys(arch, config, hyper);
        keys.sizes();
        keys.attention();
        keys.hyper.layers().getLast().rope().ifPresent(rope -> keys.rope(2 * rope.frequencies().length));
        keys.rest();
        return keys.out;
    }

    private void sizes() {
        out.put("block_count", hyper.layers().size());
        out.put("context_length", hyper.contextLength());
        out.put("embedding_length", hyper.width());
        out.put("feed_forward_length", hyper.feedForward());
        out.put("vocab_size", hyper.vocabulary());
        out.put(arch.norm == Norm.Kind.RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", hyper.epsilon());
    }

    private void attention() {
        var a = hyper.attention();
        out.put("attention.head_count", a.heads());
        out.put("attention.head_count_kv", a.kvHeads());
        out.put("attention.key_length", a.keyDim());
        out.put("attention.value_length", a.valueDim());
        int window = hyper.layers().stream().mapToInt(layer -> layer.attention().window()).max().orElse(0);
        if (window > 0) out.put("attention.sliding_window", window);
        if (a.softCap() != 0) out.put("attn_logit_softcapping", a.softCap());
        if (hyper.logitSoftCap() != 0) out.put("final_logit_softcapping", hyper.logitSoftCap());
        // llama.cpp has no key for it and goes by the size of the model; our loader reads this one.
        number("attention.query_scalar").filter(scalar -> scalar != a.keyDim()).ifPresent(scalar -> out.put("attention.query_scalar", scalar));
        if (window > 0 || arch.windowPattern() > 0) pattern();
    }

    /// Which layers look back one window only, where it is not what llama.cpp assumes of the family.
    private void pattern() {
        List<Boolean> windowed = hyper.layers().stream().map(layer -> layer.attention().window() > 0).toList();
        int usual = arch.windowPattern();
        if (windowed.equals(IntStream.range(0, windowed.size()).mapToObj(i -> usual == 0 || (i + 1) % usual != 0).toList())) return;
        out.put("attention.sliding_window_pattern", windowed);
    }

    private void rope(int dims) {
        out.put("rope.dimension_count", dims);
        out.put("rope.freq_base", number("rope.freq_base").orElse(10_000f));
        if (arch.has(Arch.Trait.LOCAL_ROPE)) out.put("rope.freq_base_swa", number("rope.freq_base_swa").orElse(10_000f));
        // Llama 3's rule is in the tensor rope_freqs instead.
        if (config.values().get(key("rope.scaling.type")) instanceof String type && type.equals("linear")) {
            out.put("rope.scaling.type", type);
            out.put("rope.scaling.factor", number("rope.scaling.factor").orElse(1f));
        }
    }

    private void rest() {
        if (arch.has(Arch.Trait.PARALLEL_UNLESS_SAID)) out.put("use_parallel_residual", hyper.parallel());
        if (hyper.nonlinearity() != arch.nonlinearity) out.put("hidden_activation", config.requireText(key("hidden_activation")));
        hyper.routing().ifPresent(routing -> {
            out.put("expert_count", hyper.experts());
            out.put("expert_used_count", routing.used());
        });
    }

    private Optional<Float> number(String name) { return config.number(key(name)).map(Double::floatValue); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
