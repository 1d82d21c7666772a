package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;

/// How much each head looks back at the context rather than at what came after it, for each token of an answer: `a / (a + b)`, where a is the mean attention to
/// the context's tokens and b the mean attention to the later ones, in the row that predicts the token.
///
/// Chuang et al., Lookback Lens: Detecting and Mitigating Contextual Hallucinations in Large Language Models Using Only Attention Maps (EMNLP 2024,
/// arXiv:2407.07071).
///
/// @param ratios `[layer][head][step]`, a step per token of the answer
public record LookbackRatio(float[][][] ratios) {
    /// Measures all heads in one pass over context and answer.
    ///
    /// @param context tokens of the context, which comes first
    /// @param answer  tokens of the answer; at least one token stands between context and answer, or else the first row would have nothing new to look at
    /// @param probes  edits under which to measure
    public static LookbackRatio of(Model model, Input input, int context, Range answer, Probe... probes) {
        if (context < 1) throw new ModelException("lookback ratio: expected a context of 1 token or more, found " + context);
        if (answer.from() <= context || answer.to() > input.length())
            throw new ModelException("lookback ratio: expected an answer in " + (context + 1) + ":" + input.length() + ", found " + answer);
        int steps = answer.to() - answer.from();
        float[][][] ratios = new float[model.hyper().layers().size()][][];
        Pattern.read(model, input.withLastLogitsOnly(), Range.of(answer.from() - 1, answer.to() - 1), (layer, pattern) -> {
            ratios[layer] = new float[pattern.heads()][steps];
            for (int head = 0; head < pattern.heads(); head++)
                for (int step = 0; step < steps; step++) ratios[layer][head][step] = (float) ratio(pattern, head, answer.from() - 1 + step, context);
        }, probes);
        return new LookbackRatio(ratios);
    }

    /// Of one row: keys `[0, context)` against keys `[context, query]`.
    static double ratio(Pattern pattern, int head, int query, int context) {
        double[] row = pattern.row(head, query);
        double back = mean(row, 0, context);
        double here = mean(row, context, query + 1);
        return back / (back + here);
    }

    /// The mean over steps `[from, to)`, per head: the feature from which the paper's classifier tells faithful from invented.
    public HeadGrid mean(int from, int to) {
        float[][] means = new float[ratios.length][];
        for (int layer = 0; layer < means.length; layer++) {
            means[layer] = new float[ratios[layer].length];
            for (int head = 0; head < means[layer].length; head++) {
                double sum = 0;
                for (int step = from; step < to; step++) sum += ratios[layer][head][step];
                means[layer][head] = (float) (sum / (to - from));
            }
        }
        return new HeadGrid("lookback ratio", means);
    }

    private static double mean(double[] row, int from, int to) {
        double sum = 0;
        for (int key = from; key < to; key++) sum += row[key];
        return sum / (to - from);
    }
}
