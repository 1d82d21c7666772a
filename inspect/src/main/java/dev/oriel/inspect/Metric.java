package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Run;
import java.util.function.ToDoubleFunction;

/// The number by which a sweep judges a run.
///
/// The metrics made here look at the logits after the last token only, [#loss] apart; sweeps use that: they compute no other logits and none of the tokens
/// before the first change. A lambda of one's own may look at every position, so it gets whole runs; wrap it in [#last] where it needs no more.
@FunctionalInterface
public interface Metric {
    double of(Run run);

    /// Whether the logits after the last token are all it looks at.
    default boolean lastOnly() { return false; }

    /// A metric of the logits after the last token.
    static Metric last(ToDoubleFunction<float[]> ofLogits) { return new Last(ofLogits); }

    /// One token's logit.
    static Metric logit(int id) { return last(logits -> logits[require(id, logits)]); }

    /// How much higher the logit of `right` is than that of `wrong`.
    static Metric logitDifference(int right, int wrong) { return last(logits -> logits[require(right, logits)] - logits[require(wrong, logits)]); }

    /// One token's probability.
    static Metric probability(int id) { return last(logits -> Math.exp(LogSoftmax.of(logits).at(require(id, logits)))); }

    /// Natural logarithm of one token's probability.
    static Metric logProbability(int id) { return last(logits -> LogSoftmax.of(logits).at(require(id, logits))); }

    /// Mean negative log-likelihood of a text's tokens after its first, in nats.
    ///
    /// @param ids the tokens that are run
    static Metric loss(int... ids) {
        if (ids.length < 2) throw new IllegalArgumentException("loss: expected two tokens or more, found " + ids.length);
        int[] text = ids.clone();
        return run -> {
            double sum = 0;
            for (int i = 1; i < text.length; i++) sum -= run.logProbability(i - 1, text[i]);
            return sum / (text.length - 1);
        };
    }

    private static int require(int id, float[] logits) {
        if (id < 0 || id >= logits.length) throw new ModelException("token id: expected 0.." + (logits.length - 1) + ", found " + id);
        return id;
    }

    /// A metric of the last logits.
    record Last(ToDoubleFunction<float[]> ofLogits) implements Metric {
        @Override
        public double of(Run run) { return ofLogits.applyAsDouble(run.lastLogits()); }

        @Override
        public boolean lastOnly() { return true; }
    }
}
