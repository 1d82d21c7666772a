package dev.oriel.ops;

import java.lang.foreign.Arena;
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

    /// Decodes one row, with its padding.
    void row(int row, float[] out) {
        int first = 0;
        for (Tiles section : sections) {
            if (row < first + section.rows()) {
                section.row(row - first, out);
                return;
            }
            first += section.rows();
        }
        throw new IndexOutOfBoundsException("row " + row + " of " + first);
    }
}
