package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Eight;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for a step of the softmax of some rows, in vectors of 256 bits everywhere: scores become e^(score - largest), which are added to 32 running sums, and those are multiplied first
/// by how much they count less now that a larger score may have come. The steps of the vector kernels, in their order, so it has their bits.
///
final class SoftmaxWriter {
    private static final int LANES = 8, VECTORS = 4;
    private static final int NEGATIVE_INFINITY = 0xff800000;
    private static final Gpr X = Gpr.R8, SUMS = Gpr.R9, LARGEST = Gpr.RAX, FACTOR = Gpr.RDX, LIMIT = Gpr.R10, COUNT = Gpr.R11;
    /// Rows left; a register that belongs to the caller.
    private static final Gpr ROWS = Gpr.RBX;

    private final Assembler code = new Assembler(false);
    private final Platform platform;
    /// Largest scores, then sums.
    private final Vec[] four = {new Vec(0), new Vec(1), new Vec(2), new Vec(3)};
    private final Vec top = new Vec(4), x = new Vec(6), power = new Vec(10);
    private final Vec index = new Vec(11), limit = new Vec(12), unseen = new Vec(13), seen = new Vec(7);
    private final Exponential exponential = new Exponential(code, x, power, seen, new Vec(8), new Vec(9), new Vec(5));

    private SoftmaxWriter(Platform platform) { this.platform = platform; }

    static byte[] write(Target target) { return new SoftmaxWriter(target.platform()).write(); }

    private byte[] write() {
        Gpr arguments = platform.argument;
        platform.enter(code);
        code.push(ROWS).load(ROWS, Mem.at(arguments, Arguments.TURNS)).load(LIMIT, Mem.at(arguments, Arguments.LIMITS));
        code.load(SUMS, Mem.at(arguments, Arguments.SIDE)).load(LARGEST, Mem.at(arguments, Arguments.FROM)).load(FACTOR, Mem.at(arguments, Arguments.TO));
        emit(Op.VPBROADCASTD, unseen, null, new Constant(NEGATIVE_INFINITY));
        int start = code.here();
        row();
        code.load(X, Mem.at(arguments, Arguments.X)).load(COUNT, Mem.at(arguments, Arguments.STRIDE)).add(X, COUNT).store(Mem.at(arguments, Arguments.X), X);
        code.add(LIMIT, Integer.BYTES).add(LARGEST, Float.BYTES).add(FACTOR, Float.BYTES).add(SUMS, 32 * VECTORS).loop(ROWS, start).pop(ROWS);
        platform.leave(code);
        return code.finish();
    }

    private void row() {
        begin();
        hide();
        largest();
        exponential.ofNegative();
        lane(power, FACTOR);
        for (int i = 0; i < VECTORS; i++) emit(Op.VMULPS, four[i], power, Mem.at(SUMS, 32 * i));
        begin();
        exponentials();
        for (int i = 0; i < VECTORS; i++) emit(Op.STORE, four[i], null, Mem.at(SUMS, 32 * i));
    }

    private SoftmaxWriter emit(Op op, Vec target, Vec second, Operand last) {
        code.vector(op, 256, target, second, last);
        return this;
    }

    private void lane(Vec from, Gpr to) { code.vector(Op.VPEXTRD, 128, from, null, Mem.at(to, 0), 0); }

    private void begin() { code.load(X, Mem.at(platform.argument, Arguments.X)).load(COUNT, Mem.at(platform.argument, Arguments.BLOCKS)); }

    /// What is not seen becomes -inf; the largest of every lane on the way.
    private void hide() {
        emit(Op.LOAD, index, null, new Eight(0, 1)).emit(Op.VPBROADCASTD, limit, null, Mem.at(LIMIT, 0));
        for (Vec most : four) emit(Op.LOAD, most, null, Eight.of(NEGATIVE_INFINITY));
        int start = code.here();
        for (int i = 0; i < VECTORS; i++) {
            emit(Op.VPCMPGTD, seen, limit, index).emit(Op.VPAND, x, seen, Mem.at(X, 32 * i)).emit(Op.VPANDN, seen, seen, unseen).emit(Op.VPOR, x, x, seen);
            // Where one of two is not a number the result is the last, so this goes by what is none.
            emit(Op.STORE, x, null, Mem.at(X, 32 * i)).emit(Op.VMAXPS, four[i], x, four[i]).emit(Op.VPADDD, index, index, Eight.of(LANES));
        }
        code.add(X, 32 * VECTORS).loop(COUNT, start);
    }

    /// Leaves the largest score in every lane of `top` (0 if there is none), and by how much the one before was less in `x`.
    private void largest() {
        emit(Op.VMAXPS, four[0], four[0], four[1]).emit(Op.VMAXPS, four[2], four[2], four[3]).emit(Op.VMAXPS, four[0], four[0], four[2]);
        Vec whole = four[0];
        Vec other = four[1];
        code.vector(Op.VEXTRACTI128, 256, whole, null, other, 1).vector(Op.VMAXPS, 128, whole, whole, other);
        for (int order : new int[] {0x4E, 0xB1}) code.vector(Op.VPSHUFD, 128, other, null, whole, order).vector(Op.VMAXPS, 128, whole, whole, other);
        emit(Op.VPBROADCASTD, whole, null, whole).emit(Op.VPBROADCASTD, x, null, Mem.at(LARGEST, 0)).emit(Op.VMAXPS, whole, whole, x);
        lane(whole, LARGEST);
        emit(Op.VPCMPEQD, top, whole, unseen).emit(Op.VPANDN, top, top, whole).emit(Op.VSUBPS, x, x, top);
    }

    private void exponentials() {
        int start = code.here();
        for (int i = 0; i < VECTORS; i++) {
            emit(Op.LOAD, x, null, Mem.at(X, 32 * i)).emit(Op.VSUBPS, x, x, top);
            exponential.ofNegative();
            emit(Op.STORE, power, null, Mem.at(X, 32 * i)).emit(Op.VADDPS, four[i], four[i], power);
        }
        code.add(X, 32 * VECTORS).loop(COUNT, start);
    }
}
