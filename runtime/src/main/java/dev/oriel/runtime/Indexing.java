package dev.oriel.runtime;

import java.util.Arrays;

/// Where the numbers of an activation lie: per axis, the byte offset of each index and what that index stands for. So a view can leave out any indices.
final class Indexing {
    private final long[][] offsets;
    private final int[][] labels;
    private final boolean dense;

    interface Visitor {
        /// @param at    byte offset
        /// @param index row-major
        void visit(long at, int index);
    }

    private Indexing(long[][] offsets, int[][] labels) {
        this.offsets = offsets;
        this.labels = labels;
        dense = isDense(offsets);
    }

    /// Numbers that lie row-major without gaps, labelled from 0.
    static Indexing dense(int... shape) {
        int[][] labels = new int[shape.length][];
        for (int axis = 0; axis < shape.length; axis++) {
            labels[axis] = new int[shape[axis]];
            Arrays.setAll(labels[axis], i -> i);
        }
        return dense(labels);
    }

    /// Numbers that lie row-major without gaps.
    static Indexing dense(int[][] labels) {
        long[][] offsets = new long[labels.length][];
        long step = Float.BYTES;
        for (int axis = labels.length - 1; axis >= 0; axis--) {
            offsets[axis] = new long[labels[axis].length];
            for (int i = 0; i < offsets[axis].length; i++) offsets[axis][i] = i * step;
            step = Math.multiplyExact(step, (long) labels[axis].length);
        }
        return new Indexing(offsets, labels);
    }

    int[] shape() { return Arrays.stream(labels).mapToInt(l -> l.length).toArray(); }

    int extent(int axis) { return labels[axis].length; }

    int[] labels(int axis) { return labels[axis].clone(); }

    int[][] labels() { return labels; }

    long size() {
        long size = 1;
        for (int[] axis : labels) size = Math.multiplyExact(size, (long) axis.length);
        return size;
    }

    /// Whether the numbers lie row-major without gaps.
    boolean dense() { return dense; }

    /// Byte offset of the first number.
    long first() { return offset(new int[offsets.length]); }

    long offset(int[] indices) {
        long at = 0;
        for (int axis = 0; axis < indices.length; axis++) at += offsets[axis][indices[axis]];
        return at;
    }

    /// The indices of each axis whose labels are wanted; a null keeps an axis whole.
    Indexing keep(int[][] wanted) {
        long[][] o = offsets.clone();
        int[][] l = labels.clone();
        for (int axis = 0; axis < wanted.length; axis++) {
            if (wanted[axis] == null) continue;
            int[] indices = wanted[axis];
            o[axis] = new long[indices.length];
            l[axis] = new int[indices.length];
            for (int i = 0; i < indices.length; i++) {
                o[axis][i] = offsets[axis][indices[i]];
                l[axis][i] = labels[axis][indices[i]];
            }
        }
        return new Indexing(o, l);
    }

    Indexing slice(Range[] ranges) {
        long[][] o = offsets.clone();
        int[][] l = labels.clone();
        for (int axis = 0; axis < ranges.length; axis++) {
            if (ranges[axis].equals(Range.ALL)) continue;
            o[axis] = Arrays.copyOfRange(offsets[axis], ranges[axis].from(), ranges[axis].to());
            l[axis] = Arrays.copyOfRange(labels[axis], ranges[axis].from(), ranges[axis].to());
        }
        return new Indexing(o, l);
    }

    /// Every number, row-major.
    void each(Visitor visitor) {
        int axes = offsets.length;
        long[] last = offsets[axes - 1];
        int[] index = new int[axes];
        long rows = last.length == 0 ? 0 : size() / last.length;
        int i = 0;
        for (long row = 0; row < rows; row++) {
            long at = 0;
            for (int axis = 0; axis < axes - 1; axis++) at += offsets[axis][index[axis]];
            for (long offset : last) visitor.visit(at + offset, i++);
            for (int axis = axes - 2; axis >= 0 && ++index[axis] == offsets[axis].length; axis--) index[axis] = 0;
        }
    }

    private static boolean isDense(long[][] offsets) {
        long step = Float.BYTES;
        for (int axis = offsets.length - 1; axis >= 0; axis--) {
            for (int i = 1; i < offsets[axis].length; i++) if (offsets[axis][i] - offsets[axis][0] != i * step) return false;
            step *= offsets[axis].length;
        }
        return true;
    }
}
