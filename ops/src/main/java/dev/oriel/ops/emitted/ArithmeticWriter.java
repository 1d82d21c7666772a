package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for plain arithmetic on a row of numbers, in vectors of 256 bits everywhere, by the steps of the vector kernels and so with their bits.
final class ArithmeticWriter {
    private static final int VECTOR = 32;
    private static final Gpr X = Gpr.R8, OTHER = Gpr.R9, THIRD = Gpr.RAX, FOURTH = Gpr.RDX, TO = Gpr.R10, COUNT = Gpr.R11;

    private final Assembler code = new Assembler(false);
    private final Platform platform;
    private final Vec a = new Vec(0), b = new Vec(1), cos = new Vec(2), sin = new Vec(3), left = new Vec(4), right = new Vec(5);

    private ArithmeticWriter(Platform platform) { this.platform = platform; }

    static byte[] write(Target target, Arithmetic operation) { return new ArithmeticWriter(target.platform()).write(operation); }

    private byte[] write(Arithmetic operation) {
        platform.enter(code);
        load(X, Arguments.X).load(OTHER, Arguments.SIDE).load(THIRD, Arguments.FROM).load(FOURTH, Arguments.CODES).load(TO, Arguments.TO).load(COUNT, Arguments.BLOCKS);
        if (operation == Arithmetic.SCALE) emit(Op.VPBROADCASTD, b, null, Mem.at(platform.argument, Arguments.SCALE));
        int start = code.here();
        emit(Op.LOAD, a, null, Mem.at(X, 0));
        switch (operation) {
            case ADD -> emit(Op.VADDPS, a, a, Mem.at(OTHER, 0)).emit(Op.STORE, a, null, Mem.at(TO, 0));
            case SCALE -> emit(Op.VMULPS, a, a, b).emit(Op.STORE, a, null, Mem.at(TO, 0));
            case TURN -> turn();
        }
        for (Gpr pointer : new Gpr[] {X, OTHER, THIRD, FOURTH, TO}) code.add(pointer, VECTOR);
        code.loop(COUNT, start);
        platform.leave(code);
        return code.finish();
    }

    /// a = a cos - b sin, b = b cos + a sin, in place; b, the cosines and the sines are the other, third and fourth row.
    private void turn() {
        emit(Op.LOAD, b, null, Mem.at(OTHER, 0)).emit(Op.LOAD, cos, null, Mem.at(THIRD, 0)).emit(Op.LOAD, sin, null, Mem.at(FOURTH, 0));
        emit(Op.VMULPS, left, a, cos).emit(Op.VMULPS, right, b, sin).emit(Op.VSUBPS, left, left, right).emit(Op.STORE, left, null, Mem.at(X, 0));
        emit(Op.VMULPS, left, b, cos).emit(Op.VMULPS, right, a, sin).emit(Op.VADDPS, left, left, right).emit(Op.STORE, left, null, Mem.at(OTHER, 0));
    }

    private ArithmeticWriter load(Gpr register, int argument) {
        code.load(register, Mem.at(platform.argument, argument));
        return this;
    }

    private ArithmeticWriter emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, 256, target, second, last);
        return this;
    }
}
