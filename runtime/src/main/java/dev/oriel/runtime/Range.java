package dev.oriel.runtime;

/// Part of an axis: indices `[from, to)`, or everything ([#ALL]).
public record Range(int from, int to) {
    public static final Range ALL = new Range(0, Integer.MAX_VALUE);

    public Range {
        if (from < 0 || to <= from) throw new IllegalArgumentException("range " + from + ":" + to + " is empty or negative");
    }

    public static Range at(int index) { return new Range(index, index + 1); }

    public static Range of(int from, int to) { return new Range(from, to); }
}
