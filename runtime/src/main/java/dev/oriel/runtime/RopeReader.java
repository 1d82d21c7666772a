package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads how positions turn queries and keys: frequencies, and the rules by which they are stretched for long contexts.
final class RopeReader {
    private static final int MAX_CONTEXT = 1 << 28;
    private static final double BASE = 10_000;
    private static final String SHORT = "rope_factors_short.weight";
    private static final String LONG = "rope_factors_long.weight";

    private final Arch arch;
    private final Metadata keys;
    private final Checkpoint checkpoint;
    private final int headDim;
    private final int dims;
    private final int first;

    /// @param keys    hyper-parameters by GGUF's names
    /// @param headDim columns of a query head
    /// @param last    whether its last columns are rotated instead of its first
    RopeReader(Arch arch, Metadata keys, Checkpoint checkpoint, int headDim, boolean last) {
        this.arch = arch;
        this.keys = keys;
        this.checkpoint = checkpoint;
        this.headDim = headDim;
        dims = keys.count(key("rope.dimension_count"), 2, headDim, (int) (headDim * number("rope.partial", 1))) / 2 * 2;
        first = last ? headDim - dims : 0;
    }

    /// The rope of layers that see everything; empty where positions are told in another way.
    Optional<Rope> full() {
        if (arch.has(Arch.Trait.LEARNED_POSITIONS)) return Optional.empty();
        return Optional.of(scaled(SHORT));
    }

    /// The rope of sequences longer than the model was first trained on.
    Optional<Hyper.Far> far() {
        double growth = number(HuggingFaceKeys.GROWTH, 0);
        if (growth > 0) return Optional.of(new Hyper.Far(contextLength(), full().orElseThrow(), (float) growth));
        boolean longrope = List.of("longrope", "su").contains(type()) || checkpoint.tensors().containsKey(LONG);
        return longrope && contextLength() > originalLength() ? Optional.of(new Hyper.Far(originalLength(), scaled(LONG), 0)) : Optional.empty();
    }

    /// The rope of layers that look back one window only.
    Optional<Rope> local() {
        boolean own = arch.has(Arch.Trait.LOCAL_ROPE);
        if (!own && !arch.has(Arch.Trait.WINDOWS_UNSCALED)) return full();
        return Optional.of(rope(frequencies(number("rope.freq_base_swa", own ? BASE : number("rope.freq_base", BASE))), 1));
    }

    /// What Llama 3.1's rule divides each frequency by, which GGUF stores as `rope_freqs.weight`; empty where the model has another rule or none.
    Optional<float[]> divisors() {
        return type().equals("llama3") ? Optional.of(llama3().divisors(frequencies(number("rope.freq_base", BASE)))) : Optional.empty();
    }

    /// What LongRoPE divides frequencies by, under the names of GGUF's tensors; nothing for models of another rule.
    Map<String, float[]> longFactors() { return List.of("longrope", "su").contains(type()) ? Map.of(LONG, factors(LONG), SHORT, factors(SHORT)) : Map.of(); }

    /// What a score's scale is multiplied by: DeepSeek sharpens attention where YaRN stretches it.
    double sharpening() {
        double all = number("rope.scaling.mscale_all_dim", number("rope.scaling.yarn_log_multiplier", 0) / 0.1);
        return arch.has(Arch.Trait.YARN_SHARPENS) && type().equals("yarn") && all != 0 ? Math.pow(YarnRule.magnitude(factor(), all), 2) : 1;
    }

    /// @param longrope the tensor of GGUF that holds what LongRoPE divides frequencies by
    private Rope scaled(String longrope) {
        double base = number("rope.freq_base", BASE);
        double[] frequencies = frequencies(base);
        Tensor stored = checkpoint.tensors().get("rope_freqs.weight");
        if (stored != null) return rope(divided(frequencies, stored.values(), "rope_freqs.weight"), 1);
        // llama.cpp goes by the tensors, and older files do not say what they are for.
        return switch (checkpoint.tensors().containsKey(longrope) ? "longrope" : type()) {
            case "none", "default" -> rope(frequencies, 1);
            case "linear" -> {
                for (int i = 0; i < frequencies.length; i++) frequencies[i] /= factor();
                yield rope(frequencies, 1);
            }
            case "llama3" -> {
                llama3().apply(frequencies);
                yield rope(frequencies, 1);
            }
            case "yarn" -> {
                YarnRule rule = yarn(base);
                rule.apply(frequencies);
                yield rope(frequencies, rule.magnitude());
            }
            case "longrope", "su" -> rope(divided(frequencies, factors(longrope), longrope), longMagnitude());
            default -> throw new ModelException(keys.file(), "rope scaling", "none, linear, dynamic, llama3, yarn or longrope", type());
        };
    }

    private double[] frequencies(double base) {
        double[] frequencies = new double[dims / 2];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = Math.pow(base, -2.0 * i / dims);
        return frequencies;
    }

    private Rope rope(double[] frequencies, double magnitude) {
        float[] rounded = new float[frequencies.length];
        for (int i = 0; i < rounded.length; i++) rounded[i] = (float) frequencies[i];
        return new Rope(headDim, first, rounded, (float) magnitude);
    }

    private double[] divided(double[] frequencies, float[] divisors, String what) {
        if (divisors.length != frequencies.length) throw new ModelException(keys.file(), what, frequencies.length + " numbers", divisors.length);
        for (int i = 0; i < frequencies.length; i++) frequencies[i] /= divisors[i];
        return frequencies;
    }

    private Llama3Rule llama3() {
        return new Llama3Rule(factor(), number("rope.scaling.low_freq_factor", 1), number("rope.scaling.high_freq_factor", 4),
                keys.require(key("rope.scaling.original_context_length"), 1, MAX_CONTEXT));
    }

    private YarnRule yarn(double base) {
        double all = number("rope.scaling.mscale_all_dim", 0);
        double some = number("rope.scaling.mscale", 0);
        boolean both = all != 0 && some != 0;
        double magnitude = both ? YarnRule.magnitude(factor(), some) / YarnRule.magnitude(factor(), all)
                : keys.has(key("rope.scaling.yarn_log_multiplier")) ? 1 : YarnRule.magnitude(factor(), 1);
        return new YarnRule(factor(), base, originalLength(), number("rope.scaling.yarn_beta_fast", 32), number("rope.scaling.yarn_beta_slow", 1),
                keys.flag(key("rope.scaling.truncate")).orElse(!arch.has(Arch.Trait.EXACT_YARN)),
                number("rope.scaling.attention_factor", magnitude * number("rope.scaling.attn_factor", 1)));
    }

    private float[] factors(String tensor) {
        Tensor stored = checkpoint.tensors().get(tensor);
        if (stored != null) return stored.values();
        String name = tensor.equals(LONG) ? "rope.scaling.long_factor" : "rope.scaling.short_factor";
        List<?> listed = keys.list(key(name));
        if (listed == null) throw new ModelException(keys.file(), name, "a list of numbers", "nothing");
        float[] factors = new float[listed.size()];
        for (int i = 0; i < factors.length; i++) factors[i] = ((Number) listed.get(i)).floatValue();
        return factors;
    }

    /// LongRoPE (arXiv:2402.13753) stretches cosine and sine by how many times the context has grown.
    private double longMagnitude() {
        double grown = keys.has(key("rope.scaling.factor")) ? factor() : (double) contextLength() / originalLength();
        double usual = grown <= 1 ? 1 : Math.sqrt(1 + Math.log(grown) / Math.log(originalLength()));
        return number("rope.scaling.attention_factor", number("rope.scaling.attn_factor", usual));
    }

    private int contextLength() { return keys.count(key("context_length"), 1, MAX_CONTEXT, 1); }

    private int originalLength() { return keys.count(key("rope.scaling.original_context_length"), 1, MAX_CONTEXT, contextLength()); }

    private String type() { return keys.text(key("rope.scaling.type")).orElse("none"); }

    private double factor() { return number("rope.scaling.factor", 1); }

    private double number(String name, double fallback) { return keys.number(key(name)).orElse(fallback); }

    private String key(String name) { return arch.ggufName + "." + name; }
}
