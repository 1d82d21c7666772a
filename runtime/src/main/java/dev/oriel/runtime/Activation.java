package dev.oriel.runtime;

import java.util.Arrays;
import java.util.List;

/// The numbers of one site in one pass, or a view of a part of them. Inside an edit it is valid for the call only and changes take effect; what a trace
/// returns is the program's own.
public final class Activation {
    /// In [#slice(int...)]: the whole axis.
    public static final int ALL = Integer.MIN_VALUE;

    private final String name;
    private final List<Site.Axis> axes;
    private final float[] values;
    private final int[] shape;
    /// Distance in `values` between neighbours on each axis.
    private final int[] strides;
    private final int offset;
    private final Life life;

    /// Shared by an activation and its views; ends with the callback that was given them.
    private static final class Life {
        boolean over;
    }

    Activation(String name, List<Site.Axis> axes, float[] values, int... shape) { this(name, axes, values, shape, strides(shape), 0, new Life()); }

    private Activation(String name, List<Site.Axis> axes, float[] values, int[] shape, int[] strides, int offset, Life life) {
        this.name = name;
        this.axes = axes;
        this.values = values;
        this.shape = shape;
        this.strides = strides;
        this.offset = offset;
        this.life = life;
    }

    /// The site's full name: `blocks.3.attn.hook_pattern`.
    public String name() { return name; }

    /// What each axis counts.
    public List<Site.Axis> axes() { return axes; }

    public int[] shape() { return shape.clone(); }

    /// How many numbers.
    public int size() { return Arrays.stream(shape).reduce(1, Math::multiplyExact); }

    /// The number at these indices, one per axis.
    public float get(int... indices) { return values[position(indices)]; }

    public void set(float value, int... indices) { values[position(indices)] = value; }

    /// A view: per axis an index (which keeps the axis, with extent 1) or [#ALL].
    public Activation slice(int... indices) {
        Range[] ranges = new Range[indices.length];
        for (int i = 0; i < indices.length; i++) ranges[i] = indices[i] == ALL ? Range.ALL : Range.at(indices[i]);
        return slice(ranges);
    }

    /// A view: a range per axis.
    ///
    /// @throws IndexOutOfBoundsException if a range leaves its axis
    public Activation slice(Range... ranges) {
        requireAxes(ranges.length);
        int[] part = shape.clone();
        int start = offset;
        for (int axis = 0; axis < ranges.length; axis++) {
            Range r = ranges[axis];
            if (r == Range.ALL) continue;
            if (r.to() > shape[axis]) throw new IndexOutOfBoundsException(name + ": " + axes.get(axis) + " " + r.from() + ":" + r.to() + " leaves 0:" + shape[axis]);
            part[axis] = r.to() - r.from();
            start += r.from() * strides[axis];
        }
        return new Activation(name, axes, values, part, strides, start, life);
    }

    public void fill(float value) { each((at, i) -> values[at] = value); }

    public void add(float value) { each((at, i) -> values[at] += value); }

    /// Adds a vector along the last axis, or as many numbers as there are.
    public void add(float[] other) {
        requireLength(other.length);
        each((at, i) -> values[at] += other[i % other.length]);
    }

    public void scale(float factor) { each((at, i) -> values[at] *= factor); }

    /// Copies a vector along the last axis, or as many numbers as there are.
    public void copyFrom(float[] other) {
        requireLength(other.length);
        each((at, i) -> values[at] = other[i % other.length]);
    }

    /// Copies another activation of the same shape.
    public void copyFrom(Activation other) {
        if (!Arrays.equals(shape, other.shape))
            throw new IllegalArgumentException(name + ": expected shape " + Arrays.toString(shape) + ", found " + Arrays.toString(other.shape));
        copyFrom(other.toArray());
    }

    /// A copy, row-major; the program's own.
    public float[] toArray() {
        float[] copy = new float[size()];
        each((at, i) -> copy[i] = values[at]);
        return copy;
    }

    void expire() { life.over = true; }

    private interface Visitor {
        void visit(int at, int index);
    }

    private void each(Visitor visitor) {
        requireAlive();
        int n = size();
        int[] index = new int[shape.length];
        int at = offset;
        for (int i = 0; i < n; i++) {
            visitor.visit(at, i);
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                at += strides[axis];
                if (++index[axis] < shape[axis]) break;
                at -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
    }

    private int position(int[] indices) {
        requireAlive();
        requireAxes(indices.length);
        int at = offset;
        for (int axis = 0; axis < indices.length; axis++) {
            if (indices[axis] < 0 || indices[axis] >= shape[axis])
                throw new IndexOutOfBoundsException(name + ": " + axes.get(axis) + " " + indices[axis] + " leaves 0:" + shape[axis]);
            at += indices[axis] * strides[axis];
        }
        return at;
    }

    private void requireAlive() {
        if (life.over) throw new IllegalStateException(name + " is valid inside the probe only; copy it with toArray()");
    }

    private void requireAxes(int found) {
        if (found != shape.length) throw new IllegalArgumentException(name + " has axes " + axes + ", found " + found + " indices");
    }

    private void requireLength(int found) {
        int last = shape[shape.length - 1];
        if (found != last && found != size()) throw new IllegalArgumentException(name + ": expected " + last + " or " + size() + " numbers, found " + found);
    }

    private static int[] strides(int[] shape) {
        int[] strides = new int[shape.length];
        int step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            strides[axis] = step;
            step = Math.multiplyExact(step, shape[axis]);
        }
        return strides;
    }

    @Override
    public String toString() { return name + Arrays.toString(shape); }
}
