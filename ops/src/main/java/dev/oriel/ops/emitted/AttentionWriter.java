package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;

/// Code for the two products of attention: queries with keys, and weights with values, a few rows (a query of a head each) side by side. Keys and values are float32 or float16,
/// which is widened on the way. Every number is summed by the same steps in the same order as in the vector kernels, so it has their bits.
final class AttentionWriter {
    /// Rows that a kernel takes at most.
    static final int MOST_ROWS = 4;
    /// Slots of a tile.
    private static final int TILE = 32;
    private static final Gpr AT = Gpr.RAX, STRIDE = Gpr.R10, X = Gpr.R8, X_STRIDE = Gpr.R9, COUNT = Gpr.R11;
    /// Turns left; a register that belongs to the caller.
    private static final Gpr TURNS = Gpr.RBX;
    /// Three strides: of rows where there are several, else of tiles.
    private static final Gpr STRIDE_3 = Gpr.RDX;

    private final Assembler code;
    private final InstructionSet set;
    private final Platform platform;
    private final boolean half;
    private final int rows;
    private final int across;
    private final Vec[] sums;
    private final Vec[] every;
    private final Vec[] numbers;

    private AttentionWriter(Target target, boolean half, int rows, int across) {
        code = new Assembler(target.evex());
        set = target.set();
        platform = target.platform();
        this.half = half;
        this.rows = rows;
        this.across = across;
        sums = vectors(0, rows * across);
        every = vectors(sums.length, rows);
        numbers = vectors(sums.length + rows, 2);
    }

    private static Vec[] vectors(int first, int count) {
        Vec[] out = new Vec[count];
        for (int i = 0; i < count; i++) out[i] = new Vec(first + i);
        return out;
    }

    /// How many vectors of slots scores of so many rows are computed of at once: enough sums for each not to wait for itself.
    static int slotVectors(int rows) { return rows == 1 ? 8 : rows == 2 ? 4 : 2; }

    /// The same for vectors of columns of values.
    static int valueVectors(InstructionSet set, int rows) { return set == InstructionSet.AVX512 || rows <= 2 ? 4 : 2; }

    /// scores = q · keys * scale, turn by turn of [#slotVectors] vectors of slots: a tile is `[keyDim][32 slots]`.
    static byte[] scores(Target target, boolean half, int rows) { return new AttentionWriter(target, half, rows, slotVectors(rows)).scores(); }

    /// z = z * factors + weights · values, of so many vectors of columns: values are `[slot][columns]`.
    static byte[] weigh(Target target, boolean half, int rows, int vectors) { return new AttentionWriter(target, half, rows, vectors).weigh(); }

    private byte[] scores() {
        Mem tile = Mem.at(platform.argument, Arguments.CODES);
        Mem to = Mem.at(platform.argument, Arguments.TO);
        int slots = across * set.lanes();
        platform.enter(code);
        code.push(TURNS).load(TURNS, Mem.at(platform.argument, Arguments.TURNS));
        int start = code.here();
        for (int first = 0; first < Math.max(slots, TILE); first += slots) {
            scoresFrom(first);
            results(Op.STORE);
            code.load(AT, to).add(AT, slots * Float.BYTES).store(to, AT);
        }
        code.load(AT, tile).load(STRIDE, Mem.at(platform.argument, Arguments.STRIDE));
        for (int done = 0; done < slots; done += TILE) code.add(AT, STRIDE);
        code.store(tile, AT).loop(TURNS, start).pop(TURNS);
        return leave();
    }

    /// One turn's scores, or a part of it that begins with slot `first` of its tile.
    private void scoresFrom(int first) {
        inputs();
        for (Vec sum : sums) emit(Op.VPXOR, sum, sum, sum);
        int start = code.here();
        every(0);
        for (int i = 0; i < across; i++) {
            int slot = first + i * set.lanes();
            product(i, tile(slot / TILE, slot % TILE * numberBytes()));
        }
        code.add(X, Float.BYTES).add(AT, TILE * numberBytes()).loop(COUNT, start);
        emit(Op.VPBROADCASTD, every[0], null, Mem.at(platform.argument, Arguments.SCALE));
        for (Vec sum : sums) emit(Op.VMULPS, sum, sum, every[0]);
    }

    private byte[] weigh() {
        Gpr arguments = platform.argument;
        platform.enter(code);
        code.load(X, Mem.at(arguments, Arguments.FROM));
        every(1);
        results(Op.LOAD);
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < across; i++) emit(Op.VMULPS, sum(row, i), sum(row, i), every[row]);
        inputs();
        int start = code.here();
        every(0);
        for (int columns = 0; columns < across; columns++) product(columns, Mem.at(AT, columns * set.lanes() * numberBytes()));
        code.add(X, Float.BYTES).add(AT, STRIDE).loop(COUNT, start);
        results(Op.STORE);
        return leave();
    }

    private int numberBytes() { return half ? Short.BYTES : Float.BYTES; }

    private Vec sum(int row, int i) { return sums[row * across + i]; }

    private void emit(Op op, Vec target, Vec second, Operand last) { code.vector(op, set.bits, target, second, last); }

    private void inputs() {
        Gpr arguments = platform.argument;
        code.load(AT, Mem.at(arguments, Arguments.CODES)).load(STRIDE, Mem.at(arguments, Arguments.STRIDE)).load(COUNT, Mem.at(arguments, Arguments.BLOCKS));
        code.load(X, Mem.at(arguments, Arguments.X)).load(X_STRIDE, Mem.at(arguments, Arguments.SIDE));
        code.load(STRIDE_3, Mem.at(arguments, rows == 1 ? Arguments.STRIDE_3 : Arguments.SIDE_3));
    }

    /// The number of each row at X, for every lane.
    ///
    /// @param packed 1 if the rows' numbers stand one behind the other, 0 if they are a stride apart
    private void every(int packed) {
        for (int row = 0; row < rows; row++)
            emit(Op.VPBROADCASTD, every[row], null, packed == 1 ? Mem.at(X, Float.BYTES * row) : Mem.strided(X, X_STRIDE, STRIDE_3, row, 0));
    }

    private Mem tile(int tile, int offset) { return Mem.strided(AT, STRIDE, STRIDE_3, tile, offset); }

    private void product(int i, Mem from) {
        Vec number = numbers[i % numbers.length];
        emit(half ? Op.VCVTPH2PS : Op.LOAD, number, null, from);
        for (int row = 0; row < rows; row++) emit(Op.VFMADD231PS, sum(row, i), number, every[row]);
    }

    /// Loads or stores all sums.
    private void results(Op op) {
        Gpr arguments = platform.argument;
        code.load(AT, Mem.at(arguments, Arguments.TO)).load(STRIDE, Mem.at(arguments, Arguments.TO_STRIDE));
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < across; i++) emit(op, sum(row, i), null, Mem.at(AT, set.bits / 8 * i));
            if (row + 1 < rows) code.add(AT, STRIDE);
        }
    }

    private byte[] leave() {
        platform.leave(code);
        return code.finish();
    }
}
