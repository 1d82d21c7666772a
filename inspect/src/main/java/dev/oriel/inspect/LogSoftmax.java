package dev.oriel.inspect;

/// Logits as a distribution.
///
/// @param logits one per token
/// @param total  ln of the sum of their exponentials
record LogSoftmax(float[] logits, double total) {
    static LogSoftmax of(float[] logits) { return new LogSoftmax(logits, total(logits, 0, logits.length, 1)); }

    /// ln of the sum of exp(logit / temperature) over `count` logits from `from` on.
    static double total(float[] logits, int from, int count, double temperature) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) most = Math.max(most, logits[i] / temperature);
        double sum = 0;
        for (int i = from; i < from + count; i++) sum += Math.exp(logits[i] / temperature - most);
        return most + Math.log(sum);
    }

    double at(int id) { return logits[id] - total; }

    /// In nats.
    double entropy() {
        double entropy = 0;
        for (int id = 0; id < logits.length; id++) entropy -= Math.exp(at(id)) * at(id);
        return entropy;
    }
}
