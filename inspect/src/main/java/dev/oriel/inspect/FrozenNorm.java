package dev.oriel.inspect;

import dev.oriel.ops.Norm;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import java.util.Arrays;

/// A norm whose scale is kept at what it was at one position of one run. It is linear then, so it can be applied to the parts of its input one by one.
///
/// @param weight  a factor per number
/// @param bias    what it adds, whatever comes in; a part of its own
/// @param scale   what the input was divided by
/// @param centred whether the mean is taken away first, as LayerNorm does
record FrozenNorm(float[] weight, float[] bias, float scale, boolean centred) {

    /// The norm whose weights are called `name`, as it worked with `scale`.
    static FrozenNorm of(Model model, ModelWeights weights, String name, float scale) {
        float[] bias = weights.has(name + ".b") ? weights.get(name + ".b") : new float[model.hyper().width()];
        return new FrozenNorm(weights.get(name + ".w"), bias, scale, model.hyper().norm() == Norm.Kind.LAYER);
    }

    /// Where a model has no norm.
    static FrozenNorm none(int width) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        return new FrozenNorm(ones, new float[width], 1, false);
    }

    /// The norm with a factor on what it gives.
    FrozenNorm times(float factor) {
        if (factor == 1) return this;
        float[] w = weight.clone();
        float[] b = bias.clone();
        for (int i = 0; i < w.length; i++) {
            w[i] *= factor;
            b[i] *= factor;
        }
        return new FrozenNorm(w, b, scale, centred);
    }

    /// What becomes of a part of the input.
    float[] apply(float[] part) {
        double mean = centred ? mean(part) : 0;
        float[] out = new float[part.length];
        for (int i = 0; i < out.length; i++) out[i] = (float) ((part[i] - mean) / scale * weight[i]);
        return out;
    }

    /// The direction before the norm that stands for `direction` after it: part · pull(direction) = apply(part) · direction.
    float[] pull(float[] direction) {
        float[] out = new float[direction.length];
        for (int i = 0; i < out.length; i++) out[i] = direction[i] * weight[i] / scale;
        double mean = centred ? mean(out) : 0;
        for (int i = 0; i < out.length; i++) out[i] -= (float) mean;
        return out;
    }

    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) sum += (double) a[i] * b[i];
        return sum;
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) sum += value;
        return sum / values.length;
    }
}
