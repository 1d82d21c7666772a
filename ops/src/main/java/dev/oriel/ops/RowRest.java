package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// The last numbers of a row, fewer than an emitted kernel takes at once, in plain loops: the steps of [Elementwise], [Functions] and [RopeKernel], and so their bits.
final class RowRest {
    private RowRest() {}

    private static float get(MemorySegment memory, long at, int i) { return memory.get(HostRows.FLOAT, at + (long) i * Float.BYTES); }

    private static void set(MemorySegment memory, long at, int i, float value) { memory.set(HostRows.FLOAT, at + (long) i * Float.BYTES, value); }

    /// out = a + b
    static void add(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt, int count) {
        for (int i = 0; i < count; i++) set(out, outAt, i, get(a, aAt, i) + get(b, bAt, i));
    }

    /// x = x * factor
    static void scale(MemorySegment x, long at, float factor, int count) {
        for (int i = 0; i < count; i++) set(x, at, i, get(x, at, i) * factor);
    }

    /// out = f(x), times `up` unless that is null
    static void bend(Nonlinearity f, MemorySegment x, long xAt, MemorySegment up, long upAt, MemorySegment out, long outAt, int count) {
        for (int i = 0; i < count; i++) {
            float bent = bend(f, get(x, xAt, i));
            set(out, outAt, i, up == null ? bent : bent * get(up, upAt, i));
        }
    }

    private static float bend(Nonlinearity f, float x) {
        return switch (f) {
            case SILU -> x / (Functions.exp(-x) + 1f);
            case GELU -> (erf(x * (float) Math.sqrt(0.5)) + 1f) * 0.5f * x;
            case GELU_TANH -> geluTanh(x);
            case GELU_SIGMOID -> x / (Functions.exp(x * -1.702f) + 1f);
            case RELU -> Math.max(x, 0f);
            case RELU_SQUARED -> Math.max(x, 0f) * Math.max(x, 0f);
            case SIGMOID -> 1 / (Functions.exp(-x) + 1f);
        };
    }

    private static float geluTanh(float x) {
        float outer = (float) (-2 * Math.sqrt(2 / Math.PI));
        return x / (Functions.exp(Math.fma(x * x, 0.044715f * outer, outer) * x) + 1f);
    }

    private static float erf(float x) {
        float t = 1f / Math.fma(Math.abs(x), 0.3275911f, 1f);
        float p = Math.fma(t, 1.061405429f, -1.453152027f);
        p = Math.fma(p, t, 1.421413741f);
        p = Math.fma(p, t, -0.284496736f);
        p = Math.fma(p, t, 0.254829592f) * t;
        float magnitude = -(p * Functions.exp(-(x * x))) + 1f;
        return x < 0 ? -magnitude : magnitude;
    }

    /// Columns of a head turned with others.
    ///
    /// @param turns cosines, and from `pairs` on sines
    /// @param first the first of the pairs that are meant
    static void turn(MemorySegment x, long at, long other, MemorySegment turns, int pairs, int first) {
        for (int i = first; i < pairs; i++) {
            float a = get(x, at, i), b = get(x, other, i), cos = get(turns, 0, i), sin = get(turns, 0, pairs + i);
            set(x, at, i, a * cos - b * sin);
            set(x, other, i, b * cos + a * sin);
        }
    }
}
