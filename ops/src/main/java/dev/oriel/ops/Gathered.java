package dev.oriel.ops;

import java.util.Arrays;

/// What rows have gathered from some slots: the largest score, and of e^(score - largest) the sums, in 32 parts, and those of its products with the values.
final class Gathered {
    static final int PARTS = SlotLayout.TILE;

    final float[] largest;
    /// `[row][32]`
    final float[] sums;
    /// `[row][width]`
    final float[] z;
    private final int width;

    Gathered(int rows, int width) {
        this.width = width;
        largest = new float[rows];
        sums = new float[rows * PARTS];
        z = new float[rows * width];
        Arrays.fill(largest, Float.NEGATIVE_INFINITY);
    }

    /// Nothing yet.
    void clear() {
        Arrays.fill(largest, Float.NEGATIVE_INFINITY);
        Arrays.fill(sums, 0);
        Arrays.fill(z, 0);
    }

    /// Adds what was gathered from the slots that follow.
    void add(Gathered next) {
        for (int row = 0; row < largest.length; row++) {
            if (next.largest[row] == Float.NEGATIVE_INFINITY) continue;
            float now = Math.max(largest[row], next.largest[row]);
            float mine = factor(largest[row], now);
            float its = factor(next.largest[row], now);
            largest[row] = now;
            AttentionKernel.mix(sums, next.sums, row * PARTS, PARTS, mine, its);
            AttentionKernel.mix(z, next.z, row * width, width, mine, its);
        }
    }

    /// By how much what was summed before counts less, once a larger score has come.
    static float factor(float before, float now) { return before == now ? 1 : (float) StrictMath.exp(before - now); }

    /// Divides a row by its sum, in which a sink takes part; a row that has seen nothing stays 0.
    void finish(int row, float sink) {
        float sum = 0;
        for (int i = 0; i < PARTS; i++) sum += sums[row * PARTS + i];
        if (sink != Float.NEGATIVE_INFINITY) sum += Functions.exp(sink - largest[row]);
        if (sum != 0) for (int d = 0; d < width; d++) z[row * width + d] /= sum;
    }
}
