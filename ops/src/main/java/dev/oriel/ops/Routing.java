package dev.oriel.ops;

/// How router logits become expert weights: probabilities over all experts, of which the `used` largest are kept.
///
/// @param used       experts kept per token
/// @param normalised whether the kept probabilities are divided by their sum
/// @param scale      factor on the kept weights
public record Routing(int used, boolean normalised, float scale) {}
