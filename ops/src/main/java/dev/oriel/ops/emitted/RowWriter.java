package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code that lays out one row of activations as kernels read them: a number (or a few in 32 bits) of every token of a group before the next; rounded to 8 bits or to bfloat16
/// on the way, or as they are. Its arguments: `from` the row, 32 columns per block; the activations and the side of the row's token.
final class RowWriter {
    private static final Gpr FROM = Gpr.RAX, X = Gpr.R8, SIDE = Gpr.R9, COUNT = Gpr.R11;
    private static final int ABSOLUTE = 0x7fffffff, LARGEST = 0x7f7fffff, BYTE_ONES = 0x01010101, SHORT_ONES = 0x00010001;
    private static final int[] IN_ORDER = {0, 1, 2, 3, 4, 5, 6, 7};
    /// Where 256-bit packing, which works in two halves, leaves quads of columns.
    private static final int[] PACKED = {0, 2, 4, 6, 1, 3, 5, 7};

    private final Assembler code = new Assembler(false);
    private final int tokens;
    private final Vec[] v = new Vec[10];
    private final Vec high = new Vec(10), most = new Vec(11), limit = new Vec(12), factor = new Vec(13), byteOnes = new Vec(14), shortOnes = new Vec(15);

    private RowWriter(int tokens) {
        this.tokens = tokens;
        for (int i = 0; i < v.length; i++) v[i] = new Vec(i);
    }

    static byte[] write(Target target, Layout layout, int tokens) { return new RowWriter(tokens).write(target.platform(), layout); }

    private byte[] write(Platform platform, Layout layout) {
        platform.enter(code);
        code.load(FROM, Mem.at(platform.argument, Arguments.FROM)).load(X, Mem.at(platform.argument, Arguments.X));
        code.load(SIDE, Mem.at(platform.argument, Arguments.SIDE)).load(COUNT, Mem.at(platform.argument, Arguments.BLOCKS));
        if (layout instanceof Layout.Codes) constants();
        int start = code.here();
        int numbers = switch (layout) {
            case Layout.Codes _ -> quantise();
            case Layout.Plain plain when plain == Layout.Plain.BF16_ROUNDED -> round();
            case Layout.Plain _ -> copy();
        };
        code.add(FROM, 128).add(X, Float.BYTES * numbers * tokens).add(SIDE, Float.BYTES * Layout.SIDE * tokens).loop(COUNT, start);
        platform.leave(code);
        return code.finish();
    }

    private RowWriter emit(int bits, Op op, Vec target, Vec second, Operand last) {
        code.vector(op, bits, target, second, last);
        return this;
    }

    private RowWriter emit(Op op, Vec target, Vec second, Operand last) { return emit(256, op, target, second, last); }

    private int copy() {
        for (int i = 0; i < 4; i++) {
            emit(Op.LOAD, v[0], null, Mem.at(FROM, 32 * i));
            scatter(v[0], 8 * i, IN_ORDER);
        }
        return 32;
    }

    private int round() {
        for (int i = 0; i < 2; i++) {
            emit(512, Op.VCVTNEPS2BF16, v[0], null, Mem.at(FROM, 64 * i));
            scatter(v[0], 8 * i, IN_ORDER);
        }
        return 16;
    }

    /// Stores eight lanes, as numbers `first + order[lane]` of the token.
    private void scatter(Vec lanes, int first, int[] order) {
        code.vector(Op.VEXTRACTI128, 256, lanes, null, high, 1);
        for (int i = 0; i < 8; i++) lane(i < 4 ? lanes : high, i % 4, X, first + order[i]);
    }

    private void lane(Vec from, int lane, Gpr base, int number) { code.vector(Op.VPEXTRD, 128, from, null, Mem.at(base, Float.BYTES * number * tokens), lane); }

    private void constants() {
        int[] values = {ABSOLUTE, LARGEST, Float.floatToRawIntBits(127), BYTE_ONES, SHORT_ONES};
        Vec[] vectors = {most, limit, factor, byteOnes, shortOnes};
        for (int i = 0; i < values.length; i++) emit(Op.VPBROADCASTD, vectors[i], null, new Constant(values[i]));
    }

    /// code = round(x * 127 / largest), scale = largest / 127
    private int quantise() {
        for (int i = 0; i < 4; i++) emit(Op.LOAD, v[i], null, Mem.at(FROM, 32 * i)).emit(Op.VPAND, v[4 + i], v[i], most);
        // As integers, in which a NaN is larger than everything.
        emit(Op.VPMAXUD, v[4], v[4], v[5]).emit(Op.VPMAXUD, v[6], v[6], v[7]).emit(Op.VPMAXUD, v[4], v[4], v[6]);
        code.vector(Op.VEXTRACTI128, 256, v[4], null, v[5], 1);
        emit(128, Op.VPMAXUD, v[4], v[4], v[5]);
        code.vector(Op.VPSHUFD, 128, v[5], null, v[4], 0x4E);
        emit(128, Op.VPMAXUD, v[4], v[4], v[5]);
        code.vector(Op.VPSHUFD, 128, v[5], null, v[4], 0xB1);
        emit(128, Op.VPMAXUD, v[4], v[4], v[5]);
        Vec scale = v[4], by = v[5];
        // A block of zeros stays one: 0 * the largest float.
        emit(128, Op.VDIVPS, by, factor, scale).emit(128, Op.VMINPS, by, by, limit).emit(128, Op.VDIVPS, scale, scale, factor).emit(Op.VPBROADCASTD, by, null, by);
        for (int i = 0; i < 4; i++) emit(Op.VMULPS, v[i], v[i], by).emit(Op.VCVTPS2DQ, v[i], null, v[i]);
        emit(Op.VPACKSSDW, v[0], v[0], v[1]).emit(Op.VPACKSSDW, v[2], v[2], v[3]).emit(Op.VPACKSSWB, v[0], v[0], v[2]);
        emit(Op.VPMADDUBSW, v[1], byteOnes, v[0]).emit(Op.VPMADDWD, v[1], v[1], shortOnes);
        side(v[1], scale);
        scatter(v[0], 0, PACKED);
        return 8;
    }

    /// @param quads sums of quads of columns, in the order of packing
    private void side(Vec quads, Vec scale) {
        Vec halves = v[2], whole = v[3], zero = v[6];
        code.vector(Op.VEXTRACTI128, 256, quads, null, halves, 1);
        emit(128, Op.VPADDD, halves, halves, quads).emit(128, Op.VPHADDD, halves, halves, halves).emit(128, Op.VPHADDD, whole, halves, halves);
        emit(128, Op.VPXOR, zero, zero, zero).emit(128, Op.VPSUBD, v[7], zero, halves).emit(128, Op.VPSUBD, v[8], zero, whole);
        emit(128, Op.VCVTDQ2PS, halves, null, halves).emit(128, Op.VCVTDQ2PS, whole, null, whole);
        emit(128, Op.VMULPS, halves, halves, scale).emit(128, Op.VMULPS, whole, whole, scale);
        lane(scale, 0, SIDE, Layout.SCALE);
        lane(v[8], 0, SIDE, Layout.START);
        lane(whole, 0, SIDE, Layout.SUM);
        for (int half = 0; half < 2; half++) {
            lane(v[7], half, SIDE, Layout.HALVES + half);
            lane(halves, half, SIDE, Layout.HALVES + 2 + half);
        }
    }
}
