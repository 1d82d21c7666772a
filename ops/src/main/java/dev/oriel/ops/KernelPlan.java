package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout;
import java.util.ArrayList;
import java.util.List;

/// How one matrix is multiplied by emitted kernels: what need not be found out again for every product.
final class KernelPlan {
    /// Rows of one part of the work.
    static final int PART_ROWS = 64;

    /// A part that the matrix was made of.
    ///
    /// @param address   of its first tile
    /// @param firstRow  its first row in the matrix
    /// @param firstPart the number of its first part of the work
    /// @param kernels   by tokens, then strips; null until asked for
    record Section(KernelTiles tiles, long address, int firstRow, int firstPart, Emitted.Kernel[][] kernels) {}

    private final List<Section> sections = new ArrayList<>();
    private final List<Layout> layouts;
    private final int parts;
    private final int rows;

    KernelPlan(TiledMatrix w, Emitted emitted, boolean rounded) {
        int row = 0;
        int part = 0;
        for (Tiles tiles : w.sections()) {
            KernelTiles one = KernelTiles.of(tiles, rounded);
            sections.add(new Section(one, one.address(), row, part, new Emitted.Kernel[emitted.tokens(one.layout()) + 1][]));
            row += tiles.rows();
            part += Math.ceilDiv(tiles.rows(), PART_ROWS);
        }
        layouts = sections.stream().map(section -> section.tiles.layout()).distinct().toList();
        rows = row;
        parts = part;
    }

    List<Section> sections() { return sections; }

    List<Layout> layouts() { return layouts; }

    /// Whether a section wants activations rounded to 8 bits.
    boolean codes() { return layouts.stream().anyMatch(Layout.Codes.class::isInstance); }

    int rows() { return rows; }

    int parts() { return parts; }

    /// The section that a part of the work belongs to.
    Section section(int part) {
        int i = sections.size() - 1;
        while (part < sections.get(i).firstPart) i--;
        return sections.get(i);
    }

    /// @throws IllegalStateException if the matrix was closed
    void requireAlive() {
        for (Section section : sections) section.tiles.requireAlive();
    }
}
