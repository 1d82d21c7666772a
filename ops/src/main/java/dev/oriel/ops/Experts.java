package dev.oriel.ops;

import java.util.List;

/// The feed-forward experts of one layer.
///
/// @param gateUp       per expert `[2 * feedForward, model]`: gate rows, then up rows
/// @param down         per expert `[model, feedForward]`
/// @param nonlinearity applied to the gate
public record Experts(List<Matrix> gateUp, List<Matrix> down, Nonlinearity nonlinearity) {
    public int count() { return down.size(); }

    public int feedForward() { return down.getFirst().columns(); }
}
