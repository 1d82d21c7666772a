package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// One part of a packed matrix: tiles of 16 rows, in which an int lane is a row, cut into blocks of 32 columns; both padded with zeros, so that kernels have no tails.
///
/// A *strip* is what one vector holds of a tile: all 16 rows at 512 bits, a half or a quarter of them at 256 or 128.
///
/// Every kernel adds the products of a row in the order of the columns, one fused multiply-add each, with the weight rounded as [Format#decode] rounds it:
/// so a product with one token and a product with many have the same bits.
sealed interface Tiles permits CodedTiles, TilesF32, TilesHalf {
    int ROWS = 16;
    int BLOCK = 32;
    /// Strips of one tile.
    int STRIPS = ROWS / Lanes.COUNT;
    /// Strips that [#multiply] keeps in flight, to hide the latency of their dependent sums.
    int AT_ONCE = 4;

    /// Rows without the padding.
    int rows();

    /// Blocks of 32 columns.
    int blocks();

    MemorySegment data();

    /// What it is, for people: `q4 f16`.
    String layout();

    /// Decodes one row into `out[0 .. 32 * blocks)`, in plain loops: the numbers of [#decode].
    void row(int row, float[] out);

    /// Decodes columns `[32 * block, 32 * (block + count))` of a tile into the panel `[column][32]`, at byte `at` of it.
    void decode(int tile, int block, int count, Scratch scratch, long at);

    /// sums[i] = row `strip * lanes + i` · x, for four strips: x `[32 * blocks]`. Past the last strip it repeats that one.
    void multiply(float[] x, int strip, float[] sums, Scratch scratch);

    default int strips() { return Math.ceilDiv(rows(), ROWS) * STRIPS; }
}
