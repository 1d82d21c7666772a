package dev.oriel.runtime;

import java.util.Arrays;

/// One forward pass over all positions: its logits, and what its probes recorded.
public final class Run {
    private final float[] logits;
    private final int vocabulary;
    private final Trace trace;

    Run(float[] logits, int vocabulary, Trace trace) {
        this.logits = logits;
        this.vocabulary = vocabulary;
        this.trace = trace;
    }

    public int positions() { return logits.length / vocabulary; }

    /// The logits after position `position`: `vocabulary` floats.
    public float[] logits(int position) { return Arrays.copyOfRange(logits, position * vocabulary, (position + 1) * vocabulary); }

    /// All logits, row-major `[pos, vocabulary]`.
    public float[] logits() { return logits; }

    public Trace trace() { return trace; }
}
