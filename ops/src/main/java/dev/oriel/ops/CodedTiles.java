package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// Tiles of small integer codes with scales: `scale * code`, or `scale * code + minimum` where groups have minimums. [Grouping] says where things lie, each kind how its codes do.
///
/// Codes are kept unsigned, with [#bias] added.
sealed interface CodedTiles extends Tiles permits TilesQ4, TilesQ6, TilesQ8 {
    Grouping grouping();

    /// What was added to every code.
    float bias();

    /// Decodes the unsigned codes of one row, into `out[0 .. 32 * blocks)`.
    ///
    /// @param at byte offset of the row's first codes
    void codes(long at, float[] out);

    /// Decodes so many blocks of one strip into a panel, at byte `at` of it.
    ///
    /// @param codes  byte offset of the first codes
    /// @param scales what [Scales] unpacked of these blocks of this strip
    void decode(long codes, int count, float[] scales, MemorySegment panel, long at);

    static CodedTiles of(MemorySegment data, int rows, int blocks, Grouping grouping) {
        return switch (grouping.codeBits()) {
            case 4 -> new TilesQ4(data, rows, blocks, grouping);
            case 6 -> new TilesQ6(data, rows, blocks, grouping);
            case 8 -> new TilesQ8(data, rows, blocks, grouping);
            default -> throw new IllegalArgumentException("codes of " + grouping.codeBits() + " bits");
        };
    }

    @Override
    default String layout() { return "q" + grouping().codeBits() + " " + grouping().scaleName() + (grouping().minimum() ? " with minimum" : ""); }

    private long tileAt(int strip) { return strip / STRIPS * grouping().tileBytes(blocks()); }

    /// Byte offset of a strip's first scale.
    default long scaleAt(int strip) { return tileAt(strip) + (long) (strip % STRIPS) * Lanes.COUNT * grouping().scaleBytes(); }

    /// Byte offset of the root of a strip's first scale.
    default long rootAt(int strip) { return tileAt(strip) + grouping().rootsAt(blocks()) + (long) (strip % STRIPS) * Lanes.COUNT * Short.BYTES; }

    /// Byte offset of a strip's first codes.
    default long codeAt(int strip) { return tileAt(strip) + grouping().codesAt(blocks()) + (long) (strip % STRIPS) * Lanes.COUNT * Integer.BYTES; }

    @Override
    default void decode(int tile, int block, int count, Scratch scratch, long at) {
        for (int i = 0; i < STRIPS; i++) {
            int strip = tile * STRIPS + i;
            float[] scales = Scales.unpack(this, strip, 1, block, count, scratch);
            decode(codeAt(strip) + (long) block * grouping().codeBytes(), count, scales, scratch.panel, at + 4L * i * Lanes.COUNT);
        }
    }

    @Override
    default void row(int row, float[] out) {
        Grouping grouping = grouping();
        long tile = row / ROWS * grouping.tileBytes(blocks());
        codes(tile + grouping.codesAt(blocks()) + (long) (row % ROWS) * Integer.BYTES, out);
        for (int group = 0; group < blocks() * grouping.groups(); group++) {
            float scale = grouping.scale(data(), tile, blocks(), group, row % ROWS);
            float offset = scale * -bias();
            float least = grouping.minimum() ? grouping.minimum(data(), tile, blocks(), group, row % ROWS) : 0;
            for (int k = group * grouping.groupLength(); k < (group + 1) * grouping.groupLength(); k++) out[k] = Math.fma(out[k], scale, offset) + least;
        }
    }
}
