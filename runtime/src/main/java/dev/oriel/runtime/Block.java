package dev.oriel.runtime;

import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;

/// The packed weights of one block; what the model does not have is null. Which parts are present decides which steps the plan gets.
///
/// @param attentionNorm     before attention
/// @param qkv               `[(heads + kvHeads) * keyDim + kvHeads * valueDim, width]`: queries, keys, values; null where they come by way of a latent
/// @param latent            what makes queries, keys and values instead
/// @param queryNorm         over each query head, or over all of them
/// @param keyNorm           the same for keys
/// @param sinks             per head, see [dev.oriel.ops.Attention]
/// @param output            `[width, heads * valueDim]`
/// @param postAttentionNorm over what attention adds
/// @param middleNorm        over the residual stream after attention was added
/// @param mlpNorm           before the MLP; null where the MLP reads what attention reads, or the stream itself
/// @param mlp               exactly one of plain, gated, experts
/// @param postMlpNorm       over what the MLP adds
/// @param endNorm           over the residual stream after the MLP was added
record Block(Norm attentionNorm, Linear qkv, Latent latent, Norm queryNorm, Norm keyNorm, float[] sinks, Linear output, Norm postAttentionNorm, Norm middleNorm,
        Norm mlpNorm, Mlp mlp, Norm postMlpNorm, Norm endNorm) {

    /// A matrix and its bias, or null for none.
    record Linear(Matrix weight, Rows bias) {}

    /// What encoders put before their head: norm(f(dense(x))).
    record Transform(Linear dense, Nonlinearity f, Norm norm) {
        /// In place, over the first `n` rows.
        void run(Ops ops, Rows x, int n) {
            try (Rows out = ops.rows(Math.max(1, n), x.width())) {
                ops.matmul(dense.weight(), dense.bias(), x, out, n);
                ops.activate(f, out, out, n);
                ops.norm(norm, out, x, n);
            }
        }
    }

    /// Multi-head latent attention (arXiv:2405.04434): queries and keys are the product of a tall and a wide matrix; all heads share the rotated part of the key.
    ///
    /// @param queryDown `[queryRank, width]`; null where queries are made directly
    /// @param queryNorm over its results
    /// @param query     `[heads * keyDim, queryRank or width]`
    /// @param down      `[rank + ropeDim, width]`: the latent of keys and values, then the rotated part of the key
    /// @param norm      over the latent
    /// @param up        `[heads * (keyDim - ropeDim + valueDim), rank]`: per head, the rest of its key, then its value
    record Latent(Linear queryDown, Norm queryNorm, Linear query, Linear down, Norm norm, Linear up) {}

    sealed interface Mlp {}

    /// down(f(up(x)))
    record Plain(Linear up, Linear down) implements Mlp {}

    /// down(f(gate(x)) * up(x)): `gateUp` has the gate's rows first.
    record Gated(Linear gateUp, Linear down) implements Mlp {}

    /// A router and the experts it weighs.
    ///
    /// @param correction per expert, see [dev.oriel.ops.Routing]; or null
    /// @param shared     an expert that every token goes to, or null
    /// @param sharedGate one row, whose sigmoid weighs the shared expert; or null
    record Mixture(Linear router, float[] correction, Experts experts, Gated shared, Linear sharedGate) implements Mlp {}
}
