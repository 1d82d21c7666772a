package dev.oriel.runtime;

import java.util.Arrays;

/// How the final hidden states of a text's tokens become one vector.
public enum Pooling {
    /// The mean of all.
    MEAN("mean_tokens", "mean"),
    /// The first one's.
    CLS("cls_token", "cls"),
    /// The last one's.
    LAST("lasttoken", "lasttoken"),
    /// The largest number of each column.
    MAX("max_tokens", "max"),
    /// Their sum, divided by the square root of their number.
    MEAN_SQRT("mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
    /// Their mean, each weighted with its position, counted from 1 (arXiv:2202.08904).
    WEIGHTED_MEAN("weightedmean_tokens", "weightedmean"),
    /// None: a vector for every token.
    NONE("", "");

    /// What sentence-transformers calls it: after `pooling_mode_`, and as the value of `pooling_mode`.
    final String flag;
    final String mode;

    Pooling(String flag, String mode) {
        this.flag = flag;
        this.mode = mode;
    }

    /// Which hidden states a pass must give.
    Input.Logits needs() { return this == LAST ? Input.Logits.LAST_HIDDEN : Input.Logits.HIDDEN; }

    /// @param hidden row-major `[tokens, width]`, the last row alone for [#LAST]
    /// @param from   the first token that counts, where not a single one is meant
    /// @return `width` numbers, summed in double precision
    float[] of(float[] hidden, int width, int from) {
        int rows = hidden.length / width;
        return switch (this) {
            case CLS -> Arrays.copyOf(hidden, width);
            case LAST -> Arrays.copyOfRange(hidden, hidden.length - width, hidden.length);
            case MAX -> largest(hidden, width, from);
            case MEAN -> sum(hidden, width, from, false, rows - from);
            case MEAN_SQRT -> sum(hidden, width, from, false, Math.sqrt(rows - from));
            case WEIGHTED_MEAN -> sum(hidden, width, from, true, (rows * (rows + 1L) - from * (from + 1L)) / 2.0);
            case NONE -> throw new IllegalStateException("a vector for every token");
        };
    }

    private static float[] largest(float[] hidden, int width, int from) {
        float[] out = Arrays.copyOfRange(hidden, from * width, (from + 1) * width);
        for (int i = (from + 1) * width; i < hidden.length; i++) out[i % width] = Math.max(out[i % width], hidden[i]);
        return out;
    }

    private static float[] sum(float[] hidden, int width, int from, boolean weighted, double divisor) {
        double[] sums = new double[width];
        for (int i = from * width; i < hidden.length; i++) sums[i % width] += weighted ? (double) hidden[i] * (i / width + 1) : hidden[i];
        float[] out = new float[width];
        for (int i = 0; i < width; i++) out[i] = (float) (sums[i] / divisor);
        return out;
    }
}
