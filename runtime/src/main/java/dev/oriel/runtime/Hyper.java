package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import java.util.List;
import java.util.Optional;

/// Everything about a model's shape that is not a weight. After this is read, nothing asks for the architecture's name.
///
/// @param architecture    as files call it, for people only
/// @param vocabulary      rows of the embedding
/// @param width           numbers of the residual stream (d_model)
/// @param feedForward     numbers of the MLP's hidden layer (d_mlp)
/// @param contextLength   positions the model was made for
/// @param layers          one entry per block
/// @param norm            kind of every norm on the residual stream
/// @param epsilon         of every norm
/// @param nonlinearity    of the MLP
/// @param parallel        attention and MLP both read the block's input, and both are added to it
/// @param embeddingScale  factor on token embeddings
/// @param logitSoftCap    0 for none
/// @param routing         how experts are chosen, where the model has experts
public record Hyper(String architecture, int vocabulary, int width, int feedForward, int contextLength, List<Layer> layers, Norm.Kind norm, float epsilon,
        Nonlinearity nonlinearity, boolean parallel, float embeddingScale, float logitSoftCap, Optional<Routing> routing, int experts) {

    /// What may differ from block to block.
    ///
    /// @param attention heads, sizes, scale, window
    /// @param rope      absent where positions are learned embeddings
    public record Layer(Attention attention, Optional<Rope> rope) {}

    /// The first layer's attention: head counts and sizes are the same in all of them.
    public Attention attention() { return layers.getFirst().attention(); }
}
