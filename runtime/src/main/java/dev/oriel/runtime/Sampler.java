package dev.oriel.runtime;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/// Chooses tokens as a [Sampling] says. One per generation: it owns the random state.
final class Sampler {
    private final Sampling sampling;
    private final SplittableRandom random;
    private final FullDraw full = new FullDraw();

    Sampler(Sampling sampling) {
        this.sampling = sampling;
        random = new SplittableRandom(sampling.seed());
    }

    /// The next token after `history[0 .. length)`; of equally likely ones the lowest id. May change `logits`.
    int next(float[] logits, int[] history, int length) {
        if (sampling.repeatPenalty() != 1) penalise(logits, history, length);
        int likeliest = likeliest(logits);
        if (sampling.temperature() == 0) return likeliest;
        if (!sampling.filters()) return full.draw(logits, likeliest, sampling.temperature(), random);
        return candidates(logits, likeliest).draw(sampling.temperature(), random.nextDouble());
    }

    /// The distribution from which [#next] draws, by id. May change `logits`.
    double[] probabilities(float[] logits, int[] history, int length) {
        if (sampling.repeatPenalty() != 1) penalise(logits, history, length);
        int likeliest = likeliest(logits);
        if (sampling.temperature() > 0) return candidates(logits, likeliest).probabilities(sampling.temperature());
        double[] one = new double[logits.length];
        one[likeliest] = 1;
        return one;
    }

    /// A token with these probabilities, which need not sum to 1.
    int draw(double[] probabilities) {
        double left = random.nextDouble() * Arrays.stream(probabilities).sum();
        int last = 0;
        for (int id = 0; id < probabilities.length; id++) {
            if (probabilities[id] == 0) continue;
            last = id;
            left -= probabilities[id];
            if (left < 0) break;
        }
        return last;
    }

    /// The guess itself or another token in its place, so that the result is distributed as `probabilities` (rejection sampling, arXiv:2211.17192, algorithm 1).
    int check(double[] probabilities, Guesser.Guess guess) {
        double[] guessed = guess.probabilities();
        if (random.nextDouble() * (guessed == null ? 1 : guessed[guess.id()]) < probabilities[guess.id()]) return guess.id();
        double[] rest = probabilities.clone();
        if (guessed == null) rest[guess.id()] = 0;
        else for (int id = 0; id < guessed.length; id++) rest[id] = Math.max(0, rest[id] - guessed[id]);
        return draw(rest);
    }

    private Candidates candidates(float[] logits, int likeliest) {
        Candidates c = new Candidates(logits, likeliest);
        if (sampling.topK() > 0) c.keep(Math.min(sampling.topK(), c.count()));
        if (sampling.topP() < 1) c.keep(c.reaching(sampling.topP()));
        if (sampling.minP() > 0) c.keep(c.atLeast(sampling.minP()));
        return c;
    }

    private void penalise(float[] logits, int[] history, int length) {
        Set<Integer> recent = new HashSet<>();
        for (int i = Math.max(0, length - Sampling.REPEAT_WINDOW); i < length; i++) recent.add(history[i]);
        for (int id : recent) logits[id] = logits[id] > 0 ? logits[id] / sampling.repeatPenalty() : logits[id] * sampling.repeatPenalty();
    }

    static int likeliest(float[] logits) {
        int best = 0;
        float most = logits[0];
        for (int id = 1; id < logits.length; id++)
            if (logits[id] > most) {
                most = logits[id];
                best = id;
            }
        return best;
    }
}
