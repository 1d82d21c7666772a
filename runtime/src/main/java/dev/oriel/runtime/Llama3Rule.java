package dev.oriel.runtime;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Llama 3.1's scaling of rope: waves that fit fewer than `low` times into the `original` context are slowed by `factor`, those that fit more than `high` times are
/// kept, and those between are interpolated.
record Llama3Rule(double factor, double low, double high, int original) {

    /// What every frequency (radians per position) becomes.
    void apply(double[] frequencies) {
        for (int i = 0; i < frequencies.length; i++) {
            double waves = original * frequencies[i] / (2 * Math.PI);
            double keep = Math.clamp((waves - low) / (high - low), 0, 1);
            frequencies[i] = frequencies[i] * (keep + (1 - keep) / factor);
        }
    }

    /// What every frequency is divided by, as GGUF stores it.
    float[] divisors(double[] frequencies) {
        double[] slowed = frequencies.clone();
        apply(slowed);
        float[] divisors = new float[slowed.length];
        for (int i = 0; i < divisors.length; i++) divisors[i] = (float) (frequencies[i] / slowed[i]);
        return divisors;
    }

    /// The rule behind stored divisors. All published models have low 1 and high 4 and were trained on a power of two of positions, so few rules need trying.
    static Optional<Llama3Rule> behind(float[] divisors, double base, int context) {
        double[] frequencies = new double[divisors.length];
        for (int i = 0; i < frequencies.length; i++) frequencies[i] = Math.pow(base, -(double) i / frequencies.length);
        for (int original = 1; original > 0 && original <= context; original *= 2) {
            Llama3Rule rule = new Llama3Rule(divisors[divisors.length - 1], 1, 4, original);
            if (same(rule.divisors(frequencies), divisors)) return Optional.of(rule);
        }
        return Optional.empty();
    }

    private static boolean same(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) if (Math.abs(a[i] - b[i]) > 1e-5f * b[i]) return false;
        return true;
    }

    /// As `config.json` has it.
    Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("rope_type", "llama3");
        values.put("factor", factor);
        values.put("low_freq_factor", low);
        values.put("high_freq_factor", high);
        values.put("original_max_position_embeddings", original);
        return values;
    }
}
