package dev.oriel.runtime;

/// A document and how well it answers a query.
///
/// @param index   its place in what was ranked, from 0
/// @param score   between 0 and 1
/// @param logit   what the model gave
/// @param dropped tokens of the query and the document that were left out because the model reads no more
/// @param trace   what probes recorded
public record Ranked(int index, double score, float logit, int dropped, Trace trace) {}
