package dev.oriel.ops;

/// Normalisations in plain loops: sums in double precision, every stored number rounded to float32 once.
final class ScalarNorms {
    private ScalarNorms() {}

    static void norm(Norm norm, HostRows x, HostRows out, int n) {
        float[] row = new float[x.width()];
        for (int i = 0; i < n; i++) {
            x.read(i, row);
            for (int from = 0; from < row.length; from += norm.width()) {
                normalize(norm, row, from, scale(norm, row, from));
                affine(norm, row, from);
            }
            out.write(i, row);
        }
    }

    static void normScale(Norm norm, HostRows x, HostRows scale, int n) {
        float[] row = new float[x.width()];
        for (int i = 0; i < n; i++) {
            x.read(i, row);
            for (int group = 0; group < scale.width(); group++) scale.set(i, group, scale(norm, row, group * norm.width()));
        }
    }

    static void normalize(Norm norm, HostRows x, HostRows scale, HostRows out, int n) {
        float[] row = new float[x.width()];
        for (int i = 0; i < n; i++) {
            x.read(i, row);
            for (int group = 0; group < scale.width(); group++) normalize(norm, row, group * norm.width(), scale.get(i, group));
            out.write(i, row);
        }
    }

    static void affine(Norm norm, HostRows x, HostRows out, int n) {
        float[] row = new float[x.width()];
        for (int i = 0; i < n; i++) {
            x.read(i, row);
            for (int from = 0; from < row.length; from += norm.width()) affine(norm, row, from);
            out.write(i, row);
        }
    }

    private static float scale(Norm norm, float[] x, int from) {
        double mean = mean(norm, x, from);
        double squares = 0;
        for (int i = from; i < from + norm.width(); i++) squares += (x[i] - mean) * (x[i] - mean);
        return (float) Math.sqrt(squares / norm.width() + norm.epsilon());
    }

    private static void normalize(Norm norm, float[] x, int from, float scale) {
        double mean = mean(norm, x, from);
        for (int i = from; i < from + norm.width(); i++) x[i] = (float) ((x[i] - mean) / scale);
    }

    private static void affine(Norm norm, float[] x, int from) {
        HostRows weight = parameter(norm, norm.weight(), x.length, "norm weight");
        HostRows bias = parameter(norm, norm.bias(), x.length, "norm bias");
        for (int i = 0; i < norm.width(); i++) {
            double value = x[from + i];
            if (weight != null) value *= weight.get(0, norm.column(weight, from) + i);
            if (bias != null) value += bias.get(0, norm.column(bias, from) + i);
            x[from + i] = (float) value;
        }
    }

    /// What is subtracted first: nothing for a root mean square norm.
    private static double mean(Norm norm, float[] x, int from) {
        if (norm.kind() == Norm.Kind.RMS) return 0;
        double sum = 0;
        for (int i = from; i < from + norm.width(); i++) sum += x[i];
        return sum / norm.width();
    }

    /// @param width columns of a whole row
    static HostRows parameter(Norm norm, Rows rows, int width, String operand) {
        return rows == null ? null : HostRows.live(rows, 1, rows.width() == width ? width : norm.width(), operand);
    }
}
