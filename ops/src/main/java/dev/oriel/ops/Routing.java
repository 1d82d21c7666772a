package dev.oriel.ops;

/// How router logits become expert weights: probabilities over all experts, of which the `used` largest are kept.
///
/// @param used       experts kept per token
/// @param normalised whether the kept probabilities are divided by their sum
/// @param scale      factor on the kept weights
/// @param groups     consecutive groups of equal size that experts are in (1 for no groups)
/// @param usedGroups groups that a token's experts may come from: those with the largest single probabilities
public record Routing(int used, boolean normalised, float scale, int groups, int usedGroups) {

    /// Without groups.
    public Routing(int used, boolean normalised, float scale) { this(used, normalised, scale, 1, 1); }
}
