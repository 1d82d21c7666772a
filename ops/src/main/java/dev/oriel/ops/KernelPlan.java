package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout;
import java.util.ArrayList;
import java.util.List;

/// How one matrix is multiplied by emitted kernels: what need not be found out again for every product.
final class KernelPlan {
    /// A part that the matrix was made of.
    ///
    /// @param address   of its first tile
    /// @param firstRow  its first row in the matrix
    /// @param kernels   by tokens, then strips; null until asked for
    record Section(KernelTiles tiles, long address, int firstRow, Emitted.Kernel[][] kernels) {
        private int parts(int partRows) { return Math.ceilDiv(tiles.tiles().rows(), partRows); }
    }

    private final List<Section> sections = new ArrayList<>();
    private final List<Layout> layouts;
    private final int rows;

    KernelPlan(TiledMatrix w, Emitted emitted, boolean rounded) {
        int row = 0;
        for (Tiles tiles : w.sections()) {
            KernelTiles one = KernelTiles.of(tiles, rounded);
            sections.add(new Section(one, one.address(), row, new Emitted.Kernel[emitted.tokens(one.layout()) + 1][]));
            row += tiles.rows();
        }
        layouts = sections.stream().map(section -> section.tiles.layout()).distinct().toList();
        rows = row;
    }

    List<Section> sections() { return sections; }

    List<Layout> layouts() { return layouts; }

    /// Whether a section wants activations rounded to 8 bits.
    boolean codes() { return layouts.stream().anyMatch(Layout.Codes.class::isInstance); }

    int rows() { return rows; }

    /// One piece of the work: rows of a section from `row` on.
    record Part(Section section, int row) {}

    /// How many parts of up to `partRows` rows there are.
    int parts(int partRows) { return sections.stream().mapToInt(section -> section.parts(partRows)).sum(); }

    Part part(int number, int partRows) {
        for (Section section : sections) {
            if (number < section.parts(partRows)) return new Part(section, number * partRows);
            number -= section.parts(partRows);
        }
        throw new IndexOutOfBoundsException(number);
    }

    /// @throws IllegalStateException if the matrix was closed
    void requireAlive() {
        for (Section section : sections) section.tiles.requireAlive();
    }
}
