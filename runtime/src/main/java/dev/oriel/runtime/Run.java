package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;

/// One forward pass: logits, and what its probes recorded.
public final class Run {
    private final float[] logits;
    private final int vocabulary;
    private final int first;
    private final Trace trace;

    /// @param first index among the run's tokens of the first one with logits
    Run(float[] logits, int vocabulary, int first, Trace trace) {
        this.logits = logits;
        this.vocabulary = vocabulary;
        this.first = first;
        this.trace = trace;
    }

    /// Tokens of the run.
    public int positions() { return first + logits.length / vocabulary; }

    /// The logits after token `position` of the run: `vocabulary` floats.
    public float[] logits(int position) {
        int at = at(position);
        return Arrays.copyOfRange(logits, at, at + vocabulary);
    }

    /// The logits after the last token.
    public float[] lastLogits() { return logits(positions() - 1); }

    /// The same, not copied where there are no others.
    float[] onlyLogits() { return logits.length == vocabulary ? logits : lastLogits(); }

    /// All logits, row-major `[pos, vocabulary]`: of every position, or of the last where only that was asked for.
    public float[] logits() { return logits; }

    /// One logit.
    public float logit(int position, int id) { return logits[at(position) + requireId(id)]; }

    /// Natural logarithm of the probability of token `id` after token `position` of the run.
    public double logProbability(int position, int id) {
        int at = at(position);
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) most = Math.max(most, logits[at + i]);
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) sum += Math.exp(logits[at + i] - most);
        return logits[at + requireId(id)] - most - Math.log(sum);
    }

    public Trace trace() { return trace; }

    private int at(int position) {
        if (logits.length == 0) throw new ModelException("this run has no logits: the model has no head");
        if (position < first || position >= positions())
            throw new ModelException("logits: expected a position in " + first + ".." + (positions() - 1) + ", found " + position + (first > 0 ? "; only the last was asked for" : ""));
        return (position - first) * vocabulary;
    }

    private int requireId(int id) {
        if (id < 0 || id >= vocabulary) throw new ModelException("token id: expected 0.." + (vocabulary - 1) + ", found " + id);
        return id;
    }
}
