package dev.oriel.runtime;

import java.util.Locale;

/// Summaries that are taken while a pass runs, so that the values themselves need not be kept. Row summaries grow with the sequence as records do;
/// column summaries run over all positions seen.
public enum Reduction {
    /// Index of each row's largest number, the lowest of equal ones: the axes but the last.
    ARGMAX(true) {
        @Override
        float ofRow(float[] row) {
            int best = 0;
            for (int i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
            return best;
        }
    },
    /// Each row's largest number: the axes but the last.
    MAX(true) {
        @Override
        float ofRow(float[] row) {
            float most = Float.NEGATIVE_INFINITY;
            for (float x : row) most = Math.max(most, x);
            return most;
        }
    },
    /// Each row's sum: the axes but the last. Of a pattern narrowed to some keys, the attention they get.
    ROW_SUM(true) {
        @Override
        float ofRow(float[] row) {
            double sum = 0;
            for (float x : row) sum += x;
            return (float) sum;
        }
    },
    /// Each row's entropy in nats, with 0 ln 0 = 0: the axes but the last. For patterns.
    ENTROPY(true) {
        @Override
        float ofRow(float[] row) {
            double sum = 0;
            for (float p : row) if (p > 0) sum -= p * Math.log(p);
            return (float) sum;
        }
    },
    /// Sum over positions (queries): the axes but that one.
    COLUMN_SUM(false),
    /// Mean over positions (queries): the axes but that one. Of a pattern, a key counts the queries before it as 0.
    MEAN(false);

    private final boolean ofRows;

    Reduction(boolean ofRows) { this.ofRows = ofRows; }

    /// Whether it summarises the last axis; otherwise the positions.
    boolean ofRows() { return ofRows; }

    float ofRow(float[] row) { throw new UnsupportedOperationException(this + " is no summary of rows"); }

    /// As it stands after a site's name: `blocks.0.attn.hook_pattern.argmax`.
    String suffix() { return "." + name().toLowerCase(Locale.ROOT); }
}
