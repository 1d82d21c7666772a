package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;

/// One head's weights as a page stores them: `weight = scale * (code / largest code)^2`, so that small weights, which are most of them, are the precise ones.
///
/// @param codes     `[query, key]`, one byte each, or two, the lower one first
/// @param thumbnail `[side, side]`, one byte each; the largest weight of the square that a pixel stands for, so that a sharp diagonal stays one
/// @param scale     the largest weight, 1 at least
record Quantised(byte[] codes, byte[] thumbnail, float scale) {
    private static final int SIDE = 32;

    /// Where the weights come from.
    interface Pattern {
        float get(int query, int key);
    }

    /// Pixels of a thumbnail along `tokens` tokens.
    static int side(int tokens) { return Math.min(SIDE, tokens); }

    static Quantised of(String name, int queries, int keys, Pattern pattern, int bytes) {
        float[] weights = new float[Math.multiplyExact(queries, keys)];
        float scale = 1;
        for (int query = 0; query < queries; query++) {
            for (int key = 0; key < keys; key++) {
                float weight = pattern.get(query, key);
                if (!(weight >= 0 && weight < Float.POSITIVE_INFINITY))
                    throw new ModelException(name, "weight of query " + query + ", key " + key, "a finite number, 0 or more", weight);
                weights[query * keys + key] = weight;
                scale = Math.max(scale, weight);
            }
        }
        return new Quantised(codes(weights, scale, bytes), thumbnail(weights, scale, queries, keys), scale);
    }

    private static byte[] codes(float[] weights, float scale, int bytes) {
        byte[] codes = new byte[Math.multiplyExact(weights.length, bytes)];
        for (int i = 0; i < weights.length; i++) {
            int code = code(weights[i], scale, (1 << 8 * bytes) - 1);
            for (int b = 0; b < bytes; b++) codes[i * bytes + b] = (byte) (code >> 8 * b);
        }
        return codes;
    }

    private static byte[] thumbnail(float[] weights, float scale, int queries, int keys) {
        int rows = side(queries);
        int columns = side(keys);
        float[] largest = new float[rows * columns];
        for (int query = 0; query < queries; query++) {
            for (int key = 0; key < keys; key++) {
                int pixel = (int) ((long) query * rows / queries) * columns + (int) ((long) key * columns / keys);
                largest[pixel] = Math.max(largest[pixel], weights[query * keys + key]);
            }
        }
        return codes(largest, scale, 1);
    }

    private static int code(float weight, float scale, int largest) { return (int) Math.round(Math.sqrt(weight / (double) scale) * largest); }
}
