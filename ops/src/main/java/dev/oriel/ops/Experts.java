package dev.oriel.ops;

import java.util.List;

/// The feed-forward experts of one layer.
///
/// @param gateUp     per expert `[2 * feedForward, model]`: gate rows, then up rows
/// @param gateUpBias per expert `[1, 2 * feedForward]`, or null
/// @param down       per expert `[model, feedForward]`
/// @param downBias   per expert `[1, model]`, or null
/// @param gating     how gate and up meet
public record Experts(List<Matrix> gateUp, List<Rows> gateUpBias, List<Matrix> down, List<Rows> downBias, Gating gating) {

    /// Without biases.
    public Experts(List<Matrix> gateUp, List<Matrix> down, Nonlinearity nonlinearity) { this(gateUp, null, down, null, Gating.of(nonlinearity)); }

    public int count() { return down.size(); }

    public int feedForward() { return down.getFirst().columns(); }

    Rows gateUpBias(int expert) { return gateUpBias == null ? null : gateUpBias.get(expert); }

    Rows downBias(int expert) { return downBias == null ? null : downBias.get(expert); }
}
