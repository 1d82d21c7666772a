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

        /// `number` (0 to 3) strides behind the base, where three strides stand in a register of their own.
        static Mem strided(Gpr base, Gpr stride, Gpr three, int number, int displacement) {
            return switch (number) {
                case 0 -> at(base, displacement);
                case 3 -> at(base, three, 1, displacement);
                default -> at(base, stride, number, displacement);
            };
        }

        static Mem every(Gpr base, int displacement) { return new Mem(base, null, 1, displacement, true); }
    }

    /// A 32-bit constant, which the assembler puts behind the code.
    record Constant(int bits) implements Operand {}

    /// Eight 32-bit constants, `first`, `first + step` and so on, behind the code like [Constant].
    record Eight(int first, int step) implements Operand {
        static Eight of(float number) { return new Eight(Float.floatToRawIntBits(number), 0); }

        static Eight of(int number) { return new Eight(number, 0); }
    }
}
