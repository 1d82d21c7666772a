package dev.oriel.inspect;

import dev.oriel.inspect.ResidualDecomposition.Kind;
import dev.oriel.inspect.ResidualDecomposition.Part;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import dev.oriel.runtime.Probe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// How much each part of the residual stream adds to one token's logit after the last token of a run, directly: the final norm's scale is kept at what it was,
/// so that the parts add up to the logit (before a soft cap, where a model has one). [#minus] gives the same for a difference of two logits.
///
/// Of a LayerNorm model each part is centred first, and the norm's bias is a share of its own, in `constant`. [TokenLens] splits the heads' shares by the
/// token they come from, and [HeadLens] shows them over the whole vocabulary.
///
/// Chughtai, Cooney, Nanda, "Summing Up the Facts: Additive Mechanisms Behind Factual Recall in LLMs" (2024); Lieberum et al., "Does Circuit Analysis
/// Interpretability Scale?" (2023).
///
/// @param name     what is explained: `logit of 7042`
/// @param parts    writers of the stream
/// @param shares   logit units, one per part
/// @param constant the final norm's bias and the unembedding's, which depend on no input
public record DirectLogitAttribution(String name, List<Part> parts, double[] shares, double constant) {

    /// Explains tokens' logits after `position`.
    public static List<DirectLogitAttribution> of(Model model, int[] ids, int position, int... tokens) {
        return of(model, ResidualDecomposition.of(model, ids, position), tokens);
    }

    /// Explains tokens' logits after the last token of a run, whose probes may change it.
    public static List<DirectLogitAttribution> of(Model model, Input input, int[] tokens, Probe... probes) {
        return of(model, ResidualDecomposition.of(model, input, probes), tokens);
    }

    /// Explains tokens' logits from parts that are known already.
    public static List<DirectLogitAttribution> of(Model model, ResidualDecomposition stream, int... tokens) {
        TokenScore.requireTokens(model, tokens);
        FrozenNorm norm = stream.finalNorm(model);
        ModelWeights weights = model.weights();
        float[] unembeddingBias = weights.has("unembed.b_U") ? weights.get("unembed.b_U") : new float[model.hyper().vocabulary()];
        List<DirectLogitAttribution> all = new ArrayList<>();
        for (int token : tokens) {
            float[] row = weights.unembedding(token, 1);
            float[] direction = norm.pull(row);
            double[] shares = stream.parts().stream().mapToDouble(part -> FrozenNorm.dot(part.vector(), direction)).toArray();
            all.add(new DirectLogitAttribution("logit of " + token, stream.parts(), shares, FrozenNorm.dot(norm.bias(), row) + unembeddingBias[token] * model.hyper().scales().logits()));
        }
        return List.copyOf(all);
    }

    /// Shares in the difference of two logits of the same run.
    public DirectLogitAttribution minus(DirectLogitAttribution other) {
        if (parts != other.parts) throw new ModelException("a difference: expected two logits of one run, found two runs");
        double[] differences = IntStream.range(0, shares.length).mapToDouble(i -> shares[i] - other.shares[i]).toArray();
        return new DirectLogitAttribution(name + " minus " + other.name, parts, differences, constant - other.constant);
    }

    /// Everything together: the logit.
    public double total() {
        double sum = constant;
        for (double share : shares) sum += share;
        return sum;
    }

    /// The sum of the shares of one kind in one layer (-1 before the first).
    public double share(Kind kind, int layer) {
        return IntStream.range(0, shares.length).filter(i -> parts.get(i).kind() == kind && parts.get(i).layer() == layer).mapToDouble(i -> shares[i]).sum();
    }

    /// What token and position embeddings add.
    public double embedding() { return share(Kind.EMBEDDING, -1) + share(Kind.POSITIONS, -1); }

    /// The share of an MLP, its bias included.
    public double mlp(int layer) { return share(Kind.MLP, layer) + share(Kind.MLP_BIAS, layer); }

    /// The share of each head, without the output projection's bias.
    public HeadGrid heads() {
        int layers = 1 + parts.stream().mapToInt(Part::layer).max().orElseThrow();
        int heads = 1 + parts.stream().mapToInt(Part::head).max().orElseThrow();
        float[][] grid = new float[layers][heads];
        for (int i = 0; i < shares.length; i++) if (parts.get(i).kind() == Kind.HEAD) grid[parts.get(i).layer()][parts.get(i).head()] = (float) shares[i];
        return new HeadGrid(name, grid);
    }

    /// Everything by layer: its heads, its attention bias, its MLP. What the embedding adds is not in it.
    public Grid grid() {
        HeadGrid heads = heads();
        int count = heads.values()[0].length;
        List<String> columns = new ArrayList<>();
        for (int head = 0; head < count; head++) columns.add(Integer.toString(head));
        columns.addAll(List.of("bias", "mlp"));
        float[][] values = new float[heads.layers()][];
        for (int layer = 0; layer < values.length; layer++) {
            values[layer] = Arrays.copyOf(heads.values()[layer], count + 2);
            values[layer][count] = (float) share(Kind.ATTENTION_BIAS, layer);
            values[layer][count + 1] = (float) mlp(layer);
        }
        return new Grid(name, Grid.Axis.numbered("layer", values.length), new Grid.Axis("head", columns), values);
    }

    /// A part and its share.
    public record Share(Part part, double share) {}

    /// The `count` parts with the largest absolute shares, largest first.
    public List<Share> top(int count) {
        return IntStream.range(0, shares.length).mapToObj(i -> new Share(parts.get(i), shares[i]))
                .sorted(Comparator.comparingDouble((Share s) -> Math.abs(s.share)).reversed()).limit(count).toList();
    }
}
