package dev.oriel.ops.emitted;

/// What an instruction may take as its last source.
sealed interface Operand {
    /// A vector register, 0 to 31; those from 16 on exist with AVX-512 only.
    record Vec(int number) implements Operand {}

    /// Memory at base + scale * index + displacement.
    ///
    /// @param index     or null
    /// @param scale     1 or 2
    /// @param broadcast whether the 32 bits there stand for every lane (AVX-512)
    record Mem(Gpr base, Gpr index, int scale, int displacement, boolean broadcast) implements Operand {
        static Mem at(Gpr base, int displacement) { return new Mem(base, null, 1, displacement, false); }

        static Mem at(Gpr base, Gpr index, int scale, int displacement) { return new Mem(base, index, scale, displacement, false); }

        static Mem every(Gpr base, int displacement) { return new Mem(base, null, 1, displacement, true); }
    }

    /// A 32-bit constant, which the assembler puts behind the code.
    record Constant(int bits) implements Operand {}
}
