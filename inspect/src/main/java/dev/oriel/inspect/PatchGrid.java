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
    public record Side(String name, int[] indices) {
        private List<String> labels() { return IntStream.of(indices).mapToObj(Integer::toString).toList(); }
    }

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
        int across = sides.getLast().indices.length;
        float[][] rows = new float[values.length / across][across];
        for (int i = 0; i < values.length; i++) rows[i / across][i % across] = values[i];
        return rows;
    }

    /// The same with labels; rows of several sides are labelled as in `5.1`.
    public Grid grid() {
        List<String> labels = List.of("");
        for (Side side : sides.subList(0, sides.size() - 1)) {
            List<String> longer = new ArrayList<>();
            for (String label : labels) for (String index : side.labels()) longer.add(label.isEmpty() ? index : label + "." + index);
            labels = longer;
        }
        String name = String.join(".", sides.subList(0, sides.size() - 1).stream().map(Side::name).toList());
        return new Grid(title, new Grid.Axis(name, labels), new Grid.Axis(sides.getLast().name, sides.getLast().labels()), rows());
    }

    /// As [#grid()], with tokens behind positions.
    ///
    /// @param tokens the text of each token of the prompt
    public Grid grid(List<String> tokens) {
        Grid plain = grid();
        return new Grid(title, named(plain.rows(), tokens), named(plain.columns(), tokens), plain.values());
    }

    private static Grid.Axis named(Grid.Axis axis, List<String> tokens) {
        boolean positions = axis.name().equals("position") || axis.name().equals("key");
        return positions ? new Grid.Axis(axis.name(), axis.labels().stream().map(label -> label + " " + tokens.get(Integer.parseInt(label))).toList()) : axis;
    }

    /// Layers by heads as the grid other moves give.
    ///
    /// @throws IllegalStateException if it is not swept by layer and head
    public HeadGrid heads() {
        if (!sides.stream().map(Side::name).toList().equals(List.of("layer", "head"))) throw new IllegalStateException(title + " was not swept by layer and head");
        return new HeadGrid(title, rows());
    }
}
