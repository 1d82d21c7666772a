package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Sums and softmax over `width` consecutive floats.
///
/// Lanes are added up one after the other in a loop of ours: the library leaves the order of a floating-point reduction open, and interpreted and compiled code differ.
final class Reductions {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Reductions() {}

    /// @param lanes scratch of at least one vector
    static float sum(MemorySegment x, long at, int width, float[] lanes) {
        FloatVector sum = FloatVector.zero(F);
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length()) sum = sum.add(FloatVector.fromMemorySegment(F, x, at + 4L * i, Lanes.LE));
        if (whole < width) sum = sum.add(FloatVector.fromMemorySegment(F, x, at + 4L * whole, Lanes.LE, F.indexInRange(whole, width)));
        sum.intoArray(lanes, 0);
        return sumOf(lanes, F.length());
    }

    /// Σ (x - mean)²
    static float squares(MemorySegment x, long at, float mean, int width, float[] lanes) {
        FloatVector sum = FloatVector.zero(F);
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector v = FloatVector.fromMemorySegment(F, x, at + 4L * i, Lanes.LE).sub(mean);
            sum = v.fma(v, sum);
        }
        if (whole < width) {
            VectorMask<Float> rest = F.indexInRange(whole, width);
            FloatVector v = FloatVector.zero(F).blend(FloatVector.fromMemorySegment(F, x, at + 4L * whole, Lanes.LE, rest).sub(mean), rest);
            sum = v.fma(v, sum);
        }
        sum.intoArray(lanes, 0);
        return sumOf(lanes, F.length());
    }

    static float sumOf(float[] x, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) sum += x[i];
        return sum;
    }

    static float largest(MemorySegment x, long at, int width) {
        FloatVector largest = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length()) largest = largest.max(FloatVector.fromMemorySegment(F, x, at + 4L * i, Lanes.LE));
        float most = largest.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < width; i++) most = Math.max(most, x.get(FLOAT, at + 4L * i));
        return most;
    }

    /// Softmax in place, with a number more that takes its share and is not kept (-inf for none); a row of only -inf becomes zeros.
    static void softmax(MemorySegment x, long at, int width, float sink, float[] lanes) {
        float largest = Math.max(sink, largest(x, at, width));
        if (largest == Float.NEGATIVE_INFINITY) {
            x.asSlice(at, 4L * width).fill((byte) 0);
            return;
        }
        exponentials(x, at, largest, width);
        Elementwise.scale(x, at, 1 / (sum(x, at, width, lanes) + Functions.exp(sink - largest)), x, at, width);
    }

    private static void exponentials(MemorySegment x, long at, float largest, int width) {
        int whole = F.loopBound(width);
        for (int i = 0; i < whole; i += F.length())
            Functions.exp(FloatVector.fromMemorySegment(F, x, at + 4L * i, Lanes.LE).sub(largest)).intoMemorySegment(x, at + 4L * i, Lanes.LE);
        if (whole == width) return;
        VectorMask<Float> rest = F.indexInRange(whole, width);
        Functions.exp(FloatVector.fromMemorySegment(F, x, at + 4L * whole, Lanes.LE, rest).sub(largest)).intoMemorySegment(x, at + 4L * whole, Lanes.LE, rest);
    }
}
