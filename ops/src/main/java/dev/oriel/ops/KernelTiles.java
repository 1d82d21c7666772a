package dev.oriel.ops;

import dev.oriel.ops.emitted.InstructionSet;
import dev.oriel.ops.emitted.Layout;

/// Where emitted kernels find the numbers of tiles, and the layout they are written for.
///
/// @param codes       bytes from the start of a tile to its codes, or numbers; its scales stand at its start
/// @param tileBytes   bytes from tile to tile
/// @param codeBytes   bytes of the codes of a block
/// @param scaleBytes  bytes of the scales of a block
record KernelTiles(Tiles tiles, Layout layout, long codes, long tileBytes, long codeBytes, long scaleBytes) {

    /// @param rounded whether bfloat16 weights may be multiplied with activations rounded to bfloat16
    static KernelTiles of(Tiles tiles, boolean rounded) {
        return switch (tiles) {
            case TilesQ4 q4 -> of(q4, q4.grouping(), 4);
            case TilesQ8 q8 -> of(q8, q8.grouping(), 8);
            case TilesHalf half -> of(half, !half.brain() ? Layout.Plain.F16 : rounded ? Layout.Plain.BF16_ROUNDED : Layout.Plain.BF16, TilesHalf.BLOCK_BYTES);
            case TilesF32 f32 -> of(f32, Layout.Plain.F32, TilesF32.BLOCK_BYTES);
        };
    }

    /// The same for other tiles of the kind.
    KernelTiles with(Tiles other) { return of(other, layout == Layout.Plain.BF16_ROUNDED); }

    private static KernelTiles of(Tiles tiles, Layout plain, long blockBytes) { return new KernelTiles(tiles, plain, 0, tiles.blocks() * blockBytes, blockBytes, 0); }

    private static KernelTiles of(Tiles tiles, Grouping grouping, int bits) {
        Layout layout = new Layout.Codes(bits, grouping.groupLength(), grouping.minimum(), grouping.half());
        return new KernelTiles(tiles, layout, grouping.codesAt(tiles.blocks()), grouping.tileBytes(tiles.blocks()), grouping.codeBytes(),
            (long) grouping.groups() * grouping.groupBytes());
    }

    /// Work of one call, in multiplications and in bytes of weights: tens of microseconds, because a thread cannot be stopped inside a kernel.
    private static final long CALL_WORK = 1 << 21, CALL_BYTES = 1 << 18;

    /// Blocks that one call may take.
    int blocksAtOnce() { return (int) Math.max(1, Math.min(CALL_WORK / (InstructionSet.MOST_TOKENS * Tiles.BLOCK * Tiles.ROWS), CALL_BYTES / (4 * (codeBytes + scaleBytes)))); }

    /// Bytes of the scale of a row.
    int laneBytes() { return layout instanceof Layout.Codes codes ? codes.half() ? Short.BYTES : Float.BYTES : 0; }

    /// Address of the first tile.
    ///
    /// @throws IllegalStateException if the tiles were freed
    long address() {
        requireAlive();
        return tiles.data().asSlice(0, Math.ceilDiv(tiles.rows(), Tiles.ROWS) * tileBytes).address();
    }

    void requireAlive() {
        if (!tiles.data().scope().isAlive()) throw new IllegalStateException("the matrix was closed");
    }
}
