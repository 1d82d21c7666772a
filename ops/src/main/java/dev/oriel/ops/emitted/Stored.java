package dev.oriel.ops.emitted;

/// Blocks as files have them that emitted code can pack, by the names of their formats.
public enum Stored {
    /// A float16 scale, then 16 bytes of which byte c has code c in its low half and code 16 + c in its high half.
    Q4_0(32, 18, 4, false),
    /// The same with a float16 minimum behind the scale.
    Q4_1(32, 20, 4, true),
    /// A float16 scale, 32 fifth bits, then 16 bytes as before; the codes less 16.
    Q5_0(32, 22, 6, false),
    /// The same with a float16 minimum behind the scale, and the codes as they are.
    Q5_1(32, 24, 6, true),
    /// A float16 scale, then signed bytes.
    Q8_0(32, 34, 8, false),
    /// The float16 roots of scales and minimums, eight of each in 6 bits, and 4-bit codes: of every 64 the first 32 in the low halves of 32 bytes.
    Q4_K(256, 144, 4, true),
    /// The same with fifth bits before the codes: bit g of byte i belongs to number i of group g.
    Q5_K(256, 176, 6, true),
    /// Lower 4 bits, upper 2 bits, 16 scales in bytes and their float16 root.
    Q6_K(256, 210, 6, false);

    final int columns;
    final int blockBytes;
    /// Of a code in a tile.
    final int bits;
    final boolean minimum;

    Stored(int columns, int blockBytes, int bits, boolean minimum) {
        this.columns = columns;
        this.blockBytes = blockBytes;
        this.bits = bits;
        this.minimum = minimum;
    }

    /// Whether scales are products with a root.
    boolean products() { return columns == Layout.Scaling.ROOT_COLUMNS; }

    /// The tile's layout.
    private Layout.Codes layout() { return new Layout.Codes(bits, this == Q6_K ? 16 : 32, minimum, products() ? Layout.Scaling.PRODUCT : Layout.Scaling.HALF); }

    /// Bytes of a group's scales, and minimums, in a tile.
    int groupBytes() { return layout().groupBytes(); }

    /// Bytes of the scales, and minimums, of a block in a tile.
    int scaleBytes() { return columns / layout().groupLength() * groupBytes(); }

    /// Bytes from one row's scale to the next row's.
    int laneBytes() { return layout().scaling().bytes; }

    /// Bytes of the roots of a block in a tile.
    int rootBytes() { return products() ? layout().rootBytes() : 0; }

    /// Bytes of the codes of a block in a tile.
    int codeBytes() { return columns / 32 * layout().codeBytes(); }
}
