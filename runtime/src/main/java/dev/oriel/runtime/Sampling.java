package dev.oriel.runtime;

/// How the next token is chosen. The filters work in llama.cpp's order: repeat penalty, top-k, top-p, min-p, temperature.
///
/// @param temperature   0 for greedy
/// @param topK          keep the k likeliest; 0 for all
/// @param topP          keep the likeliest whose probabilities reach this sum (arXiv:1904.09751); 1 for all
/// @param minP          keep those at least this fraction as likely as the likeliest (arXiv:2407.01082); 0 for all
/// @param repeatPenalty divides positive and multiplies negative logits of the last [#REPEAT_WINDOW] tokens (arXiv:1909.05858); 1 for none
/// @param seed          of the random choice
public record Sampling(float temperature, int topK, float topP, float minP, float repeatPenalty, long seed) {
    /// Tokens back that the repeat penalty looks.
    public static final int REPEAT_WINDOW = 64;

    public Sampling {
        require(temperature >= 0 && Float.isFinite(temperature), "temperature", "0 or more", temperature);
        require(topK >= 0, "top-k", "0 or more", topK);
        require(topP > 0 && topP <= 1, "top-p", "above 0, at most 1", topP);
        require(minP >= 0 && minP <= 1, "min-p", "0 to 1", minP);
        require(repeatPenalty > 0 && Float.isFinite(repeatPenalty), "repeat penalty", "above 0", repeatPenalty);
    }

    /// Always the likeliest token.
    public static Sampling greedy() { return new Sampling(0, 0, 1, 0, 1, 0); }

    /// From the model's own distribution at this temperature.
    public static Sampling at(float temperature) { return new Sampling(temperature, 0, 1, 0, 1, 0); }

    /// Whether some tokens may be out of the question.
    boolean filters() { return topK > 0 || topP < 1 || minP > 0; }

    public Sampling withTopK(int topK) { return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed); }

    public Sampling withTopP(float topP) { return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed); }

    public Sampling withMinP(float minP) { return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed); }

    public Sampling withRepeatPenalty(float repeatPenalty) { return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed); }

    public Sampling withSeed(long seed) { return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed); }

    private static void require(boolean ok, String what, String expected, Object found) {
        if (!ok) throw new IllegalArgumentException(what + ": expected " + expected + ", found " + found);
    }
}
