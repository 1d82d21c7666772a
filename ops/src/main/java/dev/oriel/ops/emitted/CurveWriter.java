package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Eight;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for a [Curve] of a row of numbers, in vectors of 256 bits everywhere, by the steps of the vector kernels and so with their bits; times another row if wanted.
final class CurveWriter {
    private static final int SIGN = 0x80000000, VECTOR = 32;
    private static final Gpr X = Gpr.R8, OTHER = Gpr.R9, TO = Gpr.R10, COUNT = Gpr.R11;

    private final Assembler code = new Assembler(false);
    private final Vec x = new Vec(0), y = new Vec(1), power = new Vec(2), large = new Vec(8), t = new Vec(9), p = new Vec(10);
    private final Exponential exponential = new Exponential(code, y, power, new Vec(4), new Vec(5), new Vec(6), new Vec(7));

    private CurveWriter() {}

    static byte[] write(Target target, Curve curve, boolean gated) { return new CurveWriter().write(target.platform(), curve, gated); }

    private byte[] write(Platform platform, Curve curve, boolean gated) {
        platform.enter(code);
        code.load(X, Mem.at(platform.argument, Arguments.X)).load(OTHER, Mem.at(platform.argument, Arguments.SIDE));
        code.load(TO, Mem.at(platform.argument, Arguments.TO)).load(COUNT, Mem.at(platform.argument, Arguments.BLOCKS));
        int start = code.here();
        emit(Op.LOAD, x, null, Mem.at(X, 0));
        switch (curve) {
            case SILU -> silu();
            case GELU -> gelu();
            case GELU_TANH -> geluTanh();
            case GELU_SIGMOID -> geluSigmoid();
            case RELU -> relu();
            case RELU_SQUARED -> relu().emit(Op.VMULPS, y, y, y);
            case SIGMOID -> sigmoid();
        }
        if (gated) emit(Op.VMULPS, y, y, Mem.at(OTHER, 0));
        emit(Op.STORE, y, null, Mem.at(TO, 0));
        code.add(X, VECTOR).add(OTHER, VECTOR).add(TO, VECTOR).loop(COUNT, start);
        platform.leave(code);
        return code.finish();
    }

    private CurveWriter emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, 256, target, second, last);
        return this;
    }

    /// What is no number, as the last of two, is their maximum; adding 0 makes -0 one.
    private CurveWriter relu() { return emit(Op.VPXOR, y, y, y).emit(Op.VMAXPS, y, y, x).emit(Op.VADDPS, y, y, Eight.of(0f)); }

    private void silu() {
        emit(Op.VPXOR, y, x, Eight.of(SIGN));
        over(x);
    }

    private void sigmoid() {
        emit(Op.VPXOR, y, x, Eight.of(SIGN)).emit(Op.LOAD, x, null, Eight.of(1f));
        over(x);
    }

    private void geluSigmoid() {
        emit(Op.VMULPS, y, x, Eight.of(-1.702f));
        over(x);
    }

    /// y = x / (1 + e^y)
    private void over(Vec x) {
        exponential.ofAny(large);
        emit(Op.VADDPS, power, power, Eight.of(1f)).emit(Op.VDIVPS, y, x, power);
    }

    private void geluTanh() {
        float outer = (float) (-2 * Math.sqrt(2 / Math.PI));
        emit(Op.VMULPS, y, x, x).emit(Op.LOAD, power, null, Eight.of(outer)).emit(Op.VFMADD231PS, power, y, Eight.of(0.044715f * outer)).emit(Op.VMULPS, y, power, x);
        over(x);
    }

    /// erf of |u| is 1 - p(t) t e^-u², and has the sign of u.
    private void gelu() {
        Vec u = new Vec(11), sign = new Vec(12);
        emit(Op.VMULPS, u, x, Eight.of((float) Math.sqrt(0.5))).emit(Op.VPAND, t, u, Eight.of(~SIGN)).emit(Op.VPAND, sign, u, Eight.of(SIGN));
        emit(Op.LOAD, p, null, Eight.of(1f)).emit(Op.VFMADD231PS, p, t, Eight.of(0.3275911f));
        emit(Op.LOAD, t, null, Eight.of(1f)).emit(Op.VDIVPS, t, t, p);
        emit(Op.LOAD, p, null, Eight.of(-1.453152027f)).emit(Op.VFMADD231PS, p, t, Eight.of(1.061405429f));
        for (float term : new float[] {1.421413741f, -0.284496736f, 0.254829592f}) emit(Op.VFMADD213PS, p, t, Eight.of(term));
        emit(Op.VMULPS, p, p, t).emit(Op.VMULPS, y, u, u).emit(Op.VPXOR, y, y, Eight.of(SIGN));
        exponential.ofAny(large);
        emit(Op.VMULPS, p, p, power).emit(Op.LOAD, y, null, Eight.of(1f)).emit(Op.VSUBPS, y, y, p).emit(Op.VPXOR, y, y, sign);
        emit(Op.VADDPS, y, y, Eight.of(1f)).emit(Op.VMULPS, y, y, Eight.of(0.5f)).emit(Op.VMULPS, y, y, x);
    }
}
