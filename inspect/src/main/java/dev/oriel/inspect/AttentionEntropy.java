package dev.oriel.inspect;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Reduction;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How widely attention is spread: `-sum A ln A` of each row, in nats. A uniform row over n keys has ln n, a row that looks at one key 0.
///
/// Zhang et al., Attention Entropy is a Key Factor: An Analysis of Parallel Context Encoding with Full-attention-based Pre-trained Language Models (2024,
/// arXiv:2412.16545).
///
/// @param rows `[layer][head][query]`
public record AttentionEntropy(float[][][] rows) {
    /// Measures all heads in one pass, which keeps no pattern.
    ///
    /// @param input   may bring positions and a mask of its own
    /// @param queries the rows that count, [Range#ALL] for all
    /// @param probes  edits under which to measure
    public static AttentionEntropy of(Model model, Input input, Range queries, Probe... probes) {
        List<Probe> all = new ArrayList<>(List.of(probes));
        Selection where = Site.PATTERN.positions(queries);
        all.add(Probe.reduce(where, Reduction.ENTROPY));
        Run run = model.run(input.withLastLogitsOnly(), all.toArray(Probe[]::new));
        float[][][] rows = new float[model.hyper().layers().size()][][];
        for (int layer = 0; layer < rows.length; layer++) {
            Activation entropies = run.trace().get(where.at(layer), Reduction.ENTROPY);
            rows[layer] = new float[entropies.shape()[0]][];
            for (int head = 0; head < rows[layer].length; head++) rows[layer][head] = entropies.row(head);
        }
        return new AttentionEntropy(rows);
    }

    /// The mean over queries, per head.
    public HeadGrid perHead() {
        float[][] means = new float[rows.length][];
        for (int layer = 0; layer < means.length; layer++) {
            means[layer] = new float[rows[layer].length];
            for (int head = 0; head < means[layer].length; head++) means[layer][head] = (float) mean(rows[layer][head]);
        }
        return new HeadGrid("entropy", means);
    }

    /// The mean over heads and queries, per layer.
    public double[] perLayer() {
        double[] means = new double[rows.length];
        for (int layer = 0; layer < means.length; layer++)
            for (float[] head : rows[layer]) means[layer] += mean(head) / rows[layer].length;
        return means;
    }

    /// The mean over all layers, heads and queries.
    public double mean() { return Arrays.stream(perLayer()).average().orElseThrow(); }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) sum += value;
        return sum / values.length;
    }
}
