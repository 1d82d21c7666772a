package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.List;

/// How a text was sorted into a model's classes.
///
/// @param labels        the classes' names
/// @param logits        one number per class, as the model gives it; not copied
/// @param probabilities the same between 0 and 1: they add up to 1, or stand each by itself where a text may have several classes, or where there is only one. Of a
///                      regression, the logits
/// @param tokens        how many were read, those included that the tokenizer adds
/// @param dropped       how many of the text's tokens were left out because the model reads no more
/// @param trace         what probes recorded
public record Classification(List<String> labels, float[] logits, double[] probabilities, int tokens, int dropped, Trace trace) {

    /// The likeliest class.
    public String label() {
        int best = 0;
        for (int i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
        return labels.get(best);
    }

    /// @throws ModelException if there is no class of this name
    public double probability(String label) {
        int at = labels.indexOf(label);
        if (at < 0) throw new ModelException("class: expected one of " + labels + ", found " + label);
        return probabilities[at];
    }
}
