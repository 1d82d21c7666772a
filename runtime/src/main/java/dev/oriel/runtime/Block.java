package dev.oriel.runtime;

import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rows;

/// The packed weights of one block; what the model does not have is null. Which parts are present decides which steps the plan gets.
///
/// @param attentionNorm     before attention
/// @param qkv               `[(heads + kvHeads) * keyDim + kvHeads * valueDim, width]`: queries, keys, values
/// @param queryNorm         over each query head
/// @param keyNorm           over each key head
/// @param output            `[width, heads * valueDim]`
/// @param postAttentionNorm over what attention adds
/// @param mlpNorm           before the MLP; null where the MLP reads the attention's norm
/// @param mlp               exactly one of plain, gated, experts
/// @param postMlpNorm       over what the MLP adds
record Block(Norm attentionNorm, Linear qkv, Norm queryNorm, Norm keyNorm, Linear output, Norm postAttentionNorm, Norm mlpNorm, Mlp mlp, Norm postMlpNorm) {

    /// A matrix and its bias, or null for none.
    record Linear(Matrix weight, Rows bias) {}

    sealed interface Mlp {}

    /// down(f(up(x)))
    record Plain(Linear up, Linear down) implements Mlp {}

    /// down(f(gate(x)) * up(x)): `gateUp` has the gate's rows first.
    record Gated(Linear gateUp, Linear down) implements Mlp {}

    /// A router and the experts it weighs.
    record Mixture(Linear router, Experts experts) implements Mlp {}
}
