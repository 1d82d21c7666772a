package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Gating;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads a checkpoint's hyper-parameters, every one of them within bounds.
final class HyperReader {
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_CONTEXT = 1 << 28;
    /// How GGUF numbers the functions that make probabilities of a router's logits.
    private static final int SOFTMAX = 1;
    static final int SIGMOID = 2;
    private static final String WINDOWS = "attention.sliding_window_pattern";

    private final Arch arch;
    private final Stored stored;
    private final Metadata keys;
    private final RopeReader ropes;
    private final int width;
    private final int layers;
    private final int heads;
    private final int keyDim;
    private final boolean latent;

    HyperReader(Arch arch, Checkpoint checkpoint) {
        this.arch = arch;
        stored = new Stored(arch, checkpoint);
        keys = checkpoint.kind() == Checkpoint.Kind.GGUF ? checkpoint.metadata() : HuggingFaceKeys.translate(checkpoint.metadata(), arch);
        width = keys.require(key("embedding_length"), 1, MAX_WIDTH);
        int blocks = keys.require(key("block_count"), 1, MAX_LAYERS);
        // Layers that guess further tokens come last and take no part.
        layers = blocks - keys.count(key("nextn_predict_layers"), 0, blocks - 1, 0);
        heads = keys.require(key("attention.head_count"), 1, 4096);
        latent = keys.has(key("attention.kv_lora_rank"));
        int length = keys.count(key("attention.key_length"), 1, 65536, Math.max(1, width / heads));
        keyDim = latent ? keys.count(key("attention.key_length_mla"), 1, 65536, length) : length;
        ropes = new RopeReader(arch, keys, checkpoint, keyDim, latent);
    }

    Hyper read() {
        int feedForward = keys.count(key("feed_forward_length"), 1, MAX_WIDTH, 4 * width);
        return new Hyper(arch.ggufName, Math.toIntExact(stored.any("token_embd.weight").rows()), width, feedForward, context(), layers(feedForward), arch.norm, epsilon(), nonlinearity(), nonlinearity(HuggingFaceKeys.HEAD_ACTIVATION).orElseGet(this::nonlinearity),
                keys.flag(key("use_parallel_residual")).orElse(arch.has(Arch.Trait.PARALLEL_UNLESS_SAID)), scales(), mixture(feedForward), ropes.far(), latent());
    }

    /// BLOOM's own files do not limit positions, for which llama.cpp writes the model's width; it was trained on 2048.
    private int context() {
        boolean known = arch.has(Arch.Trait.CONTEXT_OF_2048);
        int length = known ? keys.count(key("context_length"), 1, MAX_CONTEXT, 2048) : keys.require(key("context_length"), 1, MAX_CONTEXT);
        if (arch.has(Arch.Trait.ALIBI)) length = Math.max(length, 2048);
        int before = stored.gguf() ? 0 : arch.rowsBeforePositions(stored.checkpoint().metadata());
        if (length <= before) throw new ModelException(keys.file(), key("context_length"), "more than " + before, length);
        return length - before;
    }

    private List<Hyper.Layer> layers(int feedForward) {
        int kvHeads = latent ? heads : keys.count(key("attention.head_count_kv"), 1, heads, heads);
        if (heads % kvHeads != 0) throw new ModelException(keys.file(), key("attention.head_count_kv"), "a divisor of " + heads, kvHeads);
        int length = keys.count(key("attention.value_length"), 1, 65536, keyDim);
        int valueDim = latent ? keys.count(key("attention.value_length_mla"), 1, 65536, length) : length;
        int window = window();
        boolean causal = keys.flag(key("attention.causal")).orElse(!arch.has(Arch.Trait.ENCODER));
        // Of a window to both sides, files give the whole width.
        if (!causal && window > 0) window = window / 2 + 1;
        float softCap = number("attn_logit_softcapping", 0);
        boolean byLayer = keys.flag(key(HuggingFaceKeys.SCALED_BY_LAYER)).orElse(false);
        boolean[] windowed = window == 0 ? new boolean[layers] : windowed();
        boolean[] unturned = unturned(windowed);
        float[] slopes = alibi() ? slopes() : null;
        Optional<Rope> full = alibi() ? Optional.empty() : ropes.full();
        Optional<Rope> local = alibi() ? Optional.empty() : ropes.local();
        List<Hyper.Layer> out = new ArrayList<>();
        for (int i = 0; i < layers; i++)
            out.add(new Hyper.Layer(new Attention(heads, kvHeads, keyDim, valueDim, scale() / (byLayer ? i + 1 : 1), softCap, windowed[i] ? window : 0, causal).withSlopes(slopes),
                    unturned[i] ? Optional.empty() : windowed[i] ? local : full, hasExperts(i) ? shared(i) : feedForward));
        return List.copyOf(out);
    }

    private int window() { return keys.count(key("attention.sliding_window"), 0, MAX_CONTEXT, 0); }

    private boolean alibi() { return keys.flag(key(HuggingFaceKeys.ALIBI)).orElse(arch.has(Arch.Trait.ALIBI)); }

    /// ALiBi's slopes: powers of 2^(-8/n) for the next lower power of two n of heads, and between them every second one of 2^(-4/n) for the heads beyond.
    private float[] slopes() {
        int n = Integer.highestOneBit(heads);
        // Falcon scales them as it scales the product of query and key.
        double scale = arch.has(Arch.Trait.ALIBI) ? 1 : scale();
        float[] slopes = new float[heads];
        for (int i = 0; i < heads; i++) slopes[i] = (float) (scale * (i < n ? Math.pow(2, -8.0 * (i + 1) / n) : Math.pow(2, -4.0 * (2 * (i - n) + 1) / n)));
        return slopes;
    }

    /// What the product of query and key is multiplied by.
    private float scale() {
        if (!keys.flag(key(HuggingFaceKeys.SCALED)).orElse(true)) return 1;
        float scalar = number("attention.query_scalar", layers == arch.widthScaledLayers() ? width / heads : keyDim);
        return (float) (number("attention.scale", (float) (1 / Math.sqrt(scalar))) * ropes.sharpening());
    }

    /// Which layers look back one window only: as the file lists them, or else all but every n-th.
    private boolean[] windowed() {
        boolean[] windowed = new boolean[layers];
        if (keys.values().get(key(WINDOWS)) instanceof List<?>) return listed(WINDOWS);
        int pattern = keys.count(key(WINDOWS), 0, MAX_LAYERS, arch.windowPattern());
        boolean first = arch.has(Arch.Trait.FIRST_OF_THREE_SEES_ALL);
        for (int i = 0; i < layers; i++) windowed[i] = pattern == 0 || (first ? i : i + 1) % pattern != 0;
        return windowed;
    }

    /// Which layers have no rope although the model has.
    private boolean[] unturned(boolean[] windowed) {
        if (keys.has(key(HuggingFaceKeys.UNTURNED))) return listed(HuggingFaceKeys.UNTURNED);
        boolean[] unturned = new boolean[layers];
        for (int i = 0; i < layers; i++) unturned[i] = arch.has(Arch.Trait.EVERY_FOURTH_WITHOUT_ROPE) && (i + 1) % 4 == 0
                || arch.has(Arch.Trait.ROPE_IN_WINDOWS) && !windowed[i] && window() > 0;
        return unturned;
    }

    private boolean[] listed(String name) {
        List<?> listed = keys.list(key(name));
        if (listed.size() != layers) throw new ModelException(keys.file(), key(name), "one entry for each of " + layers + " layers", listed.size());
        boolean[] out = new boolean[layers];
        for (int i = 0; i < layers; i++) out[i] = Boolean.TRUE.equals(listed.get(i));
        return out;
    }

    private Hyper.Scales scales() {
        float logits = number("logit_scale", 1);
        return new Hyper.Scales(number("embedding_scale", arch.has(Arch.Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(width) : 1), number("residual_scale", 1),
                arch.has(Arch.Trait.LOGITS_DIVIDED) ? 1 / logits : logits, number("final_logit_softcapping", 0), number("attention.clamp_kqv", 0));
    }

    private boolean hasExperts(int layer) { return stored.has("blk." + layer + ".ffn_gate_inp.weight"); }

    /// Rows of the expert that every token goes to.
    private int shared(int layer) {
        String name = "blk." + layer + ".ffn_up_shexp.weight";
        return stored.has(name) ? Math.toIntExact(stored.any(name).rows()) : 0;
    }

    private Optional<Hyper.Mixture> mixture(int feedForward) {
        int experts = keys.count(key("expert_count"), 0, 4096, 0);
        if (experts == 0) return Optional.empty();
        int used = keys.require(key("expert_used_count"), 1, experts);
        boolean normalised = keys.flag(key("expert_weights_norm")).orElse(arch.has(Arch.Trait.EXPERTS_NORMALISED));
        int function = keys.count(key("expert_gating_func"), 0, 16, stored.hasCorrections() ? SIGMOID : SOFTMAX);
        if (function != SOFTMAX && function != SIGMOID) throw new ModelException(keys.file(), key("expert_gating_func"), "1 (softmax) or 2 (sigmoid)", function);
        int groups = keys.count(key("expert_group_count"), 1, experts, 1);
        if (experts % groups != 0) throw new ModelException(keys.file(), key("expert_group_count"), "a divisor of " + experts, groups);
        int usedGroups = keys.count(key("expert_group_used_count"), 1, groups, groups);
        if (used > experts / groups * usedGroups) throw new ModelException(keys.file(), key("expert_used_count"), "at most " + experts / groups * usedGroups, used);
        return Optional.of(new Hyper.Mixture(experts, function == SIGMOID, new Routing(used, normalised, number("expert_weights_scale", 1), groups, usedGroups, null),
                keys.count(key("expert_feed_forward_length"), 1, MAX_WIDTH, expertRows().orElse(feedForward)), gating(arch.has(Arch.Trait.CLAMPED_EXPERTS))));
    }

    /// Rows of one expert, which old GGUF files do not say elsewhere.
    private Optional<Integer> expertRows() {
        for (int layer = 0; layer < layers && stored.gguf(); layer++) {
            Optional<Tensor> up = stored.find("blk." + layer + ".ffn_up_exps.weight").filter(t -> t.shape().length == 3);
            if (up.isPresent()) return up.map(t -> Math.toIntExact(t.shape()[1]));
        }
        return Optional.empty();
    }

    private Gating gating(boolean clamped) {
        return clamped ? new Gating(nonlinearity(), number(HuggingFaceKeys.GATE_SLOPE, 1.702), number(HuggingFaceKeys.GATE_LIMIT, 7), 1) : Gating.of(nonlinearity());
    }

    private Optional<Hyper.Latent> latent() {
        if (!latent) return Optional.empty();
        return Optional.of(new Hyper.Latent(keys.count(key("attention.q_lora_rank"), 0, MAX_WIDTH, 0), keys.require(key("attention.kv_lora_rank"), 1, MAX_WIDTH),
                keys.require(key("rope.dimension_count"), 2, keyDim)));
    }

    /// As [RopeReader#longFactors].
    Map<String, float[]> longFactors() { return ropes.longFactors(); }

    /// As [RopeReader#divisors].
    Optional<float[]> ropeDivisors() { return ropes.divisors(); }

    private float epsilon() {
        String name = arch.norm == Norm.Kind.RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon";
        return (float) (double) keys.number(key(name)).orElseThrow(() -> new ModelException(keys.file(), key(name), "a number", "nothing"));
    }

    private Nonlinearity nonlinearity() {
        return nonlinearity("hidden_activation").orElse(arch.nonlinearity);
    }

    private Optional<Nonlinearity> nonlinearity(String key) {
        return keys.text(key(key)).map(name -> switch (name) {
            case "silu", "swish" -> Nonlinearity.SILU;
            case "gelu", "gelu_python" -> Nonlinearity.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_accurate", "gelu_python_tanh" -> Nonlinearity.GELU_TANH;
            case "relu" -> Nonlinearity.RELU;
            case "relu2" -> Nonlinearity.RELU_SQUARED;
            case "quick_gelu" -> Nonlinearity.GELU_SIGMOID;
            default -> throw new ModelException(keys.file(), "activation function", "silu, gelu, gelu_new, gelu_pytorch_tanh, quick_gelu, relu or relu2", name);
        });
    }

    private float number(String name, double fallback) { return (float) (double) keys.number(key(name)).orElse(fallback); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
