package dev.oriel.ops.emitted;

/// How the weights of a tile of 16 rows lie in memory, as far as a kernel has to know. The tiles themselves are described where they are made.
public sealed interface Layout {

    /// Integer codes with a scale per group; multiplied with activations of 8 bits.
    ///
    /// @param bits        4 (code + 8, or the code itself where there is a minimum) or 8 (code + 128)
    /// @param groupLength columns that share a scale: 16 or 32
    /// @param minimum     whether a group has a minimum beside its scale
    /// @param half        whether scales and minimums are float16, else float32
    record Codes(int bits, int groupLength, boolean minimum, boolean half) implements Layout {
        /// Groups of a block of 32 columns.
        public int groups() { return 32 / groupLength; }

        /// What was added to every code.
        public int bias() { return bits == 8 ? 128 : minimum ? 0 : 8; }

        /// Bytes of the 16 scales of a group.
        int scaleBytes() { return half ? 32 : 64; }

        /// Bytes of the codes of a block.
        int codeBytes() { return 64 * bits; }

        // What a kernel wants to know of the activations beside their codes: per block a scale per token; then, group by group, -bias * sum of the codes as an int where there is
        // a bias, and scale * sum as a float where there is a minimum.

        /// Numbers per token and block.
        public int sideNumbers() { return 1 + groups() * perGroup(); }

        /// Which of them the integer start of a group is.
        public int start(int group) { return 1 + group * perGroup(); }

        /// Which of them the scaled sum of a group is.
        public int sum(int group) { return start(group) + (bias() == 0 ? 0 : 1); }

        private int perGroup() { return (bias() == 0 ? 0 : 1) + (minimum ? 1 : 0); }
    }

    /// Floating-point weights.
    enum Plain implements Layout {
        F32, F16, BF16,
        /// bfloat16 multiplied with activations that are rounded to it.
        BF16_ROUNDED
    }
}
