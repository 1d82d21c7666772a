package dev.oriel.inspect;

/// How far two next-token distributions lie apart, in nats, and the way from logits to distributions. Sums run in double.
public final class Divergence {
    private Divergence() {}

    /// Natural logarithms of the probabilities that belong to logits.
    public static double[] logSoftmax(float[] logits) { return logSoftmax(logits, 1); }

    /// As above, of logits divided by a temperature.
    ///
    /// @throws IllegalArgumentException if the temperature is not above 0
    public static double[] logSoftmax(float[] logits, double temperature) {
        if (!(temperature > 0)) throw new IllegalArgumentException("temperature: expected more than 0, found " + temperature);
        double total = LogSoftmax.total(logits, 0, logits.length, temperature);
        double[] logs = new double[logits.length];
        for (int i = 0; i < logs.length; i++) logs[i] = logits[i] / temperature - total;
        return logs;
    }

    /// Probabilities that belong to logits.
    public static double[] softmax(float[] logits) {
        double[] p = logSoftmax(logits);
        for (int i = 0; i < p.length; i++) p[i] = Math.exp(p[i]);
        return p;
    }

    /// Kullback-Leibler divergence: sum of p ln(p / q), where 0 ln 0 = 0. Infinite where q is 0 and p is not.
    public static double kl(double[] p, double[] q) {
        requireSameLength(p.length, q.length);
        double sum = 0;
        for (int i = 0; i < p.length; i++) if (p[i] > 0) sum += p[i] * Math.log(p[i] / q[i]);
        return sum;
    }

    /// The same between the distributions of two rows of logits; finite also where a probability is too small for a double.
    public static double kl(float[] p, float[] q) {
        requireSameLength(p.length, q.length);
        double[] logP = logSoftmax(p);
        double[] logQ = logSoftmax(q);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            double probability = Math.exp(logP[i]);
            if (probability > 0) sum += probability * (logP[i] - logQ[i]);
        }
        return sum;
    }

    /// Jensen-Shannon divergence: the mean of both divergences from the middle of p and q. Symmetric, from 0 to ln 2.
    public static double jsd(double[] p, double[] q) {
        requireSameLength(p.length, q.length);
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            double middle = (p[i] + q[i]) / 2;
            if (p[i] > 0) sum += p[i] * Math.log(p[i] / middle);
            if (q[i] > 0) sum += q[i] * Math.log(q[i] / middle);
        }
        return sum / 2;
    }

    /// The same between the distributions of two rows of logits.
    public static double jsd(float[] p, float[] q) { return jsd(softmax(p), softmax(q)); }

    private static void requireSameLength(int p, int q) {
        if (p != q) throw new IllegalArgumentException("two distributions over the same tokens: expected " + p + ", found " + q);
    }
}
