package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which part of an activation, as in NumPy: `:`, `3`, `-1`, `2:5`, `...`; axes that are not named are taken whole.
record Slices(String text, List<Slice> slices) {
    private static final Pattern INDEX = Pattern.compile("[+-]?\\d{1,9}");
    private static final Pattern RANGE = Pattern.compile("([+-]?\\d{1,9})?\\s*:\\s*([+-]?\\d{1,9})?");

    /// What is said of one axis.
    private sealed interface Slice {
        record Index(int index) implements Slice {}

        /// @param from null for the beginning
        /// @param to   null for the end
        record Span(Integer from, Integer to) implements Slice {}

        /// As many whole axes as are missing.
        record Rest() implements Slice {}
    }

    /// A part of one activation.
    ///
    /// @param ranges one per axis
    /// @param shape  extents of the axes that were not picked by a single index
    record Part(Range[] ranges, int[] shape) {}

    static Slices parse(String text) {
        List<Slice> slices = new ArrayList<>();
        if (!text.isBlank()) for (String slice : text.split(",", -1)) slices.add(one(text, slice.strip()));
        if (slices.stream().filter(Slice.Rest.class::isInstance).count() > 1) throw new ModelException("slices [" + text + "]: expected ... once");
        return new Slices(text, List.copyOf(slices));
    }

    private static Slice one(String all, String text) {
        if (text.equals("...")) return new Slice.Rest();
        if (INDEX.matcher(text).matches()) return new Slice.Index(Integer.parseInt(text));
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) throw new ModelException("slices [" + all + "]: expected :, an index, FROM:TO or ..., found '" + text + "'");
        return new Slice.Span(range.group(1) == null ? null : Integer.valueOf(range.group(1)), range.group(2) == null ? null : Integer.valueOf(range.group(2)));
    }

    /// @throws ModelException if the activation has fewer axes, an index leaves its axis, or nothing is left
    Part of(Activation activation) {
        int[] extents = activation.shape();
        List<Slice> all = new ArrayList<>(slices);
        int rest = all.stream().anyMatch(Slice.Rest.class::isInstance) ? all.indexOf(new Slice.Rest()) : all.size();
        if (rest < all.size()) all.remove(rest);
        if (all.size() > extents.length) throw new ModelException(activation.name() + "[" + text + "]: expected at most " + extents.length + " slices " + activation.axes() + ", found " + all.size());
        while (all.size() < extents.length) all.add(rest, new Slice.Span(null, null));
        Range[] ranges = new Range[extents.length];
        List<Integer> shape = new ArrayList<>();
        for (int axis = 0; axis < extents.length; axis++) {
            int extent = extents[axis];
            String where = activation.name() + "[" + text + "]: " + activation.axes().get(axis) + ": ";
            ranges[axis] = switch (all.get(axis)) {
                case Slice.Index(int index) when index < -extent || index >= extent -> throw new ModelException(where + "expected " + -extent + ".." + (extent - 1) + ", found " + index);
                case Slice.Index(int index) -> Range.at(index < 0 ? index + extent : index);
                case Slice.Span(Integer from, Integer to) -> span(where, bound(from, 0, extent), bound(to, extent, extent));
                case Slice.Rest() -> Range.ALL;
            };
            if (!(all.get(axis) instanceof Slice.Index)) shape.add(ranges[axis].to() - ranges[axis].from());
        }
        return new Part(ranges, shape.stream().mapToInt(Integer::intValue).toArray());
    }

    private static int bound(Integer value, int absent, int extent) {
        if (value == null) return absent;
        return Math.clamp(value < 0 ? value + extent : value, 0, extent);
    }

    private static Range span(String where, int from, int to) {
        if (to <= from) throw new ModelException(where + from + ":" + to + " is empty");
        return Range.of(from, to);
    }

    @Override
    public String toString() { return Arrays.toString(slices.toArray()); }
}
