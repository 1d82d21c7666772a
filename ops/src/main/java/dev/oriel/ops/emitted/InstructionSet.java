package dev.oriel.ops.emitted;

/// Sets of instructions that kernels are written with, best first.
public enum InstructionSet {
    /// Vectors of 512 bits, dot products of bytes, operands that stand for every lane.
    AVX512("AVX-512 VNNI", 512),
    /// Vectors of 256 bits, dot products of bytes.
    AVX_VNNI("AVX-VNNI", 256),
    /// Vectors of 256 bits, products of bytes in pairs.
    AVX2("AVX2", 256);

    /// The most tokens that any kernel takes.
    public static final int MOST_TOKENS = 16;

    private final String title;
    final int bits;

    InstructionSet(String title, int bits) {
        this.title = title;
        this.bits = bits;
    }

    /// For people.
    public String title() { return title; }

    /// Rows of one vector.
    public int lanes() { return bits / Integer.SIZE; }
}
