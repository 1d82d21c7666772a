package dev.oriel.inspect;

import dev.oriel.ops.Norm;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;

/// The directions in which parts of the residual stream are read as logits of some tokens. The norms' scales are left out: they are one positive number for all
/// tokens of a row, so shares and orders are what they would be with them.
final class Readout {
    private final ModelWeights weights;
    private final boolean centred;
    private final float[][] tokens;

    /// @param ids tokens whose logits are asked for
    Readout(Model model, int[] ids) {
        weights = model.weights();
        centred = model.hyper().norm() == Norm.Kind.LAYER;
        float[] gain = weights.get("ln_final.w");
        tokens = new float[ids.length][];
        for (int i = 0; i < ids.length; i++) tokens[i] = direction(weights.unembedding(ids[i], 1), gain, centred);
    }

    /// Per token, what a head of this layer is multiplied with: through the norm after attention where there is one.
    float[][] directions(int layer) {
        String after = "blocks." + layer + ".ln1_post.w";
        if (!weights.has(after)) return tokens;
        float[] gain = weights.get(after);
        float[][] directions = new float[tokens.length][];
        for (int i = 0; i < tokens.length; i++) directions[i] = direction(tokens[i], gain, centred);
        return directions;
    }

    /// The first `count` tokens' logits of a vector.
    double[] logits(float[][] directions, float[] vector, int count) {
        double[] logits = new double[count];
        for (int i = 0; i < count; i++) {
            double dot = 0;
            for (int j = 0; j < vector.length; j++) dot += (double) vector[j] * directions[i][j];
            logits[i] = dot;
        }
        return logits;
    }

    /// Multiplied by the gain; less its mean where the norm takes a vector's mean away, which is the same as taking it from the direction.
    private static float[] direction(float[] row, float[] gain, boolean centred) {
        float[] out = new float[row.length];
        double mean = 0;
        for (int i = 0; i < out.length; i++) {
            out[i] = row[i] * gain[i];
            mean += out[i] / (double) out.length;
        }
        if (centred) for (int i = 0; i < out.length; i++) out[i] -= (float) mean;
        return out;
    }
}
