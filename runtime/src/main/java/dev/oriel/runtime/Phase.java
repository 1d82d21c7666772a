package dev.oriel.runtime;

/// When a probe acts: passes over a prompt, or passes that generation adds.
///
/// @param from first pass: [#PROMPT_PASS] for the prompt, n for the pass that takes in generated token n (from 0)
/// @param to   the pass after the last
public record Phase(int from, int to) {
    static final int PROMPT_PASS = -1;

    /// In every pass.
    public static final Phase EVERY = new Phase(PROMPT_PASS, Integer.MAX_VALUE);
    /// While a prompt, or a whole text, is read.
    public static final Phase PROMPT = new Phase(PROMPT_PASS, 0);
    /// While generated tokens are taken in, one a pass.
    public static final Phase GENERATION = new Phase(0, Integer.MAX_VALUE);

    public Phase {
        if (from < PROMPT_PASS || to <= from) throw new IllegalArgumentException("phase " + from + ":" + to + " is empty or negative");
    }

    /// While generated token `n` is taken in.
    public static Phase step(int n) {
        if (n < 0) throw new IllegalArgumentException("step: expected 0 or more, found " + n);
        return new Phase(n, n + 1);
    }

    boolean includes(int pass) { return pass >= from && pass < to; }

    @Override
    public String toString() {
        if (equals(EVERY)) return "every pass";
        if (equals(PROMPT)) return "the prompt";
        if (equals(GENERATION)) return "generation";
        return to == from + 1 ? "step " + from + " of the generation" : "steps " + from + ":" + to + " of the generation";
    }
}
