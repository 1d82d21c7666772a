package dev.oriel.ops.emitted;

/// Blocks of 32 codes as files have them: a float16 scale, perhaps a float16 minimum, then the codes: signed bytes, or 16 bytes of which byte c has code c in its low half and code
/// 16 + c in its high half.
///
/// @param bits 4 or 8
public record Stored(int bits, boolean minimum) {
    int blockBytes() { return codesAt() + 4 * bits; }

    /// Where the codes of a block begin.
    int codesAt() { return minimum ? 4 : 2; }

    /// Bytes of the scales, and minimums, of a block in a tile.
    int scaleBytes() { return minimum ? 64 : 32; }

    /// Bytes of the codes of a block in a tile.
    int codeBytes() { return 64 * bits; }
}
