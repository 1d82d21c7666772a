package dev.oriel.runtime.text;

import java.util.Arrays;
import java.util.Optional;

/// The marks around a model's reasoning, by what its template has.
enum Thinking {
    HARMONY("<|channel|>analysis", "<|channel|>analysis<|message|>", "<|end|>"),
    GEMMA("<|channel>thought", "<|channel>thought\n", "<channel|>"),
    COHERE("<|START_THINKING|>", "<|START_THINKING|>", "<|END_THINKING|>"),
    MISTRAL("[THINK]", "[THINK]", "[/THINK]"),
    SEED("<seed:think>", "<seed:think>", "</seed:think>"),
    MINIMAX("<mm:think>", "<mm:think>", "</mm:think>"),
    HUNYUAN("<think{}>", "<think:opensource>", "</think:opensource>"),
    APERTUS("<|inner_prefix|>", "<|inner_prefix|>", "<|inner_suffix|>"),
    APRIEL("[BEGIN FINAL RESPONSE]", "Here are my reasoning steps:\n", "[BEGIN FINAL RESPONSE]"),
    SOLAR("<|think|>", "<|think|>", "<|end|>"),
    TAGS("</think>", "<think>", "</think>");

    private final String shown;
    final String open;
    final String close;

    /// @param shown what a template has that knows these marks
    Thinking(String shown, String open, String close) {
        this.shown = shown;
        this.open = open;
        this.close = close;
    }

    static Optional<Thinking> of(String template) { return Arrays.stream(values()).filter(row -> template.contains(row.shown)).findFirst(); }

    /// Whether an answer to `prompt` begins within the reasoning.
    boolean begunBy(String prompt) { return prompt.stripTrailing().endsWith(open.strip()); }

    /// Whether an answer began within it, as seen from its text: it ends before it begins. `<|end|>` ends other things too.
    boolean begunIn(String answer) {
        int end = answer.indexOf(close);
        int start = answer.indexOf(open);
        return end >= 0 && (start < 0 || start > end) && !close.equals("<|end|>");
    }
}
