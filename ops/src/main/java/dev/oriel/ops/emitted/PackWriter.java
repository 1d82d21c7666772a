package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;

/// Code that packs stored rows, each into its lane of a tile: an int of four or eight codes at a time, with plain integer instructions. What it computes is what packing in Java does,
/// at full speed from the first row on.
final class PackWriter {
    /// A bit of each half that says of a float16 that its exponent is all ones, once [#CARRY] is added to the exponents.
    static final int OVERFLOW = 0x80008000;
    private static final int EXPONENTS = 0x7c007c00, CARRY = 0x04000400;
    private static final int LOW = 0x0f0f0f0f, HIGH = 0xf0f0f0f0, SIGNS = 0x80808080;
    /// Bytes from one int of a row to its next.
    private static final int STEP = 64;

    private static final Gpr A = Gpr.RAX, B = Gpr.RDX, FROM = Gpr.R8, SCALES = Gpr.R9, CODES = Gpr.R10, COUNT = Gpr.R11;
    /// These belong to the caller.
    private static final Gpr FOUND = Gpr.RBX, ROWS = Gpr.RBP;

    private final Assembler code = new Assembler(false);
    private final Stored stored;

    private PackWriter(Stored stored) { this.stored = stored; }

    static byte[] write(Platform platform, Stored stored) { return new PackWriter(stored).write(platform.argument); }

    private byte[] write(Gpr arguments) {
        code.push(FOUND).push(ROWS);
        code.load(FROM, Mem.at(arguments, Arguments.FROM)).load(SCALES, Mem.at(arguments, Arguments.SCALES)).load(CODES, Mem.at(arguments, Arguments.CODES));
        code.load(ROWS, Mem.at(arguments, Arguments.X)).load(FOUND, Mem.at(arguments, Arguments.TO));
        int row = code.here();
        code.load(COUNT, Mem.at(arguments, Arguments.BLOCKS));
        int block = code.here();
        scales();
        if (stored.bits() == 4) nibbles();
        else bytes();
        code.add(FROM, stored.blockBytes()).add(SCALES, stored.scaleBytes()).add(CODES, stored.codeBytes()).loop(COUNT, block);
        // To the next lane of the first block.
        code.add(SCALES, Mem.at(arguments, Arguments.FROM_STRIDE)).add(CODES, Mem.at(arguments, Arguments.TO_STRIDE)).loop(ROWS, row);
        code.store32(Mem.at(arguments, Arguments.TO), FOUND);
        return code.pop(ROWS).pop(FOUND).ret().finish();
    }

    private void scales() {
        if (stored.minimum()) {
            code.load32(A, Mem.at(FROM, 0)).store16(Mem.at(SCALES, 0), A);
            code.load16(B, Mem.at(FROM, 2)).store16(Mem.at(SCALES, 32), B);
        } else {
            code.load16(A, Mem.at(FROM, 0)).store16(Mem.at(SCALES, 0), A);
        }
        code.and(A, EXPONENTS).add(A, CARRY).or(FOUND, A);
    }

    /// The columns of an int are eight in a row: four of one stored word, and four of the next.
    private void nibbles() {
        for (int pair = 0; pair < 2; pair++) {
            Mem left = Mem.at(FROM, stored.codesAt() + 8 * pair), right = Mem.at(FROM, stored.codesAt() + 8 * pair + 4);
            code.load32(A, left).and(A, LOW).load32(B, right).shl(B, 4).and(B, HIGH).or(A, B).store32(Mem.at(CODES, STEP * pair), A);
            code.load32(A, left).shr(A, 4).and(A, LOW).load32(B, right).and(B, HIGH).or(A, B).store32(Mem.at(CODES, STEP * (2 + pair)), A);
        }
    }

    private void bytes() {
        for (int i = 0; i < 8; i++) code.load32(A, Mem.at(FROM, stored.codesAt() + 4 * i)).xor(A, SIGNS).store32(Mem.at(CODES, STEP * i), A);
    }
}
