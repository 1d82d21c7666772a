package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// `adapter_config.json`: how PEFT scales each product. What would make an adapter something else than a product to add is refused.
final class PeftConfig {
    /// Kinds of LoRA whose weights mean something else.
    private static final List<String> OTHER_KINDS = List.of("use_dora", "lora_bias", "use_qalora", "use_bdlora", "target_parameters", "trainable_token_indices",
            "layer_replication", "alora_invocation_tokens", "arrow_config", "kasa_config", "velora_config", "monteclora_config");
    /// How training may begin and leave the model's own weights as they are; other ways take something away from them first.
    private static final Set<Object> BEGINNINGS = Set.of(true, false, "gaussian", "eva", "orthogonal", "mica");
    private static final int MAX_KEY = 512;
    /// Steps after which a pattern is taken for one that never ends.
    private static final int MAX_STEPS = 100_000;

    private final String file;
    private final Map<String, Object> values = new LinkedHashMap<>();

    PeftConfig(Path path) {
        file = path.toString();
        if (!(Json.parse(path) instanceof Map<?, ?> members)) throw new ModelException(file, "content", "a JSON object", "another value");
        members.forEach((key, value) -> values.put(String.valueOf(key), value));
        Object kind = values.get("peft_type");
        if (!"LORA".equals(kind)) throw new ModelException(file, "peft_type", "LORA", kind);
        for (String key : OTHER_KINDS) if (given(key)) throw new ModelException(file, key, "nothing, for this kind of LoRA is not supported", values.get(key));
        Object beginning = values.getOrDefault("init_lora_weights", true);
        if (beginning != null && !BEGINNINGS.contains(beginning))
            throw new ModelException(file, "init_lora_weights", "an adapter to the published weights, which save_pretrained makes with path_initial_model_for_weight_conversion",
                    beginning);
    }

    private boolean given(String key) {
        return switch (values.get(key)) {
            case null -> false;
            case Boolean flag -> flag;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    /// Whether the head is to go on being the embedding, with what is added to that.
    boolean headFollowsEmbedding() { return given("ensure_weight_tying"); }

    /// Tells what products are multiplied by from what they might be.
    int fingerprint() { return Objects.hash(String.valueOf(values.get("lora_alpha")), String.valueOf(values.get("alpha_pattern")), given("use_rslora")); }

    /// What the product of a module is multiplied by.
    float factor(String module, int rank) {
        double alpha = number("lora_alpha", values.get("lora_alpha"));
        if (values.get("alpha_pattern") instanceof Map<?, ?> patterns)
            for (Map.Entry<?, ?> pattern : patterns.entrySet())
                if (fits(String.valueOf(pattern.getKey()), module)) {
                    alpha = number("alpha_pattern." + pattern.getKey(), pattern.getValue());
                    break;
                }
        return (float) (given("use_rslora") ? alpha / Math.sqrt(rank) : alpha / rank);
    }

    private double number(String key, Object value) {
        if (value instanceof Number n && Double.isFinite(n.doubleValue())) return n.doubleValue();
        throw new ModelException(file, key, "a number", value);
    }

    /// PEFT takes keys for regular expressions of a name, or of its end after a dot.
    private boolean fits(String key, String module) {
        if (key.length() > MAX_KEY) throw new ModelException(file, "alpha_pattern", "keys of at most " + MAX_KEY + " characters", key.length());
        try {
            return Pattern.compile("(.*\\.)?(" + key + ")$").matcher(new Counted(module, new int[1])).lookingAt();
        } catch (PatternSyntaxException | TooLong | StackOverflowError e) {
            throw new ModelException(file, "alpha_pattern", "a regular expression of a module's name", key);
        }
    }

    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() { super(null, null, false, false); }
    }

    /// A text that may not be looked at forever: patterns come from strangers.
    private record Counted(String text, int[] steps) implements CharSequence {
        @Override
        public char charAt(int index) {
            if (++steps[0] > MAX_STEPS) throw new TooLong();
            return text.charAt(index);
        }

        @Override
        public int length() { return text.length(); }

        @Override
        public CharSequence subSequence(int start, int end) { return text.substring(start, end); }

        @Override
        public String toString() { return text; }
    }
}
