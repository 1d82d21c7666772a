package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;

/// Code that packs stored rows, each into its lane of a tile: an int of four or eight codes at a time, with plain integer instructions. What it computes is what packing in Java does,
/// at full speed from the first row on.
final class PackWriter {
    /// A bit of each half that says of a float16 that its exponent is all ones, once [#CARRY] is added to the exponents.
    static final int OVERFLOW = 0x80008000;
    private static final int EXPONENTS = 0x7c007c00, CARRY = 0x04000400, SIGN = 0x8000;
    private static final int LOW = 0x0f0f0f0f, HIGH = 0xf0f0f0f0, SIGNS = 0x80808080, SIX = 0x3f3f3f3f, FIFTH_AND_SIXTH = 0x30303030;
    private static final int BIT = 0x01010101, PAIR = 0x03030303;
    /// Times this, no two copies of four bits overlap, and every byte begins with another one.
    private static final int ONE_TO_A_BYTE = 0x00204081;
    /// Bytes from one int of a row to its next.
    private static final int STEP = 64;

    private static final Gpr A = Gpr.RAX, B = Gpr.RDX, FROM = Gpr.R8, SCALES = Gpr.R9, CODES = Gpr.R10, COUNT = Gpr.R11;
    /// These belong to the caller.
    private static final Gpr FOUND = Gpr.RBX, ROWS = Gpr.RBP, ROOTS = Gpr.RSI;

    private final Assembler code = new Assembler(false);
    private final Stored stored;

    private PackWriter(Stored stored) { this.stored = stored; }

    static byte[] write(Platform platform, Stored stored) { return new PackWriter(stored).write(platform.argument); }

    private byte[] write(Gpr arguments) {
        code.push(FOUND).push(ROWS).push(ROOTS);
        code.load(FROM, Mem.at(arguments, Arguments.FROM)).load(SCALES, Mem.at(arguments, Arguments.SCALES)).load(CODES, Mem.at(arguments, Arguments.CODES));
        code.load(ROOTS, Mem.at(arguments, Arguments.ROOTS)).load(ROWS, Mem.at(arguments, Arguments.X)).load(FOUND, Mem.at(arguments, Arguments.TO));
        int row = code.here();
        code.load(COUNT, Mem.at(arguments, Arguments.BLOCKS));
        int block = code.here();
        block();
        code.add(FROM, stored.blockBytes).add(SCALES, stored.scaleBytes()).add(CODES, stored.codeBytes());
        if (stored.products()) code.add(ROOTS, stored.rootBytes());
        code.loop(COUNT, block);
        // To the next lane of the first block.
        code.add(SCALES, Mem.at(arguments, Arguments.FROM_STRIDE)).add(CODES, Mem.at(arguments, Arguments.TO_STRIDE)).add(ROOTS, Mem.at(arguments, Arguments.STRIDE)).loop(ROWS, row);
        code.store32(Mem.at(arguments, Arguments.TO), FOUND);
        return code.pop(ROOTS).pop(ROWS).pop(FOUND).ret().finish();
    }

    private void block() {
        switch (stored) {
            case Q4_0 -> {
                half(0, Mem.at(SCALES, 0));
                nibbles(2);
            }
            case Q4_1 -> {
                halves(Mem.at(SCALES, 0), Mem.at(SCALES, 32), 0);
                nibbles(4);
            }
            case Q5_0 -> {
                half(0, Mem.at(SCALES, 0));
                nibbles(6);
                // A tile has 32 added to codes, a file 16.
                fifths(2, BIT);
            }
            case Q5_1 -> {
                halves(Mem.at(SCALES, 0), Mem.at(SCALES, 32), 0);
                nibbles(8);
                fifths(4, 0);
            }
            case Q8_0 -> {
                half(0, Mem.at(SCALES, 0));
                for (int i = 0; i < 8; i++) code.load32(A, Mem.at(FROM, 2 + 4 * i)).xor(A, SIGNS).store32(Mem.at(CODES, STEP * i), A);
            }
            case Q4_K -> {
                halves(Mem.at(ROOTS, 0), Mem.at(ROOTS, Layout.ROOT), SIGN);
                sixBitScales();
                for (int i = 0; i < 4; i++) chunk(16 + 32 * i, 2 * i, 2 * i + 1);
            }
            case Q5_K -> {
                halves(Mem.at(ROOTS, 0), Mem.at(ROOTS, Layout.ROOT), SIGN);
                sixBitScales();
                for (int i = 0; i < 4; i++) chunk(48 + 32 * i, 2 * i, 2 * i + 1);
                for (int group = 0; group < 8; group++) upper(16, BIT, group, group);
            }
            case Q6_K -> {
                half(208, Mem.at(ROOTS, 0));
                for (int i = 0; i < 4; i++) spread(code.load32(A, Mem.at(FROM, 192 + 4 * i)), 4 * i, 0);
                for (int half = 0; half < 2; half++) {
                    for (int i = 0; i < 2; i++) chunk(64 * half + 32 * i, 4 * half + i, 4 * half + i + 2);
                    for (int i = 0; i < 4; i++) upper(128 + 32 * half, PAIR, 2 * i, 4 * half + i);
                }
            }
        }
    }

    // ---- scales

    /// A float16, as it is.
    private void half(int from, Mem to) {
        code.load16(A, Mem.at(FROM, from)).store16(to, A);
        code.and(A, EXPONENTS).add(A, CARRY).or(FOUND, A);
    }

    /// The two in front of a block, the second with a bit turned over.
    private void halves(Mem scale, Mem minimum, int sign) {
        code.load32(A, Mem.at(FROM, 0)).store16(scale, A);
        code.load16(B, Mem.at(FROM, 2));
        if (sign != 0) code.xor(B, sign);
        code.store16(minimum, B);
        code.and(A, EXPONENTS).add(A, CARRY).or(FOUND, A);
    }

    /// Eight scales and eight minimums in 12 bytes: those of groups 0..3 are the low bits of bytes 0..3 and 4..7; those of groups 4..7 have their low four bits in bytes 8..11
    /// (scale low, minimum high) and their high two on top of bytes 0..3 and 4..7.
    private void sixBitScales() {
        for (int minimum = 0; minimum < 2; minimum++) {
            Mem first = Mem.at(FROM, 4 + 4 * minimum);
            spread(code.load32(A, first).and(A, SIX), 0, 16 * minimum);
            code.load32(A, Mem.at(FROM, 12));
            if (minimum == 1) code.shr(A, 4);
            code.and(A, LOW).load32(B, first).shr(B, 2).and(B, FIFTH_AND_SIXTH).or(A, B);
            spread(code, 4, 16 * minimum);
        }
    }

    /// The four bytes of A to as many groups.
    private void spread(Assembler code, int group, int at) {
        for (int i = 0; i < 4; i++) {
            code.store8(Mem.at(SCALES, stored.groupBytes() * (group + i) + at), A);
            if (i < 3) code.shr(A, 8);
        }
    }

    // ---- codes

    /// A tile's int has eight columns in a row: four of one stored word, and four of the next; the low halves of both, or the high ones.
    private void pair(int left, int right, int low, int high) {
        code.load32(A, Mem.at(FROM, left)).and(A, LOW).load32(B, Mem.at(FROM, right)).shl(B, 4).and(B, HIGH).or(A, B).store32(Mem.at(CODES, low), A);
        code.load32(A, Mem.at(FROM, left)).shr(A, 4).and(A, LOW).load32(B, Mem.at(FROM, right)).and(B, HIGH).or(A, B).store32(Mem.at(CODES, high), A);
    }

    /// 16 bytes with the codes of a block of 32.
    private void nibbles(int from) {
        for (int i = 0; i < 2; i++) pair(from + 8 * i, from + 8 * i + 4, STEP * i, STEP * (2 + i));
    }

    /// 32 bytes with the lower codes of two of a tile's blocks.
    private void chunk(int from, int low, int high) {
        int bytes = STEP * stored.bits;
        for (int i = 0; i < 4; i++) pair(from + 8 * i, from + 8 * i + 4, bytes * low + STEP * i, bytes * high + STEP * i);
    }

    /// The upper bits of a block, of which a word has the lower one for every column.
    ///
    /// @param more is added to each
    private void fifths(int from, int more) {
        for (int half = 0; half < 2; half++) {
            for (int quad = 0; quad < 4; quad++) {
                Gpr bits = quad == 0 ? A : B;
                code.load32(bits, Mem.at(FROM, from));
                if (half + quad > 0) code.shr(bits, 16 * half + 4 * quad);
                code.and(bits, 15).multiply(bits, ONE_TO_A_BYTE).and(bits, BIT);
                if (more != 0) code.add(bits, more);
                if (quad > 0) code.shl(bits, 2 * quad).or(A, bits);
            }
            code.store32(Mem.at(CODES, STEP * (4 + half)), A);
        }
    }

    /// The upper bits of one of a tile's blocks: those at bit `at` of each of 32 bytes, to pairs of bits.
    private void upper(int from, int mask, int at, int block) {
        for (int half = 0; half < 2; half++) {
            for (int quad = 0; quad < 4; quad++) {
                Gpr word = quad == 0 ? A : B;
                code.load32(word, Mem.at(FROM, from + 16 * half + 4 * quad)).and(word, mask << at);
                int left = 2 * quad - at;
                if (left > 0) code.shl(word, left);
                if (left < 0) code.shr(word, -left);
                if (quad > 0) code.or(A, B);
            }
            code.store32(Mem.at(CODES, STEP * (stored.bits * block + 4 + half)), A);
        }
    }
}
