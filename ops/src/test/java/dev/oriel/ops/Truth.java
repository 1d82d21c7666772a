package dev.oriel.ops;

/// The operations once more, from their formulas and in double precision: what every implementation, the scalar one too, is held against.
final class Truth {
    private Truth() {}

    /// x [n, columns] · w [rows][columns]ᵀ + bias
    static double[] matmul(float[][] w, float[] bias, float[] x, int n) {
        int columns = w[0].length;
        double[] out = new double[n * w.length];
        for (int i = 0; i < n; i++)
            for (int row = 0; row < w.length; row++) {
                double sum = bias == null ? 0 : bias[row];
                for (int k = 0; k < columns; k++) sum += (double) w[row][k] * x[i * columns + k];
                out[i * w.length + row] = sum;
            }
        return out;
    }

    /// What a typical element of the product is worth, also where a small product happens to cancel: √(mean |w row|² · mean |x row|² / columns).
    static double matmulMagnitude(float[][] w, float[] x) {
        double weights = 0;
        for (float[] row : w) for (float value : row) weights += (double) value * value;
        double inputs = 0;
        for (float value : x) inputs += (double) value * value;
        return Math.sqrt(weights / w.length * inputs / x.length);
    }

    static double[] normScale(Norm norm, float[] x) {
        double[] out = new double[x.length / norm.width()];
        for (int group = 0; group < out.length; group++) {
            double mean = mean(norm, x, group);
            double squares = 0;
            for (int i = 0; i < norm.width(); i++) squares += Math.pow(x[group * norm.width() + i] - mean, 2);
            out[group] = Math.sqrt(squares / norm.width() + norm.epsilon());
        }
        return out;
    }

    static double[] normalize(Norm norm, float[] x) {
        double[] scales = normScale(norm, x);
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) out[i] = (x[i] - mean(norm, x, i / norm.width())) / scales[i / norm.width()];
        return out;
    }

    /// Parameters repeat until the end of x.
    static double[] affine(double[] x, float[] weight, float[] bias) {
        double[] out = x.clone();
        for (int i = 0; i < x.length; i++) {
            if (weight != null) out[i] *= weight[i % weight.length];
            if (bias != null) out[i] += bias[i % bias.length];
        }
        return out;
    }

    private static double mean(Norm norm, float[] x, int group) {
        if (norm.kind() == Norm.Kind.RMS) return 0;
        double sum = 0;
        for (int i = 0; i < norm.width(); i++) sum += x[group * norm.width() + i];
        return sum / norm.width();
    }

    /// x [n, width], turned pair by pair as complex numbers
    static double[] rope(Rope rope, int[] positions, float[] x, int width) {
        int pairs = rope.frequencies().length;
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            int column = i % width % rope.headDim() - rope.first();
            if (column < 0 || column >= 2 * pairs) {
                out[i] = x[i];
                continue;
            }
            boolean real = column < pairs;
            double angle = (double) positions[i / width] * rope.frequencies()[column % pairs];
            double partner = real ? -x[i + pairs] : x[i - pairs];
            out[i] = rope.magnitude() * (x[i] * Math.cos(angle) + partner * Math.sin(angle));
        }
        return out;
    }

    static double[] softmax(double[] x, int width) {
        double[] out = new double[x.length];
        for (int from = 0; from < x.length; from += width) {
            double max = Double.NEGATIVE_INFINITY;
            for (int i = from; i < from + width; i++) max = Math.max(max, x[i]);
            double sum = 0;
            for (int i = from; i < from + width; i++) sum += max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(x[i] - max);
            for (int i = from; i < from + width; i++) out[i] = sum == 0 ? 0 : Math.exp(x[i] - max) / sum;
        }
        return out;
    }

    static double[] doubles(float[] x) {
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) out[i] = x[i];
        return out;
    }

    /// One expert's MLP: down · gating(gate x, up x), gate rows before up rows; biases may be null
    static double[] expert(Gating gating, float[][] gateUp, float[] gateUpBias, float[][] down, float[] downBias, float[] x) {
        double[] both = matmul(gateUp, gateUpBias, x, 1);
        int hidden = both.length / 2;
        double[] out = new double[down.length];
        for (int row = 0; row < down.length; row++) {
            if (downBias != null) out[row] = downBias[row];
            for (int i = 0; i < hidden; i++) out[row] += down[row][i] * gated(gating, both[i], both[hidden + i]);
        }
        return out;
    }

    private static double gated(Gating gating, double gate, double up) {
        if (gating.equals(Gating.of(gating.f()))) return gating.f().apply(gate) * up;
        double g = Math.min(gate, gating.limit());
        double u = Math.max(-gating.limit(), Math.min(up, gating.limit()));
        return gating.f().apply(gating.slope() * g) / gating.slope() * (u + gating.offset());
    }
}
