package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.List;

/// What attention carries from each earlier token to a token's logit after the last token of a run: head h brings `pattern[h, last, k] v[k] W_O^h` from key k,
/// read as [DirectLogitAttribution] does. Summed over keys it is the head's share there.
///
/// Yan, Jia, "Promote, Suppress, Iterate: How Language Models Answer One-to-Many Factual Queries" (2025).
///
/// @param tokens whose logits
/// @param shares logit units, `[layer, head, key, token]`
public record TokenLens(int[] tokens, float[][][][] shares) {

    /// Of the row at `position` of `ids`. Later tokens are not run.
    public static TokenLens of(Model model, int[] ids, int position, int... tokens) {
        return of(model, Input.of(ResidualDecomposition.upTo(ids, position)), tokens);
    }

    /// Of the last row of a run, whose probes may change it.
    public static TokenLens of(Model model, Input input, int[] tokens, Probe... probes) {
        TokenScore.requireTokens(model, tokens);
        List<Probe> all = new ArrayList<>(List.of(probes));
        all.addAll(ResidualDecomposition.records(model));
        all.add(Probe.record(Site.PATTERN.lastRow()));
        all.add(Probe.record(Site.V));
        Trace trace = model.run(input.withLastLogitsOnly(), all.toArray(Probe[]::new)).trace();
        ResidualDecomposition.Reader reader = new ResidualDecomposition.Reader(model, trace);
        FrozenNorm end = ResidualDecomposition.finalNorm(model, reader.finalScale());
        float[][] directions = new float[tokens.length][];
        for (int t = 0; t < tokens.length; t++) directions[t] = end.pull(reader.weights().unembedding(tokens[t], 1));
        float[][][][] shares = new float[model.hyper().layers().size()][][][];
        for (int layer = 0; layer < shares.length; layer++) {
            FrozenNorm after = reader.after(layer, Site.LN1_POST_SCALE, "ln1_post");
            float[][] here = new float[tokens.length][];
            for (int t = 0; t < tokens.length; t++) here[t] = after.pull(directions[t]);
            shares[layer] = layer(model, reader.weights(), trace, layer, here);
        }
        return new TokenLens(tokens.clone(), shares);
    }

    private static float[][][] layer(Model model, ModelWeights weights, Trace trace, int layer, float[][] directions) {
        Attention a = model.hyper().attention();
        Activation pattern = trace.get(Site.PATTERN.at(layer));
        Activation values = trace.get(Site.V.at(layer));
        float[] output = weights.get("blocks." + layer + ".attn.W_O");
        int keys = values.shape()[0];
        int dim = a.valueDim();
        float[][][] shares = new float[a.heads()][keys][directions.length];
        for (int head = 0; head < a.heads(); head++) {
            for (int t = 0; t < directions.length; t++) {
                float[] seen = before(output, head * dim, dim, directions[t]);
                for (int key = 0; key < keys; key++)
                    shares[head][key][t] = (float) (pattern.get(head, 0, key) * FrozenNorm.dot(values.row(key, head / (a.heads() / a.kvHeads())), seen));
            }
        }
        return shares;
    }

    /// The direction among a head's values that W_O turns into `direction`.
    private static float[] before(float[] output, int from, int dim, float[] direction) {
        float[] seen = new float[dim];
        for (int d = 0; d < dim; d++) {
            double sum = 0;
            for (int i = 0; i < direction.length; i++) sum += (double) output[(from + d) * direction.length + i] * direction[i];
            seen[d] = (float) sum;
        }
        return seen;
    }

    /// All that heads of a layer bring from these keys, added up: `[layer, token]`.
    public float[][] lens(int... keys) {
        float[][] sums = new float[shares.length][tokens.length];
        for (int layer = 0; layer < shares.length; layer++)
            for (float[][] head : shares[layer])
                for (int key : keys) for (int t = 0; t < tokens.length; t++) sums[layer][t] += head[requireKey(key, head.length)][t];
        return sums;
    }

    /// What one head brings from each key for the `token`-th of the tokens: `[key]`.
    public float[] head(int layer, int head, int token) {
        float[][] from = shares[layer][head];
        float[] out = new float[from.length];
        for (int key = 0; key < out.length; key++) out[key] = from[key][token];
        return out;
    }

    /// What attention brings to the `token`-th of the tokens, heads added up: layers down, the tokens it comes from across.
    ///
    /// @param keys a label per token of the run
    public Grid grid(int token, List<String> keys) {
        float[][] values = new float[shares.length][keys.size()];
        for (int key = 0; key < keys.size(); key++) {
            float[][] lens = lens(key);
            for (int layer = 0; layer < values.length; layer++) values[layer][key] = lens[layer][token];
        }
        return new Grid("brought to logit of " + tokens[token], Grid.Axis.numbered("layer", values.length), new Grid.Axis("from", keys), values);
    }

    private static int requireKey(int key, int keys) {
        if (key < 0 || key >= keys) throw new ModelException("key: expected 0.." + (keys - 1) + ", found " + key);
        return key;
    }
}
