package dev.oriel.ops.emitted;

/// Sets of instructions that kernels are written with, best first.
public enum InstructionSet {
    /// Vectors of 512 bits, dot products of bytes, operands that stand for every lane.
    AVX512("AVX-512 VNNI", 512, 8),
    /// Vectors of 256 bits, dot products of bytes.
    AVX_VNNI("AVX-VNNI", 256, 4),
    /// Vectors of 256 bits, products of bytes in pairs.
    AVX2("AVX2", 256, 4);

    final String title;
    final int bits;
    private final int tokens;

    InstructionSet(String title, int bits, int tokens) {
        this.title = title;
        this.bits = bits;
        this.tokens = tokens;
    }

    /// The most tokens that a kernel takes: as many as the registers hold sums for.
    public int tokens() { return tokens; }

    /// Rows of one vector.
    public int lanes() { return bits / Integer.SIZE; }
}
