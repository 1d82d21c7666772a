package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Which part of a site, as in NumPy: `:`, `3`, `-1`, `2:5`, `...`; axes that are not named are taken whole. Positions and keys count the tokens of the prompt, negative
/// ones from its end; what generation adds follows.
record Slices(String text, List<Slice> slices) {
    private static final Pattern INDEX = Pattern.compile("[+-]?\\d{1,9}");
    private static final Pattern RANGE = Pattern.compile("([+-]?\\d{1,9})?\\s*:\\s*([+-]?\\d{1,9})?");

    /// What is said of one axis.
    sealed interface Slice {
        record Index(int index) implements Slice {}

        /// @param from null for the beginning
        /// @param to   null for the end
        record Span(Integer from, Integer to) implements Slice {
            boolean whole() { return from == null && to == null; }
        }

        /// As many whole axes as are missing.
        record Rest() implements Slice {}
    }

    /// How long the axes are that depend on the tokens.
    ///
    /// @param prompt tokens of the prompt
    /// @param end    tokens of prompt and generation together, as far as they are taken in
    record Sequence(int prompt, int end) {}

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

    /// One slice for each axis of a site.
    ///
    /// @throws ModelException if it has fewer axes
    List<Slice> over(Site site) {
        List<Slice> all = new ArrayList<>(slices);
        int rest = all.indexOf(new Slice.Rest());
        if (rest < 0) rest = all.size();
        else all.remove(rest);
        int axes = site.axes().size();
        if (all.size() > axes) throw new ModelException(where(site) + ": expected at most " + axes + " slices " + site.axes() + ", found " + all.size());
        while (all.size() < axes) all.add(rest, new Slice.Span(null, null));
        return all;
    }

    /// The places narrowed to these heads, positions and keys. Other axes are left to [#view].
    ///
    /// @throws ModelException if the site has fewer axes, an index leaves its axis, or nothing is left
    Selection.Part narrow(Selection places, Attention attention, Sequence sequence) {
        Site site = places.site();
        List<Slice> all = over(site);
        Selection.Part part = places.part();
        for (int axis = 0; axis < all.size(); axis++) {
            if (all.get(axis) instanceof Slice.Span span && span.whole()) continue;
            String where = where(site, axis);
            part = switch (site.axes().get(axis)) {
                case POS, QUERY -> part.positions(range(where, all.get(axis), sequence));
                case KEY -> part.keys(range(where, all.get(axis), sequence));
                case HEAD -> part.heads(indices(range(where, all.get(axis), attention.heads())));
                case KV_HEAD -> part.heads(indices(range(where, all.get(axis), attention.kvHeads())));
                default -> part;
            };
        }
        return part;
    }

    /// What these slices leave of an activation that is narrowed already.
    Activation view(Site site, Activation narrowed) {
        List<Slice> all = over(site);
        Range[] ranges = new Range[all.size()];
        for (int axis = 0; axis < ranges.length; axis++)
            ranges[axis] = selected(site.axes().get(axis)) ? Range.ALL : range(where(site, axis), all.get(axis), narrowed.shape()[axis]);
        return narrowed.slice(ranges);
    }

    /// Fails where an axis is cut that a trace keeps whole.
    void requireSelectable(Site site) {
        List<Slice> all = over(site);
        for (int axis = 0; axis < all.size(); axis++)
            if (!selected(site.axes().get(axis)) && !all.get(axis).equals(new Slice.Span(null, null)))
                throw new ModelException(where(site, axis) + "a trace keeps this axis whole; expected :");
    }

    /// Whether a selection narrows this axis.
    static boolean selected(Site.Axis axis) {
        return switch (axis) {
            case POS, QUERY, KEY, HEAD, KV_HEAD -> true;
            default -> false;
        };
    }

    /// An open end stays open: the sequence may grow.
    private static Range range(String where, Slice slice, Sequence sequence) {
        return switch (slice) {
            case Slice.Index(int index) when index < -sequence.prompt || index >= sequence.end -> throw outside(where, -sequence.prompt, sequence.end, index);
            case Slice.Index(int index) -> Range.at(index < 0 ? index + sequence.prompt : index);
            case Slice.Span(Integer from, Integer to) -> {
                int first = bound(from, 0, sequence);
                int end = bound(to, sequence.end, sequence);
                if (end <= first) throw new ModelException(where + first + ":" + end + " is empty");
                yield to == null ? Range.from(first) : Range.of(first, end);
            }
            case Slice.Rest() -> Range.ALL;
        };
    }

    private static Range range(String where, Slice slice, int extent) {
        Range range = range(where, slice, new Sequence(extent, extent));
        return range.to() <= extent ? range : Range.of(range.from(), extent);
    }

    private static ModelException outside(String where, int first, int end, int found) {
        return new ModelException(where + "expected " + first + ".." + (end - 1) + ", found " + found);
    }

    private static int bound(Integer value, int absent, Sequence sequence) {
        if (value == null) return absent;
        return Math.clamp(value < 0 ? value + sequence.prompt : value, 0, sequence.end);
    }

    private static int[] indices(Range range) { return IntStream.range(range.from(), range.to()).toArray(); }

    private String where(Site site) { return site.name(0).replace(".0.", ".N.") + "[" + text + "]"; }

    private String where(Site site, int axis) { return where(site) + ": " + site.axes().get(axis) + ": "; }

    @Override
    public String toString() { return Arrays.toString(slices.toArray()); }
}
