package dev.oriel.runtime;

import java.util.Arrays;
import java.util.SplittableRandom;

/// Draws from all tokens in proportion to exp(logit / temperature), exactly, and without sorting or weighing them all: few are near the likeliest, and those have weights. For all others
/// together stands one weight, of a token at the edge, times the number of tokens; who is drawn by that is kept in proportion to the weight it has of its own (rejection sampling).
/// Keeps its memory from one draw to the next.
final class FullDraw {
    private int[] near = new int[256];
    private double[] weights = new double[256];

    /// @param likeliest its id; the result, too, where logits are no numbers
    int draw(float[] logits, int likeliest, float temperature, SplittableRandom random) {
        float most = logits[likeliest];
        // So low that all others together weigh less than half of the likeliest.
        float edge = (float) (most - temperature * (Math.log(logits.length) + 1));
        int count = 0;
        double sum = 0;
        for (int id = 0; id < logits.length; id++) {
            if (!(logits[id] >= edge)) continue;
            if (count == near.length) grow();
            double weight = weight(logits[id], most, temperature);
            sum += weight;
            near[count] = id;
            weights[count++] = weight;
        }
        if (!(sum >= 1)) return likeliest;
        double atEdge = weight(edge, most, temperature);
        while (true) {
            double left = random.nextDouble() * (sum + atEdge * logits.length);
            for (int i = 0; i < count; i++) {
                left -= weights[i];
                if (left < 0) return near[i];
            }
            int id = random.nextInt(logits.length);
            if (logits[id] < edge && random.nextDouble() * atEdge < weight(logits[id], most, temperature)) return id;
        }
    }

    private static double weight(float logit, float most, float temperature) { return Math.exp((logit - (double) most) / temperature); }

    private void grow() {
        near = Arrays.copyOf(near, 2 * near.length);
        weights = Arrays.copyOf(weights, near.length);
    }
}
