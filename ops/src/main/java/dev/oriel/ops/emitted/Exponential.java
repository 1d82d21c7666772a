package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Eight;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for e^x in vectors of 256 bits: the steps of the vector kernels' function, in their order, so it has their bits.
///
/// @param x       is used up
/// @param result  what comes out
/// @param shifted working space, as are the next two
/// @param bounds  holds the smallest x whose e^x is told from 0, or for a moment the largest that is told from infinity
record Exponential(Assembler code, Vec x, Vec result, Vec shifted, Vec n, Vec outside, Vec bounds) {
    /// Comparisons that are quietly false for what is not a number.
    private static final int LESS = 0x11, GREATER = 0x1E;
    private static final float SMALLEST = -86.9f, LARGEST = 88.72f;
    /// 1.5 * 2^23: adding it rounds to an integer, which then lies in the low bits.
    private static final float ROUND = 12582912f;

    private Exponential emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, 256, target, second, last);
        return this;
    }

    private void bound(float value) { emit(Op.VPBROADCASTD, bounds, null, new Constant(Float.floatToRawIntBits(value))); }

    /// For x up to 88; 0 below -86.9.
    void ofNegative() {
        bound(SMALLEST);
        code.vector(Op.VCMPPS, 256, outside, x, bounds, LESS);
        steps();
        emit(Op.VPANDN, result, outside, result);
    }

    /// Infinity above 88.72, too.
    void ofAny(Vec large) {
        bound(LARGEST);
        code.vector(Op.VCMPPS, 256, large, x, bounds, GREATER);
        ofNegative();
        emit(Op.VPANDN, result, large, result).emit(Op.VPAND, large, large, Eight.of(Float.POSITIVE_INFINITY)).emit(Op.VPOR, result, result, large);
    }

    private void steps() {
        emit(Op.LOAD, shifted, null, Eight.of(ROUND)).emit(Op.VFMADD231PS, shifted, x, Eight.of(1.44269504f));
        emit(Op.VSUBPS, n, shifted, Eight.of(ROUND));
        // ln 2 in two parts: the product of the first with a small integer is exact.
        emit(Op.VFMADD231PS, x, n, Eight.of(-0.693359375f)).emit(Op.VFMADD231PS, x, n, Eight.of(2.12194440e-4f));
        // Twice the Taylor series, because 2^(n-1) is a float for every n that occurs and 2^n is not.
        emit(Op.LOAD, result, null, Eight.of(2f / 720)).emit(Op.VFMADD231PS, result, x, Eight.of(2f / 5040));
        for (float term : new float[] {2f / 120, 2f / 24, 2f / 6, 1, 2, 2}) emit(Op.VFMADD213PS, result, x, Eight.of(term));
        emit(Op.VPADDD, shifted, shifted, Eight.of(126));
        code.shift(Op.VPSLLD, 256, shifted, shifted, 23);
        emit(Op.VMULPS, result, result, shifted);
    }
}
