package dev.oriel.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What a patching sweep measured: a number for every combination of the axes it swept.
///
/// @param title  what was patched
/// @param sides  the axes swept, outermost first
/// @param values row-major
/// @param into   the metric of the run that was patched
/// @param from   the metric of the run the patches came from
public record PatchGrid(String title, List<Side> sides, float[] values, double into, double from) {
    /// One axis swept.
    ///
    /// @param name    what it counts: layer, position, head, key
    /// @param indices which of them
    public record Side(String name, int[] indices) {}

    public PatchGrid {
        sides = List.copyOf(sides);
    }

    /// One number, by an index along each side.
    public float get(int... at) {
        if (at.length != sides.size()) throw new IllegalArgumentException(title + ": expected " + sides.size() + " indices, found " + at.length);
        int index = 0;
        for (int i = 0; i < at.length; i++) {
            int length = sides.get(i).indices.length;
            if (at[i] < 0 || at[i] >= length) throw new IndexOutOfBoundsException(title + ": " + sides.get(i).name + " " + at[i] + " leaves 0:" + length);
            index = index * length + at[i];
        }
        return values[index];
    }

    /// The same as shares of the way from one run to the other: 0 where a patch changes nothing, 1 where it does as much as taking the other run.
    ///
    /// @throws IllegalStateException if both runs have the same metric, so that there is no way
    public PatchGrid normalised() {
        if (into == from) throw new IllegalStateException(title + ": both runs have the metric " + into + ", there is nothing to share");
        float[] shares = new float[values.length];
        for (int i = 0; i < shares.length; i++) shares[i] = (float) ((values[i] - into) / (from - into));
        return new PatchGrid(title + ", normalised", sides, shares, 0, 1);
    }

    /// The numbers as a rectangle: the last side across, all others down.
    public float[][] rows() {
        int across = columns().size();
        float[][] rows = new float[values.length / across][across];
        for (int i = 0; i < values.length; i++) rows[i / across][i % across] = values[i];
        return rows;
    }

    /// A label per row: the indices of all sides but the last, as in `5.1`.
    public List<String> rowLabels() {
        List<String> labels = List.of("");
        for (Side side : sides.subList(0, sides.size() - 1)) {
            List<String> longer = new ArrayList<>();
            for (String label : labels) for (int index : side.indices) longer.add(label.isEmpty() ? Integer.toString(index) : label + "." + index);
            labels = longer;
        }
        return labels;
    }

    /// A label per column: the indices of the last side.
    public List<String> columns() { return IntStream.of(sides.getLast().indices).mapToObj(Integer::toString).toList(); }

    /// Layers by heads as the grid other moves give.
    ///
    /// @throws IllegalStateException if it is not swept by layer and head
    public HeadGrid heads() {
        if (!sides.stream().map(Side::name).toList().equals(List.of("layer", "head"))) throw new IllegalStateException(title + " was not swept by layer and head");
        return new HeadGrid(title, rows());
    }
}
