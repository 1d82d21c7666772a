package dev.oriel.inspect;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;

/// The attention weights of one layer, `[head, query, key]`, or of some of its queries.
final class Pattern {
    private final int heads;
    private final int first;
    private final int queries;
    private final int keys;
    private final Rows rows;

    private interface Rows {
        double[] row(int head, int index);
    }

    /// Something to know about one row of attention weights.
    @FunctionalInterface
    interface Measure {
        double of(double[] row, int query);
    }

    /// What a move does with each layer as it passes.
    @FunctionalInterface
    interface Reader {
        void read(int layer, Pattern pattern);
    }

    private Pattern(int heads, int first, int queries, int keys, Rows rows) {
        this.heads = heads;
        this.first = first;
        this.queries = queries;
        this.keys = keys;
        this.rows = rows;
    }

    /// @param weights `[head][query][key]`
    static Pattern of(double[][]... weights) {
        return new Pattern(weights.length, 0, weights[0].length, weights[0][0].length, (head, index) -> weights[head][index].clone());
    }

    /// A copy, which outlives the probe.
    static Pattern of(Activation pattern) {
        int[] shape = pattern.shape();
        float[] values = pattern.toArray();
        return new Pattern(shape[0], pattern.labels(1)[0], shape[1], shape[2], (head, index) -> {
            double[] row = new double[shape[2]];
            int at = (head * shape[1] + index) * shape[2];
            for (int k = 0; k < row.length; k++) row[k] = values[at + k];
            return row;
        });
    }

    /// Runs `input` and hands over each layer's pattern while the pass is there, so that no two of them are kept.
    ///
    /// @param queries which rows
    /// @param probes  act before the reader looks
    static Run read(Model model, Input input, Range queries, Reader reader, Probe... probes) {
        List<Probe> all = new ArrayList<>(List.of(probes));
        for (int l = 0; l < model.hyper().layers().size(); l++) {
            int layer = l;
            all.add(Probe.observe(Site.PATTERN.at(layer).positions(queries), a -> reader.read(layer, of(a))));
        }
        return model.run(input, all.toArray(Probe[]::new));
    }

    int heads() { return heads; }

    int queries() { return queries; }

    int keys() { return keys; }

    /// The weights of the query at position `query` of the sequence.
    double[] row(int head, int query) { return rows.row(head, query - first); }

    /// The mean of a measure over queries `[from, to)`.
    double mean(int head, int from, int to, Measure measure) {
        double sum = 0;
        for (int query = from; query < to; query++) sum += measure.of(row(head, query), query);
        return sum / (to - from);
    }

    /// The same over all of its queries.
    double mean(int head, Measure measure) { return mean(head, first, first + queries, measure); }

    /// Per head, the mean over all of its queries.
    double[] means(Measure measure) {
        double[] means = new double[heads];
        for (int head = 0; head < heads; head++) means[head] = mean(head, measure);
        return means;
    }
}
