package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import java.util.List;
import java.util.stream.IntStream;

/// A rectangle of numbers with names on both sides: what patching sweeps, head scores and lenses give back.
/// A terminal prints [#table()]; [GridPage] makes a heat map of it.
///
/// @param title   what the numbers are, in a line
/// @param rows    what a row stands for, and a label for each
/// @param columns the same for columns
/// @param values  `[row][column]`; NaN where there is no number
/// @param texts   `[row][column]`, what to write into each cell, such as a lens' token; empty if there is none
public record Grid(String title, Axis rows, Axis columns, float[][] values, List<List<String>> texts) {
    /// One side of a grid.
    ///
    /// @param name   what the labels name: `layer`, `position`
    /// @param labels one per row or column; any text, tokens included
    public record Axis(String name, List<String> labels) {
        public Axis {
            labels = List.copyOf(labels);
        }

        /// Labels `0` to `count - 1`.
        public static Axis numbered(String name, int count) { return new Axis(name, IntStream.range(0, count).mapToObj(Integer::toString).toList()); }

        public int size() { return labels.size(); }
    }

    /// @throws ModelException if values or texts have other sizes than the axes
    public Grid {
        texts = texts.stream().map(List::copyOf).toList();
        requireSize(title, "rows of values", rows.size(), values.length);
        for (float[] row : values) requireSize(title, "values in a row", columns.size(), row.length);
        if (!texts.isEmpty()) requireSize(title, "rows of texts", rows.size(), texts.size());
        for (List<String> row : texts) requireSize(title, "texts in a row", columns.size(), row.size());
    }

    /// Numbers only.
    public Grid(String title, Axis rows, Axis columns, float[][] values) { this(title, rows, columns, values, List.of()); }

    /// The grid as aligned text for a terminal of 120 columns; see [#table(int)].
    public String table() { return table(GridTable.WIDTH); }

    /// The grid as aligned text, a line per row, after two lines with the title and the column labels.
    ///
    /// @param width where lines end at the latest: long labels are cut, and columns in the middle that have no room are left out, which
    ///               the last line then says (two columns are always shown)
    public String table(int width) { return new GridTable(this, width).toString(); }

    private static void requireSize(String title, String what, int expected, int found) {
        if (expected != found) throw new ModelException(title, what, expected, found);
    }
}
