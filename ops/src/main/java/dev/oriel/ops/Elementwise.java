package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Loops over `width` consecutive floats: each in its own method, because a loop shared through a function object boxes its vectors.
///
/// Input and output may be the same memory. The last, partial vector goes through a mask and the same steps.
final class Elementwise {
    private static final VectorSpecies<Float> F = Lanes.F;

    private Elementwise() {}

    /// out = f(x)
    static void activate(Nonlinearity f, MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        switch (f) {
            case SILU -> silu(x, xAt, out, outAt, width);
            case GELU -> gelu(x, xAt, out, outAt, width);
            case GELU_TANH -> geluTanh(x, xAt, out, outAt, width);
            case GELU_SIGMOID -> geluSigmoid(x, xAt, out, outAt, width);
            case RELU -> relu(x, xAt, out, outAt, width);
            case RELU_SQUARED -> {
                relu(x, xAt, out, outAt, width);
                multiply(out, outAt, out, outAt, out, outAt, width);
            }
            case SIGMOID -> sigmoid(x, xAt, out, outAt, width);
        }
    }

    /// out = f(slope * g) / slope * (u + offset), g and u clamped, by way of `activated`
    static void gate(Gating gating, MemorySegment gate, long gateAt, MemorySegment activated, long activatedAt, MemorySegment up, long upAt, MemorySegment out, long outAt, int width) {
        if (gating.plain()) {
            activate(gating.f(), gate, gateAt, activated, activatedAt, width);
            multiply(activated, activatedAt, up, upAt, out, outAt, width);
            return;
        }
        clamp(gate, gateAt, Float.NEGATIVE_INFINITY, gating.limit(), gating.slope(), 0, activated, activatedAt, width);
        activate(gating.f(), activated, activatedAt, activated, activatedAt, width);
        clamp(up, upAt, -gating.limit(), gating.limit(), 1 / gating.slope(), gating.offset() / gating.slope(), out, outAt, width);
        multiply(activated, activatedAt, out, outAt, out, outAt, width);
    }

    /// out = x within [low, high] * factor + offset
    static void clamp(MemorySegment x, long xAt, float low, float high, float factor, float offset, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE).max(low).min(high).mul(factor).add(offset).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest).max(low).min(high).mul(factor).add(offset)
            .intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void silu(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.silu(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.silu(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void gelu(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.gelu(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.gelu(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void geluTanh(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.geluTanh(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.geluTanh(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void geluSigmoid(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.geluSigmoid(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.geluSigmoid(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void relu(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.relu(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.relu(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    private static void sigmoid(MemorySegment x, long xAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.sigmoid(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.sigmoid(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// out = a * b
    static void multiply(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, a, aAt + 4L * i, Lanes.LE)
                .mul(FloatVector.fromMemorySegment(F, b, bAt + 4L * i, Lanes.LE))
                .intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, a, aAt + 4L * whole, Lanes.LE, rest)
            .mul(FloatVector.fromMemorySegment(F, b, bAt + 4L * whole, Lanes.LE, rest))
            .intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// out = a + b
    static void add(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, a, aAt + 4L * i, Lanes.LE)
                .add(FloatVector.fromMemorySegment(F, b, bAt + 4L * i, Lanes.LE))
                .intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, a, aAt + 4L * whole, Lanes.LE, rest)
            .add(FloatVector.fromMemorySegment(F, b, bAt + 4L * whole, Lanes.LE, rest))
            .intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// out = x * factor
    static void scale(MemorySegment x, long xAt, float factor, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE).mul(factor).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest).mul(factor).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// out = cap * tanh(x / cap)
    static void softCap(MemorySegment x, long xAt, float cap, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.tanh(FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE).div(cap)).mul(cap).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.tanh(FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest).div(cap)).mul(cap).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// out = (x - mean) / scale
    static void centre(MemorySegment x, long xAt, float mean, float scale, MemorySegment out, long outAt, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE).sub(mean).div(scale).intoMemorySegment(out, outAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest).sub(mean).div(scale).intoMemorySegment(out, outAt + 4L * whole, Lanes.LE, rest);
    }

    /// sum += x * factor
    static void addScaled(MemorySegment x, long xAt, float factor, MemorySegment sum, long sumAt, int width) {
        FloatVector by = FloatVector.broadcast(F, factor);
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            FloatVector.fromMemorySegment(F, x, xAt + 4L * i, Lanes.LE)
                .fma(by, FloatVector.fromMemorySegment(F, sum, sumAt + 4L * i, Lanes.LE))
                .intoMemorySegment(sum, sumAt + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        FloatVector.fromMemorySegment(F, x, xAt + 4L * whole, Lanes.LE, rest)
            .fma(by, FloatVector.fromMemorySegment(F, sum, sumAt + 4L * whole, Lanes.LE, rest))
            .intoMemorySegment(sum, sumAt + 4L * whole, Lanes.LE, rest);
    }
}
