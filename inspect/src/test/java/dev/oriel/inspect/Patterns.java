package dev.oriel.inspect;

import java.util.function.IntUnaryOperator;

/// Attention patterns of which everything is known.
final class Patterns {
    private Patterns() {}

    /// Every query looks at all that came before it alike.
    static double[][] uniform(int length) {
        double[][] rows = new double[length][length];
        for (int query = 0; query < length; query++) for (int key = 0; key <= query; key++) rows[query][key] = 1.0 / (query + 1);
        return rows;
    }

    /// Every query looks at one key.
    static double[][] at(int length, IntUnaryOperator key) {
        double[][] rows = new double[length][length];
        for (int query = 0; query < length; query++) rows[query][key.applyAsInt(query)] = 1;
        return rows;
    }

    static double[][] previous(int length) { return at(length, query -> Math.max(0, query - 1)); }

    static double[][] first(int length) { return at(length, _ -> 0); }

    static float[] flat(double[][]... heads) {
        float[] values = new float[heads.length * heads[0].length * heads[0].length];
        int i = 0;
        for (double[][] head : heads) for (double[] row : head) for (double weight : row) values[i++] = (float) weight;
        return values;
    }

    static double[][] rows(Goldens.Value pattern) { return pattern.list().stream().map(Goldens.Value::numbers).toArray(double[][]::new); }
}
