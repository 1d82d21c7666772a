package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Gating;
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
/// @param feedForward     numbers of the hidden layer of MLPs that are no mixture (d_mlp)
/// @param contextLength   positions the model was made for
/// @param layers          one entry per block
/// @param norm            kind of every norm on the residual stream
/// @param epsilon         of every norm
/// @param nonlinearity    of the MLP
/// @param headNonlinearity of what encoders put before their head
/// @param parallel        attention and MLP both read the block's input, and both are added to it
/// @param scales          constant factors
/// @param mixture         the experts, where the model has them
/// @param far             the rope of long sequences, where it is another one
/// @param latent          what queries, keys and values are made of, where they come by way of a latent
public record Hyper(String architecture, int vocabulary, int width, int feedForward, int contextLength, List<Layer> layers, Norm.Kind norm, float epsilon,
        Nonlinearity nonlinearity, Nonlinearity headNonlinearity, boolean parallel, Scales scales, Optional<Mixture> mixture, Optional<Far> far, Optional<Latent> latent) {

    /// What may differ from block to block.
    ///
    /// @param attention   heads, sizes, scale, window
    /// @param rope        absent where positions are not rotated
    /// @param feedForward numbers of the hidden layer of the MLP; in a mixture, of the expert that every token goes to (0 for none)
    public record Layer(Attention attention, Optional<Rope> rope, int feedForward) {}

    /// Constant factors, each 1 where a model has none.
    ///
    /// @param embedding on token embeddings
    /// @param residual  on what attention and MLP add
    /// @param logits    on logits
    /// @param softCap   logits become `softCap * tanh(logit / softCap)`; 0 for none
    /// @param clamp     queries, keys and values are kept within ±clamp; 0 for none
    public record Scales(float embedding, float residual, float logits, float softCap, float clamp) {}

    /// A mixture of experts.
    ///
    /// @param experts     in each layer that has them
    /// @param apart       whether a router's probabilities are sigmoids of its logits, each for itself, instead of a softmax over all
    /// @param routing     how a token's experts are chosen
    /// @param feedForward numbers of one expert's hidden layer
    /// @param gating      how the two halves of an expert meet
    public record Mixture(int experts, boolean apart, Routing routing, int feedForward, Gating gating) {}

    /// How sequences of more than `after` positions are rotated: by another rope, from their first token on (LongRoPE, arXiv:2402.13753), or by a base that grows with their
    /// length (dynamic NTK), where keys stay as they were rotated when they came.
    ///
    /// @param rope   of LongRoPE, or the usual one, which grows
    /// @param factor by which the base grows with length; 0 for LongRoPE
    public record Far(int after, Rope rope, float factor) {
        /// Which rope LongRoPE's long sequences have.
        static final int LONG = 1;

        boolean grows() { return factor > 0; }

        /// Which rope a sequence has that is `length` positions long: 0 for the usual one.
        int which(int length) { return length <= after ? 0 : grows() ? length : LONG; }

        /// The rope of a number that [#which] gave.
        Rope rope(int which) {
            if (!grows()) return rope;
            double grown = (double) factor * which / after - (factor - 1.0);
            float[] slowed = rope.frequencies().clone();
            int last = slowed.length - 1;
            for (int i = 1; i <= last; i++) slowed[i] = (float) (slowed[i] * Math.pow(grown, -(double) i / last));
            return new Rope(rope.headDim(), rope.first(), slowed, rope.magnitude());
        }
    }

    /// Sizes of multi-head latent attention (arXiv:2405.04434).
    ///
    /// @param queryRank numbers that queries are made of; 0 where they are made of the input itself
    /// @param rank      numbers that keys and values are made of
    /// @param ropeDim   columns of a key, its last, that are rotated and that all heads share
    public record Latent(int queryRank, int rank, int ropeDim) {}

    /// Columns of a head that rope turns; 0 where there is none.
    int ropeDims() { return layers.stream().flatMap(layer -> layer.rope().stream()).findFirst().map(rope -> 2 * rope.frequencies().length).orElse(0); }

    /// Positions that sequences may have where nobody says otherwise: a base that grows sets no end, but what it is stretched to means less and less.
    int reach() { return far.filter(Far::grows).map(f -> (int) Math.min(Integer.MAX_VALUE, Math.max(16.0, f.factor) * f.after)).orElse(contextLength); }

    /// The first layer's attention: head counts and sizes are the same in all of them.
    public Attention attention() { return layers.getFirst().attention(); }

    /// Experts in a layer that has them; 0 where there are none.
    public int experts() { return mixture.map(Mixture::experts).orElse(0); }
}
