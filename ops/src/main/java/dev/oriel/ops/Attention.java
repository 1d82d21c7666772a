package dev.oriel.ops;

/// The fixed parameters of one layer's attention. Query head `h` reads key-value head `h / (heads / kvHeads)`.
///
/// @param heads    query heads
/// @param kvHeads  key-value heads
/// @param keyDim   numbers of one query and one key
/// @param valueDim numbers of one value
/// @param scale    factor on query · key
/// @param softCap  scores become `softCap * tanh(score / softCap)`; 0 for none
/// @param window   a query at position p sees keys at positions greater than `p - window`; 0 for all
/// @param causal   a query sees only slots up to its own
public record Attention(int heads, int kvHeads, int keyDim, int valueDim, float scale, float softCap, int window, boolean causal) {

    public int groupSize() { return heads / kvHeads; }
}
