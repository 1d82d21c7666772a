package dev.oriel.runtime.text;

import java.util.Arrays;

/// A growing row of token ids and, where they are asked for, of the characters that each stands for.
final class Ids {
    private int[] values;
    /// From and to of each, or null.
    private int[] spans;
    private int size;

    private Ids(int[] values, int[] spans) {
        this.values = values;
        this.spans = spans;
        this.size = values.length;
    }

    static Ids plain() { return new Ids(new int[0], null); }

    static Ids withSpans() { return new Ids(new int[0], new int[0]); }

    /// An empty row that keeps what this one keeps.
    Ids another() { return spans == null ? plain() : withSpans(); }

    void add(int id, int from, int to) {
        if (size == values.length) grow(size + 1);
        if (spans != null) {
            spans[2 * size] = from;
            spans[2 * size + 1] = to;
        }
        values[size++] = id;
    }

    private void grow(int needed) {
        int capacity = Math.max(Math.max(32, needed), 2 * size);
        values = Arrays.copyOf(values, capacity);
        if (spans != null) spans = Arrays.copyOf(spans, 2 * capacity);
    }

    /// @param fused the token before stands for these characters too
    void addUnknown(int id, int from, int to, boolean fused) {
        if (!fused) add(id, from, to);
        else if (spans != null && size > 0) spans[2 * size - 1] = to;
    }

    void addAll(Ids other) {
        if (size + other.size > values.length) grow(size + other.size);
        System.arraycopy(other.values, 0, values, size, other.size);
        if (spans != null) System.arraycopy(other.spans, 0, spans, 2 * size, 2 * other.size);
        size += other.size;
    }

    /// The tokens from `start` on were made of `word`: their spans become the source's.
    void place(int start, Aligned word) {
        if (spans == null) return;
        for (int i = start; i < size; i++) {
            int from = spans[2 * i];
            int to = spans[2 * i + 1];
            spans[2 * i] = word.from(from);
            spans[2 * i + 1] = from == to ? word.from(from) : word.to(to);
        }
    }

    int size() { return size; }

    /// A copy of those from `start` on.
    Ids from(int start) { return new Ids(Arrays.copyOfRange(values, start, size), spans == null ? null : Arrays.copyOfRange(spans, 2 * start, 2 * size)); }

    int[] toArray() { return Arrays.copyOf(values, size); }

    /// From and to of each.
    int[] spans() { return Arrays.copyOf(spans, 2 * size); }
}
