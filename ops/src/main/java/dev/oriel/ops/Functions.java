package dev.oriel.ops;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Transcendental functions of whole vectors. Every step is exact or correctly rounded, so the same input gives the same bits, compiled or interpreted.
final class Functions {
    private static final float LOG2_E = 1.44269504f;
    /// ln 2 in two parts: the first has trailing zeros, so that its product with a small integer is exact.
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /// 1.5 * 2^23: adding it rounds to an integer, which then lies in the low bits.
    private static final float ROUND = 12582912f;
    private static final float SMALLEST = -86.9f;
    private static final float LARGEST = 88.72f;

    /// The rest of twice the Taylor series of e^x.
    private static final float[] TERMS = {2f / 120, 2f / 24, 2f / 6, 1, 2, 2};

    private Functions() {}

    /// e^x within 1.5 units in the last place; 0 below -86.9, infinity above 88.72.
    static FloatVector exp(FloatVector x) { return expOfNegative(x).blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, LARGEST)); }

    /// The same for x up to 88.
    static FloatVector expOfNegative(FloatVector x) {
        FloatVector shifted = x.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(Lanes.F, -LN2_LOW), r);
        // Twice the Taylor series, because 2^(n-1) is a float for every n that occurs and 2^n is not.
        FloatVector p = r.fma(2f / 5040, 2f / 720);
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 2f / 120));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 2f / 24));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 2f / 6));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 1f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 2f));
        p = p.fma(r, FloatVector.broadcast(Lanes.F, 2f));
        FloatVector power = shifted.reinterpretAsInts().add(126).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(power).blend(0f, x.compare(VectorOperators.LT, SMALLEST));
    }

    static float exp(float x) { return x > LARGEST ? Float.POSITIVE_INFINITY : expOfNegative(x); }

    /// The same steps for a single number.
    static float expOfNegative(float x) {
        if (x < SMALLEST) return 0;
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(r, 2f / 5040, 2f / 720);
        for (float term : TERMS) p = Math.fma(p, r, term);
        return p * Float.intBitsToFloat(Float.floatToRawIntBits(shifted) + 126 << 23);
    }

    /// x / (1 + e^-x)
    static FloatVector silu(FloatVector x) { return x.div(exp(x.neg()).add(1f)); }

    /// x Φ(x), by [#erf]
    static FloatVector gelu(FloatVector x) { return erf(x.mul((float) Math.sqrt(0.5))).add(1f).mul(0.5f).mul(x); }

    /// x (1 + tanh u) / 2 = x / (1 + e^-2u)
    static FloatVector geluTanh(FloatVector x) {
        float outer = (float) (-2 * Math.sqrt(2 / Math.PI));
        FloatVector u = x.mul(x).fma(0.044715f * outer, outer).mul(x);
        return x.div(exp(u).add(1f));
    }

    /// x / (1 + e^-1.702x)
    static FloatVector geluSigmoid(FloatVector x) { return x.div(exp(x.mul(-1.702f)).add(1f)); }

    /// 1 / (1 + e^-x)
    static FloatVector sigmoid(FloatVector x) { return FloatVector.broadcast(Lanes.F, 1).div(exp(x.neg()).add(1f)); }

    static FloatVector relu(FloatVector x) { return x.max(0f); }

    /// Near 0 by its series, elsewhere 1 - 2 / (1 + e^2x), which would cancel there.
    static FloatVector tanh(FloatVector x) {
        FloatVector y = x.mul(x);
        FloatVector series = y.fma(62f / 2835, -17f / 315);
        series = series.fma(y, FloatVector.broadcast(Lanes.F, 2f / 15));
        series = series.fma(y, FloatVector.broadcast(Lanes.F, -1f / 3));
        series = series.mul(y).fma(x, x);
        FloatVector far = FloatVector.broadcast(Lanes.F, -2f).div(exp(x.add(x)).add(1f)).add(1f);
        VectorMask<Float> near = y.compare(VectorOperators.LT, 0.0625f);
        return far.blend(series, near);
    }

    /// Within 5e-7 (Abramowitz and Stegun 7.1.26).
    static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector t = FloatVector.broadcast(Lanes.F, 1f).div(a.fma(0.3275911f, 1f));
        FloatVector p = t.fma(1.061405429f, -1.453152027f);
        p = p.fma(t, FloatVector.broadcast(Lanes.F, 1.421413741f));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, -0.284496736f));
        p = p.fma(t, FloatVector.broadcast(Lanes.F, 0.254829592f)).mul(t);
        FloatVector magnitude = p.mul(exp(x.mul(x).neg())).neg().add(1f);
        return magnitude.blend(magnitude.neg(), x.compare(VectorOperators.LT, 0f));
    }
}
