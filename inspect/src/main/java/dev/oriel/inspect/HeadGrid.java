package dev.oriel.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One number per head of a model.
///
/// @param name   what the numbers are
/// @param values `[layer][head]`
public record HeadGrid(String name, float[][] values) {
    /// One head and its number.
    public record Head(int layer, int head, float value) {
        /// As the field writes it: `5.1`.
        @Override
        public String toString() { return layer + "." + head; }
    }

    public int layers() { return values.length; }

    public float get(int layer, int head) { return values[layer][head]; }

    /// The same as a [Grid]: layers down, heads across.
    public Grid grid() {
        int heads = values.length == 0 ? 0 : values[0].length;
        return new Grid(name, Grid.Axis.numbered("layer", values.length), Grid.Axis.numbered("head", heads), values);
    }

    /// The `count` heads with the largest numbers, largest first; ties go to the lower layer, then the lower head. NaN counts as smallest.
    public List<Head> top(int count) {
        List<Head> all = new ArrayList<>();
        for (int layer = 0; layer < values.length; layer++)
            for (int head = 0; head < values[layer].length; head++) all.add(new Head(layer, head, values[layer][head]));
        all.sort(Comparator.comparingDouble((Head h) -> Float.isNaN(h.value()) ? Double.NEGATIVE_INFINITY : h.value()).reversed());
        return all.subList(0, Math.min(count, all.size()));
    }
}
