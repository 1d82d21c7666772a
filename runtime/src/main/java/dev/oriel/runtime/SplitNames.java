package dev.oriel.runtime;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The name that GGUF has (`tokenizer.ggml.pre`) for how a `tokenizer.json` splits text into words.
final class SplitNames {
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    private static final String CASED = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "*" + LOWER + "+%1$s|[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "+" + LOWER
            + "*%1$s|\\p{N}%2$s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private SplitNames() {}

    /// @param wholeWords  a word that is a token is not merged
    /// @param cleanSpaces decoded text loses spaces before punctuation
    /// @throws ModelException for a rule that has no name here: under a wrong one, text would be cut differently in silence
    static String of(Path file, Object preTokenizer, boolean wholeWords, boolean cleanSpaces) {
        List<Map<?, ?>> steps = TokenizerKeys.steps(preTokenizer, "pretokenizers");
        if (steps.isEmpty() || !"ByteLevel".equals(steps.getLast().get("type"))) throw unknown(file, preTokenizer);
        boolean gpt2 = !Boolean.FALSE.equals(steps.getLast().get("use_regex"));
        List<Map<?, ?>> before = steps.subList(0, steps.size() - 1);
        if (before.isEmpty() && gpt2) return cleanSpaces ? "gpt-2" : "trillion";
        if (before.size() != 1) throw unknown(file, preTokenizer);
        Map<?, ?> step = before.getFirst();
        if (gpt2 && "Digits".equals(step.get("type")) && Boolean.TRUE.equals(step.get("individual_digits"))) return cleanSpaces ? "starcoder" : "smollm";
        Object pattern = step.get("pattern") instanceof Map<?, ?> p ? p.get("Regex") : null;
        if (gpt2 || pattern == null) throw unknown(file, preTokenizer);
        if (pattern.equals(WORDS.formatted("{1,3}"))) return wholeWords ? "llama-bpe" : "dbrx";
        if (pattern.equals(WORDS.formatted(""))) return "qwen2";
        if (pattern.equals(CASED.formatted(ENDING, "{1,3}"))) return "gpt-4o";
        if (pattern.equals(CASED.formatted("", ""))) return "tekken";
        throw unknown(file, preTokenizer);
    }

    private static ModelException unknown(Path file, Object preTokenizer) {
        return new ModelException(file, "pre_tokenizer", "one that GGUF has a name for: that of gpt-2, starcoder, smollm, llama 3, dbrx, qwen 2, gpt-4o or tekken",
                Json.write(preTokenizer));
    }
}
