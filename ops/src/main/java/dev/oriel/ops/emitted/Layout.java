package dev.oriel.ops.emitted;

/// How the weights of a tile of 16 rows lie in memory, as far as a kernel has to know. The tiles themselves are described where they are made.
public sealed interface Layout {

    /// Numbers that go with the codes of a token in a block of 32 columns, so that one form serves all layouts: [#SCALE], [#START], [#SUM], one unused, then for the two halves
    /// of the block two starts and two sums.
    int SIDE = 8;
    /// The scale of the codes.
    int SCALE = 0;
    /// -1 * sum of the codes, an int; of the halves from `HALVES`.
    int START = 1;
    /// scale * sum of the codes; of the halves from `HALVES + 2`.
    int SUM = 2;
    int HALVES = 4;
    /// Bytes of the roots of 16 scales.
    int ROOT = 32;

    /// Integer codes with a scale per group; multiplied with activations of 8 bits.
    ///
    /// @param bits        4 (code + 8, or the code itself where there is a minimum), 6 (code + 32, or the code itself) or 8 (code + 128)
    /// @param groupLength columns that share a scale: 16 or 32
    /// @param minimum     whether a group has a minimum beside its scale
    /// @param scaling     how scales and minimums are kept
    record Codes(int bits, int groupLength, boolean minimum, Scaling scaling) implements Layout {
        /// Groups of a block of 32 columns.
        int groups() { return 32 / groupLength; }

        /// The power of two that was added to every code; 0 for nothing.
        int biasExponent() { return bits == 8 ? 7 : minimum ? 0 : bits - 1; }

        /// Which side number the start of a group is.
        int start(int group) { return groupLength == 32 ? START : HALVES + group; }

        /// Which side number the scaled sum of a group is.
        int sum(int group) { return groupLength == 32 ? SUM : HALVES + 2 + group; }

        /// Bytes of the 16 scales of a group.
        int scaleBytes() { return 16 * scaling.bytes; }

        /// Bytes of the scales, and minimums, of a group.
        int groupBytes() { return scaleBytes() * (minimum ? 2 : 1); }

        /// Whether scales are products with a root.
        boolean products() { return scaling == Scaling.PRODUCT; }

        /// Bytes of the roots of the scales, and of the minimums, of 256 columns.
        int rootBytes() { return ROOT * (minimum ? 2 : 1); }

        /// Bytes of the codes of a block.
        int codeBytes() { return 64 * bits; }
    }

    /// How scales and minimums are kept.
    enum Scaling {
        /// As float16.
        HALF(Short.BYTES),
        /// As float32.
        SINGLE(Float.BYTES),
        /// As an integer of 8 bits, times a float16 of 256 columns, its *root*: the product has up to 19 bits, more than a float16 and fewer than a float32.
        PRODUCT(Byte.BYTES);

        /// Columns that share a root.
        public static final int ROOT_COLUMNS = 256;

        /// Of one row's scale of a group.
        public final int bytes;

        Scaling(int bytes) { this.bytes = bytes; }
    }

    /// Floating-point weights.
    enum Plain implements Layout {
        F32, F16, BF16,
        /// bfloat16 multiplied with activations that are rounded to it.
        BF16_ROUNDED
    }
}
