package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for the two loops of a norm over a row of numbers, in vectors of 256 bits everywhere, by the steps of the vector kernels and so with their bits.
final class NormWriter {
    private static final int VECTOR = 32;
    private static final Gpr X = Gpr.R8, SIDE = Gpr.R9, BIAS = Gpr.RAX, TO = Gpr.R10, COUNT = Gpr.R11;

    private final Assembler code = new Assembler(false);
    private final Platform platform;
    private final Vec value = new Vec(0), mean = new Vec(1), scale = new Vec(2);

    private NormWriter(Platform platform) { this.platform = platform; }

    /// Sums, or sums of squared differences from the mean, in so many vectors side by side, which are given as they are.
    ///
    /// @param added whether the row beside is added to the numbers first, for good
    static byte[] sums(Target target, boolean squares, int vectors, boolean added) { return new NormWriter(target.platform()).sums(squares, vectors, added); }

    /// out = (x - mean) / scale, times a weight and plus a bias where there are such.
    static byte[] centre(Target target, boolean weight, boolean bias) { return new NormWriter(target.platform()).centre(weight, bias); }

    private byte[] sums(boolean squares, int vectors, boolean added) {
        enter();
        Vec[] sums = new Vec[vectors];
        for (int i = 0; i < vectors; i++) {
            sums[i] = new Vec(3 + i);
            emit(Op.VPXOR, sums[i], sums[i], sums[i]);
        }
        int start = code.here();
        for (int i = 0; i < vectors; i++) {
            emit(Op.LOAD, value, null, Mem.at(X, VECTOR * i));
            if (added) emit(Op.VADDPS, value, value, Mem.at(SIDE, VECTOR * i)).emit(Op.STORE, value, null, Mem.at(X, VECTOR * i));
            if (squares) emit(Op.VSUBPS, value, value, mean).emit(Op.VFMADD231PS, sums[i], value, value);
            else emit(Op.VADDPS, sums[i], sums[i], value);
        }
        code.add(X, VECTOR * vectors).add(SIDE, VECTOR * vectors).loop(COUNT, start);
        for (int i = 0; i < vectors; i++) emit(Op.STORE, sums[i], null, Mem.at(TO, VECTOR * i));
        return leave();
    }

    private byte[] centre(boolean weight, boolean bias) {
        enter();
        int start = code.here();
        emit(Op.LOAD, value, null, Mem.at(X, 0)).emit(Op.VSUBPS, value, value, mean).emit(Op.VDIVPS, value, value, scale);
        if (weight) emit(Op.VMULPS, value, value, Mem.at(SIDE, 0));
        if (bias) emit(Op.VADDPS, value, value, Mem.at(BIAS, 0));
        emit(Op.STORE, value, null, Mem.at(TO, 0));
        code.add(X, VECTOR).add(SIDE, VECTOR).add(BIAS, VECTOR).add(TO, VECTOR).loop(COUNT, start);
        return leave();
    }

    private NormWriter emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, 256, target, second, last);
        return this;
    }

    private void enter() {
        Gpr arguments = platform.argument;
        platform.enter(code);
        code.load(X, Mem.at(arguments, Arguments.X)).load(SIDE, Mem.at(arguments, Arguments.SIDE)).load(BIAS, Mem.at(arguments, Arguments.FROM));
        code.load(TO, Mem.at(arguments, Arguments.TO)).load(COUNT, Mem.at(arguments, Arguments.BLOCKS));
        emit(Op.VPBROADCASTD, mean, null, Mem.at(arguments, Arguments.MEAN)).emit(Op.VPBROADCASTD, scale, null, Mem.at(arguments, Arguments.SCALE));
    }

    private byte[] leave() {
        platform.leave(code);
        return code.finish();
    }
}
