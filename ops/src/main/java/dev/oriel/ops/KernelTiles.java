package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.InstructionSet;
import dev.oriel.ops.emitted.Layout;

/// Where emitted kernels find the numbers of tiles, and the layout they are written for.
///
/// @param codes       bytes from the start of a tile to its codes, or numbers; its scales stand at its start
/// @param tileBytes   bytes from tile to tile
/// @param codeBytes   bytes of the codes of a block
/// @param scaleBytes  bytes of the scales of a block
/// @param roots       bytes from the start of a tile to the roots of its scales
/// @param rootBytes   bytes of the roots of [Grouping#ROOT_BLOCKS] blocks
record KernelTiles(Tiles tiles, Layout layout, long codes, long tileBytes, long codeBytes, long scaleBytes, long roots, long rootBytes) {

    /// @param rounded whether bfloat16 weights may be multiplied with activations rounded to bfloat16
    static KernelTiles of(Tiles tiles, boolean rounded) {
        return switch (tiles) {
            case CodedTiles coded -> of(coded, coded.grouping());
            case TilesHalf half -> of(half, !half.brain() ? Layout.Plain.F16 : rounded ? Layout.Plain.BF16_ROUNDED : Layout.Plain.BF16, TilesHalf.BLOCK_BYTES);
            case TilesF32 f32 -> of(f32, Layout.Plain.F32, TilesF32.BLOCK_BYTES);
        };
    }

    /// The same for other tiles of the kind.
    KernelTiles with(Tiles other) { return of(other, layout == Layout.Plain.BF16_ROUNDED); }

    private static KernelTiles of(Tiles tiles, Layout plain, long blockBytes) {
        return new KernelTiles(tiles, plain, 0, tiles.blocks() * blockBytes, blockBytes, 0, 0, 0);
    }

    private static KernelTiles of(Tiles tiles, Grouping grouping) {
        Layout layout = new Layout.Codes(grouping.codeBits(), grouping.groupLength(), grouping.minimum(), grouping.scaling());
        int blocks = tiles.blocks();
        return new KernelTiles(tiles, layout, grouping.codesAt(blocks), grouping.tileBytes(blocks), grouping.codeBytes(), (long) grouping.groups() * grouping.groupBytes(),
            grouping.rootsAt(blocks), grouping.rootBytes());
    }

    /// Work of one call, in multiplications and in bytes of weights: tens of microseconds, because a thread cannot be stopped inside a kernel.
    private static final long CALL_WORK = 1 << 21, CALL_BYTES = 1 << 18;

    /// Blocks that one call may take: whole turns of those that share a root.
    int blocksAtOnce() {
        long blocks = Math.min(CALL_WORK / (InstructionSet.MOST_TOKENS * Tiles.BLOCK * Tiles.ROWS), CALL_BYTES / (4 * (codeBytes + scaleBytes)));
        return (int) Math.max(Grouping.ROOT_BLOCKS, blocks / Grouping.ROOT_BLOCKS * Grouping.ROOT_BLOCKS);
    }

    /// Hands a kernel the weights of a tile from one of its rows and blocks on.
    ///
    /// @param tile address of the tile
    void put(long tile, int row, int block, Arguments arguments) {
        // Rows are as far apart as lanes are, in codes, in scales and in roots.
        long codesAt = tile + codes + (long) row * Integer.BYTES + block * codeBytes;
        long scalesAt = tile + row * laneBytes() + block * scaleBytes;
        arguments.weights(codesAt, scalesAt, tile + roots + (long) row * Short.BYTES + block / Grouping.ROOT_BLOCKS * rootBytes, tileBytes);
    }

    /// Bytes of the scale of a row.
    private long laneBytes() { return layout instanceof Layout.Codes codes ? codes.scaling().bytes : 0; }

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
