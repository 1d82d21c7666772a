package dev.oriel.runtime;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/// The numbers of one site, or a view of a part of them.
///
/// Inside a probe it is valid for the call only, and what an edit writes takes effect. What a trace returns was recorded: it stays valid as long as its trace,
/// and cannot be changed, since a change would have no effect.
public final class Activation {
    /// In [#slice(int...)]: the whole axis.
    public static final int ALL = Integer.MIN_VALUE;

    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final String name;
    private final List<Site.Axis> axes;
    private final MemorySegment values;
    private final Indexing indexing;
    private final Life life;

    /// Shared by an activation and its views.
    private static final class Life {
        private final boolean editable;
        private boolean over;

        Life(boolean editable) { this.editable = editable; }
    }

    private Activation(String name, List<Site.Axis> axes, MemorySegment values, Indexing indexing, Life life) {
        this.name = name;
        this.axes = axes;
        this.values = values;
        this.indexing = indexing;
        this.life = life;
    }

    /// What an edit gets.
    static Activation live(String name, List<Site.Axis> axes, MemorySegment values, Indexing indexing) { return new Activation(name, axes, values, indexing, new Life(true)); }

    /// What an observer gets, or a trace keeps.
    static Activation fixed(String name, List<Site.Axis> axes, MemorySegment values, Indexing indexing) { return new Activation(name, axes, values, indexing, new Life(false)); }

    /// The site's full name: `blocks.3.attn.hook_pattern`.
    public String name() { return name; }

    /// What each axis counts.
    public List<Site.Axis> axes() { return axes; }

    public int[] shape() { return indexing.shape(); }

    /// How many numbers.
    public int size() { return Math.toIntExact(indexing.size()); }

    /// What the indices of an axis stand for: positions in the sequence, heads, keys. They differ from 0, 1, 2... where a selection or a view left some out,
    /// or a pass began later in its sequence.
    public int[] labels(int axis) { return indexing.labels(axis); }

    /// The number at these indices, one per axis.
    public float get(int... indices) {
        requireAlive();
        return values.get(FLOAT, position(indices));
    }

    public void set(float value, int... indices) {
        requireEditable();
        values.set(FLOAT, position(indices), value);
    }

    /// The numbers along the last axis at these indices, one per other axis: a copy.
    public float[] row(int... indices) {
        requireAlive();
        int[] first = Arrays.copyOf(indices, indices.length + 1);
        requireAxes(first.length);
        requireInside(first);
        float[] row = new float[indexing.extent(first.length - 1)];
        for (int i = 0; i < row.length; i++) {
            first[first.length - 1] = i;
            row[i] = values.get(FLOAT, indexing.offset(first));
        }
        return row;
    }

    /// A view: per axis an index (which keeps the axis, with extent 1) or [#ALL].
    public Activation slice(int... indices) {
        Range[] ranges = new Range[indices.length];
        for (int i = 0; i < indices.length; i++) {
            if (indices[i] < 0 && indices[i] != ALL) throw new IndexOutOfBoundsException(name + ": index " + indices[i] + " is negative");
            ranges[i] = indices[i] == ALL ? Range.ALL : Range.at(indices[i]);
        }
        return slice(ranges);
    }

    /// A view: a range per axis.
    ///
    /// @throws IndexOutOfBoundsException if a range leaves its axis
    public Activation slice(Range... ranges) {
        requireAlive();
        requireAxes(ranges.length);
        for (int axis = 0; axis < ranges.length; axis++) {
            Range r = ranges[axis];
            int extent = indexing.extent(axis);
            if (!r.equals(Range.ALL) && r.to() > extent)
                throw new IndexOutOfBoundsException(name + ": " + axes.get(axis) + " " + r.from() + ":" + r.to() + " leaves 0:" + extent);
        }
        return new Activation(name, axes, values, indexing.slice(ranges), life);
    }

    public void fill(float value) { change((_, _) -> value); }

    public void add(float value) { change((x, _) -> x + value); }

    /// Adds a vector along the last axis, or as many numbers as there are.
    public void add(float[] other) {
        requireLength(other.length);
        change((x, i) -> x + other[i % other.length]);
    }

    /// Adds `factor` times a vector along the last axis.
    public void add(float[] other, float factor) {
        requireLength(other.length);
        change((x, i) -> x + factor * other[i % other.length]);
    }

    public void scale(float factor) { change((x, _) -> x * factor); }

    /// Copies a vector along the last axis, or as many numbers as there are.
    public void copyFrom(float[] other) {
        requireLength(other.length);
        change((_, i) -> other[i % other.length]);
    }

    /// Copies another activation of the same shape.
    public void copyFrom(Activation other) {
        if (!Arrays.equals(shape(), other.shape()))
            throw new IllegalArgumentException(name + ": expected shape " + Arrays.toString(shape()) + ", found " + Arrays.toString(other.shape()));
        copyFrom(other.toArray());
    }

    /// A copy, row-major; the program's own.
    public float[] toArray() {
        requireAlive();
        float[] copy = new float[size()];
        if (indexing.dense()) MemorySegment.copy(values, FLOAT, indexing.first(), copy, 0, copy.length);
        else indexing.each((at, i) -> copy[i] = values.get(FLOAT, at));
        return copy;
    }

    /// The numbers row-major as little-endian float32, read-only: the memory itself where they lie so, a copy otherwise.
    public MemorySegment toSegment() {
        requireAlive();
        if (indexing.dense() && !life.editable) return values.asSlice(indexing.first(), indexing.size() * Float.BYTES).asReadOnly();
        return MemorySegment.ofArray(toArray()).asReadOnly();
    }

    /// Ends it and its views.
    void expire() { life.over = true; }

    Indexing indexing() { return indexing; }

    private interface Rule {
        float apply(float x, int index);
    }

    private void change(Rule rule) {
        requireEditable();
        indexing.each((at, i) -> values.set(FLOAT, at, rule.apply(values.get(FLOAT, at), i)));
    }

    private long position(int[] indices) {
        requireAxes(indices.length);
        requireInside(indices);
        return indexing.offset(indices);
    }

    private void requireInside(int[] indices) {
        for (int axis = 0; axis < indices.length; axis++)
            if (indices[axis] < 0 || indices[axis] >= indexing.extent(axis))
                throw new IndexOutOfBoundsException(name + ": " + axes.get(axis) + " " + indices[axis] + " leaves 0:" + indexing.extent(axis));
    }

    private void requireAlive() {
        if (life.over) throw new IllegalStateException(name + " is valid inside the probe only; copy it there with toArray()");
    }

    private void requireEditable() {
        requireAlive();
        if (!life.editable) throw new IllegalStateException(name + " was recorded, changing it would have no effect: change the site with Probe.edit, or a copy from toArray()");
    }

    private void requireAxes(int found) {
        if (found != axes.size()) throw new IllegalArgumentException(name + " has axes " + axes + ", found " + found + " indices");
    }

    private void requireLength(int found) {
        int last = indexing.extent(axes.size() - 1);
        if (found != last && found != indexing.size()) throw new IllegalArgumentException(name + ": expected " + last + " or " + indexing.size() + " numbers, found " + found);
    }

    @Override
    public String toString() { return name + Arrays.toString(shape()); }
}
