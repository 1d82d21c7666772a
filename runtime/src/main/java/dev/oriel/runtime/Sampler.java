package dev.oriel.runtime;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/// Chooses tokens as a [Sampling] says. One per generation: it owns the random state.
final class Sampler {
    private final Sampling sampling;
    private final SplittableRandom random;

    Sampler(Sampling sampling) {
        this.sampling = sampling;
        random = new SplittableRandom(sampling.seed());
    }

    /// The next token after `history[0 .. length)`; of equally likely ones the lowest id. May change `logits`.
    int next(float[] logits, int[] history, int length) {
        if (sampling.repeatPenalty() != 1) penalise(logits, history, length);
        if (sampling.temperature() == 0) return likeliest(logits);
        Candidates c = new Candidates(logits);
        if (sampling.topK() > 0) c.keep(Math.min(sampling.topK(), c.count()));
        if (sampling.topP() < 1) c.keep(c.reaching(sampling.topP()));
        if (sampling.minP() > 0) c.keep(c.atLeast(sampling.minP()));
        return c.draw(sampling.temperature(), random.nextDouble());
    }

    private void penalise(float[] logits, int[] history, int length) {
        Set<Integer> recent = new HashSet<>();
        for (int i = Math.max(0, length - Sampling.REPEAT_WINDOW); i < length; i++) recent.add(history[i]);
        for (int id : recent) logits[id] = logits[id] > 0 ? logits[id] / sampling.repeatPenalty() : logits[id] * sampling.repeatPenalty();
    }

    static int likeliest(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
        return best;
    }
}
