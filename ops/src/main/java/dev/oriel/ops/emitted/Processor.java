package dev.oriel.ops.emitted;

import dev.oriel.ops.emitted.Operand.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the processor can do and the system lets it: CPUID and XGETBV, read by emitted code.
///
/// @param avx2   AVX2, FMA and F16C, with the system keeping 256-bit registers
/// @param vnni   the dot product of bytes, VEX encoded
/// @param avx512 AVX-512 F, BW, VL and its dot product of bytes, with the system keeping 512-bit registers
/// @param brain  AVX-512's dot product of bfloat16
record Processor(boolean avx2, boolean vnni, boolean avx512, boolean brain) {
    /// Registers of 256 bits, and those of 512 with masks and upper sixteen.
    private static final int STATE_256 = 0x06, STATE_512 = 0xE6;

    /// The registers EAX to EDX that CPUID fills.
    private record Leaf(int eax, int ebx, int ecx, int edx) {}

    static Processor here(CodeMemory memory, Platform platform) {
        MemorySegment cpuid = memory.place(cpuid(platform));
        Leaf basic = read(cpuid, 0, 0);
        Leaf one = read(cpuid, 1, 0);
        boolean saved = bit(one.ecx, 27);
        if (basic.eax < 7 || !saved) return new Processor(false, false, false, false);
        Leaf seven = read(cpuid, 7, 0);
        Leaf more = seven.eax >= 1 ? read(cpuid, 7, 1) : new Leaf(0, 0, 0, 0);
        int state = read(memory.place(xgetbv(platform)), 0, 0).eax;
        boolean avx2 = (state & STATE_256) == STATE_256 && bit(one.ecx, 28) && bit(one.ecx, 12) && bit(one.ecx, 29) && bit(seven.ebx, 5);
        boolean avx512 = avx2 && (state & STATE_512) == STATE_512 && bit(seven.ebx, 16) && bit(seven.ebx, 30) && bit(seven.ebx, 31) && bit(seven.ecx, 11);
        return new Processor(avx2, avx2 && bit(more.eax, 4), avx512, avx512 && bit(more.eax, 5));
    }

    /// The best instructions there are, or null.
    InstructionSet best() { return vnni && !avx512 ? InstructionSet.AVX_VNNI : avx512 ? InstructionSet.AVX512 : avx2 ? InstructionSet.AVX2 : null; }

    /// Whether kernels with these instructions run; those of AVX-VNNI also in their EVEX form.
    boolean runs(InstructionSet set) {
        return switch (set) {
            case AVX512 -> avx512;
            case AVX_VNNI -> vnni || avx512;
            case AVX2 -> avx2;
        };
    }

    private static boolean bit(int word, int number) { return (word >> number & 1) != 0; }

    /// Takes leaf and subleaf from the first two longs of its argument, and leaves the four registers behind them.
    private static byte[] cpuid(Platform platform) {
        Assembler code = new Assembler(false).push(Gpr.RBX).load(Gpr.R8, Mem.at(platform.argument, 16));
        code.load(Gpr.RAX, Mem.at(platform.argument, 0)).load(Gpr.RCX, Mem.at(platform.argument, 8)).cpuid();
        return results(code).pop(Gpr.RBX).ret().finish();
    }

    private static byte[] xgetbv(Platform platform) {
        Assembler code = new Assembler(false).push(Gpr.RBX).load(Gpr.R8, Mem.at(platform.argument, 16)).load(Gpr.RCX, Mem.at(platform.argument, 8)).xgetbv();
        return results(code).pop(Gpr.RBX).ret().finish();
    }

    private static Assembler results(Assembler code) {
        return code.store32(Mem.at(Gpr.R8, 0), Gpr.RAX).store32(Mem.at(Gpr.R8, 4), Gpr.RBX).store32(Mem.at(Gpr.R8, 8), Gpr.RCX).store32(Mem.at(Gpr.R8, 12), Gpr.RDX);
    }

    private static Leaf read(MemorySegment code, int leaf, int subleaf) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment arguments = arena.allocate(64, 8);
            arguments.set(ValueLayout.JAVA_LONG, 0, leaf);
            arguments.set(ValueLayout.JAVA_LONG, 8, subleaf);
            arguments.set(ValueLayout.JAVA_LONG, 16, arguments.address() + 32);
            CodeMemory.call(code, arguments.address());
            return new Leaf(arguments.get(ValueLayout.JAVA_INT, 32), arguments.get(ValueLayout.JAVA_INT, 36),
                arguments.get(ValueLayout.JAVA_INT, 40), arguments.get(ValueLayout.JAVA_INT, 44));
        }
    }
}
