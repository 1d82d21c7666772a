package dev.oriel.ops;

import java.util.Random;

/// Random test data from one seed; give `-Doriel.test.seed=N` to try another.
final class Draw {
    private final long seed;
    private final Random random;

    Draw(long seed) {
        this.seed = Long.getLong("oriel.test.seed", seed);
        random = new Random(this.seed);
    }

    Random random() { return random; }

    /// Normally distributed numbers around 0.
    float[] floats(int count) {
        float[] out = new float[count];
        for (int i = 0; i < count; i++) out[i] = (float) random.nextGaussian();
        return out;
    }

    /// Normally distributed numbers that float16 holds exactly.
    float[] halves(int count) {
        float[] out = floats(count);
        for (int i = 0; i < count; i++) out[i] = Float.float16ToFloat(Float.floatToFloat16(out[i]));
        return out;
    }

    int[] ints(int count, int bound) { return random.ints(count, 0, bound).toArray(); }

    /// What a failure message starts with.
    @Override
    public String toString() { return "seed " + seed; }
}
