package dev.oriel.inspect;

import dev.oriel.runtime.Model;
import java.util.List;

/// What a head alone says about the next token: its part of the residual stream after the last token of a run, through the final norm with its scale kept and
/// the unembedding. All parts' logits together are the model's.
///
/// Instead of the unembedding a map that was learned for the head may read it ([#logits(int, int, Affine)]), as in Sakarvadia et al., "Attention Lens" (2023).
public final class HeadLens {
    private final Model model;
    private final ResidualDecomposition stream;
    private final FrozenNorm norm;

    private HeadLens(Model model, ResidualDecomposition stream) {
        this.model = model;
        this.stream = stream;
        norm = stream.finalNorm(model);
    }

    public static HeadLens of(Model model, ResidualDecomposition stream) { return new HeadLens(model, stream); }

    /// Of the row at `position` of `ids`.
    public static HeadLens of(Model model, int[] ids, int position) { return of(model, ResidualDecomposition.of(model, ids, position)); }

    /// What a head adds to every logit: `[vocabulary]`.
    public float[] logits(int layer, int head) { return model.project(new float[][] {norm.apply(stream.head(layer, head).vector())})[0]; }

    /// What a learned map reads in what the head adds to the residual stream.
    public float[] logits(int layer, int head, Affine lens) { return lens.apply(stream.head(layer, head).vector()); }

    /// The `count` tokens a head raises most.
    public List<TokenScore> top(int layer, int head, int count) { return TokenScore.top(logits(layer, head), count); }
}
