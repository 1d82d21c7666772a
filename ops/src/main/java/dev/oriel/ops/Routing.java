package dev.oriel.ops;

import java.util.Arrays;

/// Which experts a token goes to, given the router's probabilities: the `used` most probable ones.
///
/// @param used       experts kept per token
/// @param normalised whether the kept probabilities are divided by their sum
/// @param scale      factor on the kept weights
/// @param groups     consecutive groups of equal size that experts are in (1 for no groups)
/// @param usedGroups groups that a token's experts may come from: those with the largest single probabilities; where there are corrections, with the largest sums of two
/// @param correction per expert, added to its probability where experts are chosen, but not to its weight; null for none (arXiv:2408.15664)
public record Routing(int used, boolean normalised, float scale, int groups, int usedGroups, float[] correction) {

    /// Without groups.
    public Routing(int used, boolean normalised, float scale) { this(used, normalised, scale, 1, 1, null); }

    public Routing withCorrection(float[] correction) { return new Routing(used, normalised, scale, groups, usedGroups, correction); }

    /// What experts are chosen by.
    float[] corrected(float[] probabilities) {
        if (correction == null) return probabilities;
        float[] sums = Arrays.copyOf(probabilities, probabilities.length);
        for (int expert = 0; expert < sums.length; expert++) sums[expert] += correction[expert];
        return sums;
    }
}
