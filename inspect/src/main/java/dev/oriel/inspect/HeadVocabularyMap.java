package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;

/// Which relation between tokens a head carries out whenever it attends to one, read off its weights alone: y = e W_V W_O, where e is the token's embedding, or
/// from the second layer on what the first MLP makes of it. A pair (source, target) counts where the target is among the `k` largest of y times the unembedding;
/// `suppression` counts the `k` smallest.
///
/// Elhelo, Geva, "Inferring Functionality of Attention Heads from their Parameters" (2024).
///
/// @param score       share of pairs a head maps
/// @param suppression share of pairs whose target it pushes down
public record HeadVocabularyMap(HeadGrid score, HeadGrid suppression) {

    /// A source token and the token it should be mapped to.
    public record Pair(int source, int target) {}

    /// Whether norm weights take part.
    public enum Norms {
        /// As published: they do not.
        LEFT_OUT,
        /// The weight of the norm before attention, and of the final norm, multiply.
        FOLDED
    }

    /// Scores every head of a model. Nothing is attended to; position plays no role.
    public static HeadVocabularyMap of(Model model, List<Pair> pairs, int k, Norms norms) {
        if (pairs.isEmpty()) throw new ModelException("no pairs to look for");
        float[][] raw = new float[pairs.size()][];
        float[][] afterMlp = new float[pairs.size()][];
        for (int i = 0; i < raw.length; i++) {
            Run run = model.run(Input.of(pairs.get(i).source()).withLastLogitsOnly(), probes(model));
            raw[i] = model.weights().embedding(pairs.get(i).source(), 1);
            afterMlp[i] = run.trace().get(Site.MLP_OUT.at(0)).toArray();
        }
        int layers = model.hyper().layers().size();
        float[][] score = new float[layers][];
        float[][] suppression = new float[layers][];
        for (int layer = 0; layer < layers; layer++) {
            float[][][] found = layer(model, layer, layer == 0 ? raw : afterMlp, pairs, k, norms);
            score[layer] = found[0][0];
            suppression[layer] = found[1][0];
        }
        return new HeadVocabularyMap(new HeadGrid("pairs mapped", score), new HeadGrid("pairs suppressed", suppression));
    }

    /// Gives the first MLP the bare embedding. In a parallel block it has that anyway, but for positions.
    private static Probe[] probes(Model model) {
        Site input = model.hyper().parallel() ? Site.RESID_PRE : Site.RESID_MID;
        return new Probe[] {Probe.record(Site.EMBED), Probe.edit(input.at(0), (a, seen) -> a.copyFrom(seen.get(Site.EMBED))), Probe.record(Site.MLP_OUT.at(0))};
    }

    private static float[][][] layer(Model model, int layer, float[][] sources, List<Pair> pairs, int k, Norms norms) {
        ModelWeights weights = model.weights();
        Attention a = model.hyper().attention();
        float[] before = norms == Norms.FOLDED ? weights.get("blocks." + layer + ".ln1.w") : null;
        float[] end = norms == Norms.FOLDED ? weights.get("ln_final.w") : null;
        float[] output = weights.get("blocks." + layer + ".attn.W_O");
        float[][][] found = new float[2][1][a.heads()];
        for (int head = 0; head < a.heads(); head++) {
            float[] value = weights.value(layer, head / (a.heads() / a.kvHeads()));
            List<float[]> rows = new ArrayList<>();
            for (float[] source : sources)
                rows.add(times(times(times(source, before), value, 0, a.valueDim()), output, head * a.valueDim() * source.length, source.length));
            float[][] logits = model.project(rows.stream().map(row -> times(row, end)).toArray(float[][]::new));
            found[0][0][head] = share(logits, pairs, k);
            for (float[] row : logits) for (int i = 0; i < row.length; i++) row[i] = -row[i];
            found[1][0][head] = share(logits, pairs, k);
        }
        return found;
    }

    /// The share of pairs whose target is among the `k` largest of its row; of equal ones the lower id comes first.
    static float share(float[][] logits, List<Pair> pairs, int k) {
        int hits = 0;
        for (int i = 0; i < logits.length; i++) {
            int target = pairs.get(i).target();
            int above = TokenScore.rank(logits[i], target);
            for (int id = 0; id < target; id++) if (logits[i][id] == logits[i][target]) above++;
            if (above < k) hits++;
        }
        return (float) hits / logits.length;
    }

    private static float[] times(float[] row, float[] weight) {
        if (weight == null) return row;
        float[] out = new float[row.length];
        for (int i = 0; i < out.length; i++) out[i] = row[i] * weight[i];
        return out;
    }

    /// A row vector times the matrix `[row, columns]` that begins at `from`.
    private static float[] times(float[] row, float[] matrix, int from, int columns) {
        float[] out = new float[columns];
        for (int i = 0; i < row.length; i++) for (int j = 0; j < columns; j++) out[j] += row[i] * matrix[from + i * columns + j];
        return out;
    }
}
