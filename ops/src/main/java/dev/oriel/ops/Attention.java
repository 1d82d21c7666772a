package dev.oriel.ops;

/// The fixed parameters of one layer's attention. Query head `h` reads key-value head `h / (heads / kvHeads)`.
///
/// @param heads    query heads
/// @param kvHeads  key-value heads
/// @param keyDim   numbers of one query and one key
/// @param valueDim numbers of one value
/// @param scale    factor on query · key
/// @param softCap  scores become `softCap * tanh(score / softCap)`; 0 for none
/// @param window   a query at position p sees keys at positions greater than `p - window` and, where it sees later ones, less than `p + window`; 0 for all
/// @param causal   a query sees only slots up to its own
/// @param slopes   per head, what a score loses with every position between query and key (ALiBi, arXiv:2108.12409); null for none
/// @param sinks    per head, a score beside those of the slots that takes its share of the softmax and has no value; null for none
public record Attention(int heads, int kvHeads, int keyDim, int valueDim, float scale, float softCap, int window, boolean causal, float[] slopes, float[] sinks) {

    /// Without slopes and sinks.
    public Attention(int heads, int kvHeads, int keyDim, int valueDim, float scale, float softCap, int window, boolean causal) {
        this(heads, kvHeads, keyDim, valueDim, scale, softCap, window, causal, null, null);
    }

    public int groupSize() { return heads / kvHeads; }

    public Attention withSlopes(float[] slopes) { return new Attention(heads, kvHeads, keyDim, valueDim, scale, softCap, window, causal, slopes, sinks); }

    public Attention withSinks(float[] sinks) { return new Attention(heads, kvHeads, keyDim, valueDim, scale, softCap, window, causal, slopes, sinks); }

    /// The same where every query sees every slot.
    public Attention unmasked() { return new Attention(heads, kvHeads, keyDim, valueDim, scale, softCap, 0, false, slopes, sinks); }

    /// The sink of a head; -inf, which takes no share, for one without.
    float sink(int head) { return sinks == null ? Float.NEGATIVE_INFINITY : sinks[head]; }

    /// What a score of this head loses per position.
    float slope(int head) { return slopes == null ? 0 : slopes[head]; }

    /// Whether masks and scores depend on positions.
    boolean positional() { return window != 0 || slopes != null; }
}
