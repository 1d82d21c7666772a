package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Constant;
import dev.oriel.ops.emitted.Operand.Eight;
import dev.oriel.ops.emitted.Operand.Mem;
import dev.oriel.ops.emitted.Operand.Vec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes x86-64 machine code. Vector instructions get a VEX prefix where that can say them, else EVEX.
///
/// Encodings as in the Intel Software Developer's Manual, volume 2, sections 2.3 (VEX) and 2.7 (EVEX).
final class Assembler {
    private static final int SIB = 4;
    private static final int RIP = 5;

    /// Where the distance to a [Constant] or [Eight] is to be written.
    private record Fixup(int at, Operand constant) {}

    private final boolean evex;
    private final List<Fixup> fixups = new ArrayList<>();
    private byte[] code = new byte[2048];
    private int length;

    /// @param evex whether vector instructions are EVEX always
    Assembler(boolean evex) { this.evex = evex; }

    /// Where the next instruction will be.
    int here() { return length; }

    /// The code, with its constants behind it.
    byte[] finish() {
        Map<Operand, Integer> places = new LinkedHashMap<>();
        while (!fixups.isEmpty() && length % Integer.BYTES != 0) bytes(0);
        for (Fixup fixup : fixups) {
            Integer place = places.get(fixup.constant);
            if (place == null) {
                place = length;
                places.put(fixup.constant, place);
                constant(fixup.constant);
            }
            patch(fixup.at, place - fixup.at - Integer.BYTES);
        }
        return Arrays.copyOf(code, length);
    }

    private void constant(Operand constant) {
        if (constant instanceof Constant one) word(one.bits());
        if (constant instanceof Eight eight) for (int i = 0; i < 8; i++) word(eight.first() + i * eight.step());
    }

    // ---- vectors

    /// target = op(second, last); `second` is null where the instruction has no such source. For [Op#STORE] the target is what is stored.
    Assembler vector(Op op, int bits, Vec target, Vec second, Operand last) { return vector(op, bits, target.number(), second == null ? 0 : second.number(), last); }

    /// The same with a constant of 8 bits.
    Assembler vector(Op op, int bits, Vec target, Vec second, Operand last, int constant) { return vector(op, bits, target, second, last).bytes(constant); }

    /// target = source shifted by a constant
    Assembler shift(Op op, int bits, Vec target, Operand source, int count) { return vector(op, bits, op.extension, target.number(), source).bytes(count); }

    private Assembler vector(Op op, int bits, int target, int second, Operand last) {
        int b = 0;
        int x = 0;
        boolean broadcast = false;
        boolean high = (target | second) > 15;
        switch (last) {
            case Vec register -> {
                b = register.number() >> 3 & 1;
                x = register.number() >> 4;
                high |= x != 0;
            }
            case Mem memory -> {
                b = memory.base().ordinal() >> 3;
                x = memory.index() == null ? 0 : memory.index().ordinal() >> 3;
                broadcast = memory.broadcast();
            }
            case Constant _, Eight _ -> {}
        }
        boolean extended = evex || bits == 512 || high || broadcast || op.evexOnly();
        if (extended) evex(op, bits, target, second, b, x, broadcast);
        else vex(op, bits, target, second, b, x);
        bytes(op.code);
        return operand(target & 7, last, extended ? op.unit(bits, broadcast) : 1);
    }

    /// Registers and W, X, B bits are stored inverted.
    private void evex(Op op, int bits, int target, int second, int b, int x, boolean broadcast) {
        bytes(0x62,
            (~target >> 3 & 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (~target >> 4 & 1) << 4 | op.map,
            (~second & 15) << 3 | 4 | op.prefix,
            (bits == 512 ? 2 : bits == 256 ? 1 : 0) << 5 | (broadcast ? 1 : 0) << 4 | (~second >> 4 & 1) << 3);
    }

    private void vex(Op op, int bits, int target, int second, int b, int x) {
        int last = (~second & 15) << 3 | (bits == 256 ? 1 : 0) << 2 | op.prefix;
        int r = (~target >> 3 & 1) << 7;
        if (op.map == 1 && b == 0 && x == 0) bytes(0xC5, r | last);
        else bytes(0xC4, r | (x ^ 1) << 6 | (b ^ 1) << 5 | op.map, last);
    }

    // ---- integers

    /// register = the 64 bits in memory
    Assembler load(Gpr register, Mem from) { return integer(0x8B, register.ordinal(), from, true); }

    /// The 64 bits in memory = register
    Assembler store(Mem to, Gpr register) { return integer(0x89, register.ordinal(), to, true); }

    /// register = the 32 bits in memory, and zeros above them
    Assembler load32(Gpr register, Mem from) { return integer(0x8B, register.ordinal(), from, false); }

    /// register = the 16 bits in memory, and zeros above them
    Assembler load16(Gpr register, Mem from) { return integer(0x0FB7, register.ordinal(), from, false); }

    /// The 16 bits in memory = register
    Assembler store16(Mem to, Gpr register) { return bytes(0x66).integer(0x89, register.ordinal(), to, false); }

    /// The 8 bits in memory = register, one of the first four
    Assembler store8(Mem to, Gpr register) { return integer(0x88, register.ordinal(), to, false); }

    /// The 32 bits in memory = register
    Assembler store32(Mem to, Gpr register) { return integer(0x89, register.ordinal(), to, false); }

    Assembler add(Gpr register, Gpr other) { return binary(0x01, register, other); }

    Assembler or(Gpr register, Gpr other) { return binary(0x09, register, other); }

    /// register += the 64 bits in memory
    Assembler add(Gpr register, Mem from) { return integer(0x03, register.ordinal(), from, true); }

    Assembler set(Gpr register, int number) { return rex(0, register.ordinal()).bytes(0xC7, 0xC0 | register.ordinal() & 7).word(number); }

    Assembler and(Gpr register, int mask) { return binary(4, register, mask); }

    Assembler xor(Gpr register, int mask) { return binary(6, register, mask); }

    Assembler shl(Gpr register, int count) { return shift(0xE0, register, count); }

    Assembler shr(Gpr register, int count) { return shift(0xE8, register, count); }

    private Assembler shift(int operation, Gpr register, int count) {
        rex(0, register.ordinal());
        int rm = operation | register.ordinal() & 7;
        return count == 1 ? bytes(0xD1, rm) : bytes(0xC1, rm, count);
    }

    private Assembler binary(int opcode, Gpr register, Gpr other) {
        return rex(other.ordinal(), register.ordinal()).bytes(opcode, 0xC0 | (other.ordinal() & 7) << 3 | register.ordinal() & 7);
    }

    private Assembler binary(int operation, Gpr register, int constant) {
        rex(0, register.ordinal());
        int rm = 0xC0 | operation << 3 | register.ordinal() & 7;
        if (constant == (byte) constant) return bytes(0x83, rm, constant);
        if (register == Gpr.RAX) return bytes(operation << 3 | 5).word(constant);
        return bytes(0x81, rm).word(constant);
    }

    Assembler add(Gpr register, int number) { return binary(0, register, number); }

    /// register *= a constant that takes more than 8 bits
    Assembler multiply(Gpr register, int factor) {
        int number = register.ordinal() & 7;
        return rex(register.ordinal(), register.ordinal()).bytes(0x69, 0xC0 | number << 3 | number).word(factor);
    }

    /// Counts a register down and goes back to `start` until it is zero.
    Assembler loop(Gpr register, int start) {
        rex(0, register.ordinal()).bytes(0xFF, 0xC8 | register.ordinal() & 7, 0x0F, 0x85);
        return word(start - length - Integer.BYTES);
    }

    /// Asks for the cache line of an address, which need not exist.
    ///
    /// @param level of the cache that it is to come to: 1 or 2
    Assembler prefetch(Mem memory, int level) {
        int high = memory.base().ordinal() >> 3 | (memory.index() == null ? 0 : memory.index().ordinal() >> 3 << 1);
        if (high != 0) bytes(0x40 | high);
        return bytes(0x0F, 0x18).operand(level, memory, 1);
    }

    Assembler push(Gpr register) { return bytes(0x50 | register.ordinal()); }

    Assembler pop(Gpr register) { return bytes(0x58 | register.ordinal()); }

    Assembler cpuid() { return bytes(0x0F, 0xA2); }

    Assembler xgetbv() { return bytes(0x0F, 0x01, 0xD0); }

    Assembler ret() { return bytes(0xC3); }

    /// Before [#ret], so that code with older instructions does not wait for the upper halves.
    Assembler vzeroupper() { return bytes(0xC5, 0xF8, 0x77); }

    private Assembler integer(int opcode, int register, Mem memory, boolean wide) {
        int high = register >> 3 << 2 | memory.base().ordinal() >> 3;
        if (wide || high != 0) bytes((wide ? 0x48 : 0x40) | high);
        if (opcode > 255) bytes(opcode >> 8);
        return bytes(opcode).operand(register & 7, memory, 1);
    }

    private Assembler rex(int register, int rm) { return bytes(0x48 | register >> 3 << 2 | rm >> 3); }

    // ---- bytes

    /// ModRM, SIB and displacement.
    private Assembler operand(int register, Operand operand, int unit) {
        switch (operand) {
            case Vec vec -> bytes(0xC0 | register << 3 | vec.number() & 7);
            case Constant _, Eight _ -> {
                bytes(register << 3 | RIP);
                fixups.add(new Fixup(length, operand));
                word(0);
            }
            case Mem memory -> memory(register, memory, unit);
        }
        return this;
    }

    private void memory(int register, Mem memory, int unit) {
        int base = memory.base().ordinal() & 7;
        int displacement = memory.displacement();
        int scaled = displacement / unit;
        // A base of RBP or R13 without displacement is spelled another way: there it means RIP.
        int mode = displacement == 0 && base != RIP ? 0 : displacement % unit == 0 && scaled == (byte) scaled ? 1 : 2;
        boolean sib = memory.index() != null || base == SIB;
        bytes(mode << 6 | register << 3 | (sib ? SIB : base));
        if (sib) bytes((memory.scale() - 1) << 6 | (memory.index() == null ? SIB : memory.index().ordinal() & 7) << 3 | base);
        if (mode == 1) bytes(scaled);
        if (mode == 2) word(displacement);
    }

    private Assembler bytes(int... values) {
        if (length + values.length > code.length) code = Arrays.copyOf(code, 2 * code.length);
        for (int value : values) code[length++] = (byte) value;
        return this;
    }

    private Assembler word(int value) { return bytes(value, value >> 8, value >> 16, value >> 24); }

    private void patch(int at, int value) {
        for (int i = 0; i < Integer.BYTES; i++) code[at + i] = (byte) (value >> 8 * i);
    }
}
