package dev.oriel.inspect;

import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;

/// How much attention each key gets from the queries that see it, and in how many heads that makes it a sink.
///
/// Gu et al., When Attention Sink Emerges in Language Models (ICLR 2025, arXiv:2410.10781): a threshold of 0.3 on texts of 64 tokens. Barbero et al., Why do LLMs
/// attend to the first token? (2025, arXiv:2504.02732): 0.8.
///
/// Late keys have few queries, the last one only its own, so their shares are noisy.
///
/// @param shares `[layer][head][key]`: the mean of attention to key k over the queries k, k + 1, ...
public record AttentionSink(float[][][] shares) {
    /// Measures all heads in one pass, which holds one layer's pattern at a time.
    ///
    /// @param probes edits under which to measure
    public static AttentionSink of(Model model, Input input, Probe... probes) {
        float[][][] shares = new float[model.hyper().layers().size()][][];
        Pattern.read(model, input.withLastLogitsOnly(), Range.ALL, (layer, pattern) -> {
            shares[layer] = new float[pattern.heads()][];
            for (int head = 0; head < pattern.heads(); head++) shares[layer][head] = Grids.floats(shares(pattern, head));
        }, probes);
        return new AttentionSink(shares);
    }

    /// Per key of one head.
    static double[] shares(Pattern pattern, int head) {
        double[] shares = new double[pattern.keys()];
        for (int query = 0; query < pattern.queries(); query++) {
            double[] row = pattern.row(head, query);
            for (int key = 0; key <= query; key++) shares[key] += row[key];
        }
        for (int key = 0; key < shares.length; key++) shares[key] /= pattern.queries() - key;
        return shares;
    }

    /// The share of one key, per head.
    public HeadGrid of(int key) {
        float[][] values = new float[shares.length][];
        for (int layer = 0; layer < values.length; layer++) {
            values[layer] = new float[shares[layer].length];
            for (int head = 0; head < values[layer].length; head++) values[layer][head] = shares[layer][head][key];
        }
        return new HeadGrid("share of key " + key, values);
    }

    /// The part of all heads in which a key's share exceeds `threshold`.
    public double rate(int key, double threshold) {
        int above = 0;
        int all = 0;
        for (float[][] layer : shares) {
            for (float[] head : layer) if (head[key] > threshold) above++;
            all += layer.length;
        }
        return above / (double) all;
    }
}
