package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Grids as heat maps in one HTML file: patching sweeps, head scores, lenses. The exact value and both labels stand under the pointer.
/// The file needs no network and no other file, and works by keyboard, in light and dark.
///
/// @param title  of the page
/// @param note   a sentence or two below it; may be empty
/// @param grids  one heat map each, with a colour scale of its own
/// @param scale  how numbers become colours
public record GridPage(String title, String note, List<Grid> grids, Scale scale) {
    private static final List<String> SCRIPTS = List.of("page", "colours", "surface", "matrix", "grid");

    /// How numbers become colours. Both scales can be told apart by colour-blind people and in grey.
    public enum Scale {
        /// From the smallest number to the largest; a grid without negative numbers starts at 0.
        SEQUENTIAL,
        /// Two colours that grow from 0 in both directions, equally far.
        DIVERGING,
        /// Diverging for grids that have numbers on both sides of 0, sequential for the others.
        BY_SIGN
    }

    public GridPage {
        grids = List.copyOf(grids);
    }

    /// A page of one grid under the grid's own title, coloured by sign.
    public static GridPage of(Grid grid) { return new GridPage(grid.title(), "", List.of(grid), Scale.BY_SIGN); }

    /// Writes the page, whole or not at all.
    ///
    /// @throws ModelException if there is no grid with a cell, or the file cannot be written
    public void write(Path path) {
        if (grids.stream().noneMatch(grid -> grid.rows().size() > 0 && grid.columns().size() > 0))
            throw new ModelException(path, "grids", "a grid with a cell", "none");
        Page.write(path, title, "grid", SCRIPTS, this::data);
    }

    private void data(Page page) throws IOException {
        List<Map<String, Object>> described = new ArrayList<>();
        for (int i = 0; i < grids.size(); i++) {
            Grid grid = grids.get(i);
            page.bytes("values-" + i, out -> out.write(bytes(grid)));
            described.add(Page.object(
                    "title", grid.title(),
                    "rows", Page.object("name", grid.rows().name(), "labels", grid.rows().labels()),
                    "columns", Page.object("name", grid.columns().name(), "labels", grid.columns().labels()),
                    "texts", grid.texts(),
                    "diverging", diverging(grid)));
        }
        page.json("grids", Page.object("title", title, "note", note, "grids", described));
    }

    private boolean diverging(Grid grid) {
        if (scale != Scale.BY_SIGN) return scale == Scale.DIVERGING;
        boolean above = false;
        boolean below = false;
        for (float[] row : grid.values()) {
            for (float value : row) {
                above |= value > 0;
                below |= value < 0;
            }
        }
        return above && below;
    }

    /// `[row, column]`, little-endian float32: as exact as they are, NaN and infinities included.
    private static byte[] bytes(Grid grid) {
        int cells = Math.multiplyExact(grid.rows().size(), grid.columns().size());
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, cells)).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] row : grid.values()) for (float value : row) bytes.putFloat(value);
        return bytes.array();
    }
}
