package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.Arrays;

/// How much could flow from each token at the bottom to one token at the top, if attention were pipes: the largest flow through the layers whose edges carry at
/// most the mixed attention of [AttentionRollout] (B).
///
/// Abnar and Zuidema, Quantifying Attention Flow in Transformers (ACL 2020, arXiv:2005.00928). A flow per token is found, so texts are limited to [#MAX_TOKENS].
///
/// @param flow       per token
/// @param normalised the same over its sum
public record AttentionFlow(double[] flow, double[] normalised) {
    public static final int MAX_TOKENS = 64;

    /// Measures the flows to the token at `query` in the last layer.
    ///
    /// @param probes edits under which to measure
    /// @throws ModelException if there are more than [#MAX_TOKENS] tokens
    public static AttentionFlow of(Model model, Input input, int query, Probe... probes) {
        if (input.length() > MAX_TOKENS) throw new ModelException("attention flow: expected at most " + MAX_TOKENS + " tokens, found " + input.length());
        if (query < 0 || query >= input.length()) throw new ModelException("attention flow: expected a query in 0.." + (input.length() - 1) + ", found " + query);
        double[][][] mixed = new double[model.hyper().layers().size()][][];
        Pattern.read(model, input.withLastLogitsOnly(), Range.ALL, (layer, pattern) -> mixed[layer] = AttentionRollout.mixed(pattern), probes);
        return of(mixed, query);
    }

    /// @param mixed B of each layer, `[query][key]`
    static AttentionFlow of(double[][][] mixed, int query) {
        double[] flow = new double[mixed[0].length];
        for (int token = 0; token < flow.length; token++) flow[token] = new MaxFlow(mixed).between(query, token);
        double sum = Arrays.stream(flow).sum();
        return new AttentionFlow(flow, Arrays.stream(flow).map(f -> f / sum).toArray());
    }
}
