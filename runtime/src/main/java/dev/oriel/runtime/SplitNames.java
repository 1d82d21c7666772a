package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The name that GGUF has (`tokenizer.ggml.pre`) for how a `tokenizer.json` splits text into words.
final class SplitNames {
    private static final String BLOOM_WRITTEN = " ?[^(\\s|[.,!?…。，、।۔،])]+";

    private SplitNames() {}

    /// @param wholeWords  a word that is a token is not merged
    /// @param cleanSpaces decoded text loses spaces before punctuation
    /// @throws ModelException for a rule that has no name: under a wrong one, text would be cut differently in silence
    static String of(Path file, Object preTokenizer, boolean wholeWords, boolean cleanSpaces) {
        List<Map<?, ?>> steps = TokenizerKeys.steps(preTokenizer, "pretokenizers");
        if (isFalcons(steps)) return "falcon";
        boolean bytes = !steps.isEmpty() && "ByteLevel".equals(steps.getLast().get("type")) && !Boolean.TRUE.equals(steps.getLast().get("add_prefix_space"));
        List<String> patterns = new ArrayList<>();
        for (Map<?, ?> step : steps) patterns.add(pattern(step));
        if (!bytes || patterns.contains(null)) throw unknown(file, preTokenizer);
        patterns.removeIf(String::isEmpty);
        if (patterns.equals(List.of(BLOOM_WRITTEN))) return cleanSpaces ? "bloom" : "poro-chat";
        return Tokenizers.splitName(patterns, wholeWords, cleanSpaces).orElseThrow(() -> unknown(file, preTokenizer));
    }

    /// The pattern whose matches a step isolates, empty for one that splits nothing, null for any other step.
    private static String pattern(Map<?, ?> step) {
        boolean inverted = Boolean.TRUE.equals(step.get("invert"));
        // These patterns leave nothing between their matches, so to drop that is to isolate them.
        boolean isolated = inverted ? "Removed".equals(step.get("behavior")) : "Isolated".equals(step.get("behavior"));
        return switch (String.valueOf(step.get("type"))) {
            case "ByteLevel" -> Boolean.FALSE.equals(step.get("use_regex")) ? "" : Tokenizers.gpt2Words();
            case "Digits" -> Boolean.TRUE.equals(step.get("individual_digits")) ? "\\p{N}" : "\\p{N}+";
            case "Split" -> isolated && step.get("pattern") instanceof Map<?, ?> pattern && pattern.get("Regex") instanceof String regex ? regex : null;
            default -> null;
        };
    }

    private static boolean isFalcons(List<Map<?, ?>> steps) {
        return steps.stream().map(step -> String.valueOf(step.get("type"))).toList().equals(List.of("Punctuation", "ByteLevel", "Digits", "Split"))
                && "Contiguous".equals(steps.getFirst().get("behavior")) && "[0-9][0-9][0-9]".equals(pattern(steps.getLast()));
    }

    private static ModelException unknown(Path file, Object preTokenizer) {
        return new ModelException(file, "pre_tokenizer", "one that GGUF has a name for: that of gpt-2, starcoder, llama 3, qwen 2, gpt-4o, tekken, deepseek v3, falcon, bloom and others",
                Json.write(preTokenizer));
    }
}
