package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads a checkpoint's hyper-parameters, every one of them within bounds.
final class HyperReader {
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_CONTEXT = 1 << 28;
    private static final String PATTERN = "attention.sliding_window_pattern";

    private final Arch arch;
    private final Checkpoint checkpoint;
    private final Metadata keys;
    private final int width;
    private final int heads;
    private final int keyDim;

    HyperReader(Arch arch, Checkpoint checkpoint) {
        this.arch = arch;
        this.checkpoint = checkpoint;
        keys = checkpoint.kind() == Checkpoint.Kind.GGUF ? checkpoint.metadata() : HuggingFaceKeys.translate(checkpoint.metadata(), arch);
        width = keys.require(key("embedding_length"), 1, MAX_WIDTH);
        heads = keys.require(key("attention.head_count"), 1, 4096);
        keyDim = keys.count(key("attention.key_length"), 1, 65536, Math.max(1, width / heads));
    }

    Hyper read(Tensor embedding) {
        int layers = keys.require(key("block_count"), 1, MAX_LAYERS);
        int feedForward = keys.count(key("feed_forward_length"), 1, MAX_WIDTH, 4 * width);
        int experts = keys.count(key("expert_count"), 0, 4096, 0);
        Optional<Routing> routing = experts == 0 ? Optional.empty()
                : Optional.of(new Routing(keys.require(key("expert_used_count"), 1, experts), true, 1));
        return new Hyper(arch.ggufName, Math.toIntExact(embedding.rows()), width, feedForward, keys.require(key("context_length"), 1, MAX_CONTEXT), layers(layers),
                arch.norm, epsilon(), nonlinearity(), keys.flag(key("use_parallel_residual")).orElse(arch.has(Arch.Trait.PARALLEL_UNLESS_SAID)),
                arch.has(Arch.Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(width) : 1, number("final_logit_softcapping", 0), routing, experts);
    }

    private List<Hyper.Layer> layers(int count) {
        int kvHeads = keys.count(key("attention.head_count_kv"), 1, heads, heads);
        if (heads % kvHeads != 0) throw new ModelException(keys.file(), key("attention.head_count_kv"), "a divisor of " + heads, kvHeads);
        int valueDim = keys.count(key("attention.value_length"), 1, 65536, keyDim);
        int window = keys.count(key("attention.sliding_window"), 0, MAX_CONTEXT, 0);
        float scalar = number("attention.query_scalar", count == arch.widthScaledLayers() ? width / heads : keyDim);
        boolean[] windowed = windowed(count);
        float softCap = number("attn_logit_softcapping", 0);
        Optional<Rope> full = arch.has(Arch.Trait.LEARNED_POSITIONS) ? Optional.empty() : Optional.of(rope(number("rope.freq_base", 10_000), true));
        Optional<Rope> local = arch.has(Arch.Trait.LOCAL_ROPE) ? Optional.of(rope(number("rope.freq_base_swa", 10_000), false)) : full;
        List<Hyper.Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++)
            layers.add(new Hyper.Layer(new Attention(heads, kvHeads, keyDim, valueDim, (float) (1 / Math.sqrt(scalar)), softCap, windowed[i] ? window : 0, true),
                    windowed[i] ? local : full));
        return List.copyOf(layers);
    }

    /// Which layers look back one window only: as the file lists them, or else all but every n-th.
    private boolean[] windowed(int count) {
        boolean[] windowed = new boolean[count];
        if (keys.values().get(key(PATTERN)) instanceof List<?> listed) {
            if (listed.size() != count) throw new ModelException(keys.file(), key(PATTERN), "one entry for each of " + count + " layers", listed.size());
            for (int i = 0; i < count; i++) windowed[i] = Boolean.TRUE.equals(listed.get(i));
            return windowed;
        }
        int pattern = keys.count(key(PATTERN), 0, MAX_LAYERS, arch.windowPattern());
        for (int i = 0; i < count; i++) windowed[i] = pattern == 0 || (i + 1) % pattern != 0;
        return windowed;
    }

    /// Radians per position of every pair: base^(-2i/dims), then the file's scaling.
    private Rope rope(double base, boolean scaled) {
        double[] frequencies = frequencies(base);
        if (scaled) scale(frequencies);
        float[] rounded = new float[frequencies.length];
        for (int i = 0; i < rounded.length; i++) rounded[i] = (float) frequencies[i];
        return new Rope(keyDim, rounded, 1);
    }

    private double[] frequencies(double base) {
        int dims = keys.count(key("rope.dimension_count"), 2, keyDim, (int) (keyDim * keys.number(key("rope.partial")).orElse(1.0))) / 2 * 2;
        double[] frequencies = new double[dims / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = Math.pow(base, -2.0 * i / dims);
        return frequencies;
    }

    private void scale(double[] frequencies) {
        Tensor factors = checkpoint.tensors().get("rope_freqs.weight");
        if (factors != null) {
            float[] divisors = factors.values();
            if (divisors.length != frequencies.length)
                throw new ModelException(keys.file(), "rope_freqs.weight", frequencies.length + " numbers", divisors.length);
            for (int i = 0; i < frequencies.length; i++) frequencies[i] /= divisors[i];
            return;
        }
        String type = keys.text(key("rope.scaling.type")).orElse("none");
        double factor = keys.number(key("rope.scaling.factor")).orElse(1.0);
        switch (type) {
            case "none", "default" -> { }
            case "linear" -> { for (int i = 0; i < frequencies.length; i++) frequencies[i] /= factor; }
            case "llama3" -> llama3().apply(frequencies);
            default -> throw new ModelException(keys.file(), "rope scaling", "none, linear or llama3", type);
        }
    }

    private Llama3Rule llama3() {
        return new Llama3Rule(keys.number(key("rope.scaling.factor")).orElse(1.0), keys.number(key("rope.scaling.low_freq_factor")).orElse(1.0),
                keys.number(key("rope.scaling.high_freq_factor")).orElse(4.0), keys.require(key("rope.scaling.original_context_length"), 1, MAX_CONTEXT));
    }

    /// What Llama 3.1's rule divides each frequency by, which GGUF stores as `rope_freqs.weight`; empty where the model has another rule or none.
    Optional<float[]> ropeDivisors() {
        if (!keys.text(key("rope.scaling.type")).orElse("none").equals("llama3")) return Optional.empty();
        return Optional.of(llama3().divisors(frequencies(number("rope.freq_base", 10_000))));
    }

    private float epsilon() {
        String name = arch.norm == dev.oriel.ops.Norm.Kind.RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon";
        return (float) (double) keys.number(key(name)).orElseThrow(() -> new ModelException(keys.file(), key(name), "a number", "nothing"));
    }

    private Nonlinearity nonlinearity() {
        return keys.text(key("hidden_activation")).map(name -> switch (name) {
            case "silu", "swish" -> Nonlinearity.SILU;
            case "gelu" -> Nonlinearity.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Nonlinearity.GELU_TANH;
            case "relu" -> Nonlinearity.RELU;
            default -> throw new ModelException(keys.file(), "activation function", "silu, gelu, gelu_new, gelu_pytorch_tanh or relu", name);
        }).orElse(arch.nonlinearity);
    }

    private float number(String name, double fallback) { return (float) (double) keys.number(key(name)).orElse(fallback); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
