package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;

/// A packed matrix: one [Tiles] per part it was made of, stacked by rows.
///
/// @param columns columns without padding
record TiledMatrix(List<Tiles> sections, int columns, List<Arena> arenas) implements Matrix {
    @Override
    public int rows() { return sections.stream().mapToInt(Tiles::rows).sum(); }

    @Override
    public long bytes() { return sections.stream().mapToLong(section -> section.data().byteSize()).sum(); }

    @Override
    public String layout() { return sections.stream().map(Tiles::layout).distinct().collect(Collectors.joining(" + ")); }

    /// Frees the tiles.
    void close() { arenas.forEach(Arena::close); }

    /// Columns with padding.
    int paddedColumns() { return Math.ceilDiv(columns, Tiles.BLOCK) * Tiles.BLOCK; }

    /// Decodes one row into `out[0 .. columns)`, by way of a panel.
    void decodeRow(int row, MemorySegment panel, MemorySegment out, long at) {
        int first = 0;
        for (Tiles section : sections) {
            if (row < first + section.rows()) {
                decodeRow(section, row - first, panel, out, at);
                return;
            }
            first += section.rows();
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + first);
    }

    private void decodeRow(Tiles tiles, int row, MemorySegment panel, MemorySegment out, long at) {
        int atOnce = Panel.COLUMNS / Tiles.BLOCK;
        for (int block = 0; block < tiles.blocks(); block += atOnce) {
            tiles.decode(row / Tiles.ROWS, block, Math.min(atOnce, tiles.blocks() - block), panel, 0);
            int from = block * Tiles.BLOCK;
            for (int k = from; k < Math.min(columns, from + Panel.COLUMNS); k++) {
                float value = panel.get(HostRows.FLOAT, ((long) (k - from) * Panel.ROWS + row % Tiles.ROWS) * Float.BYTES);
                out.set(HostRows.FLOAT, at + (long) k * Float.BYTES, value);
            }
        }
    }
}
