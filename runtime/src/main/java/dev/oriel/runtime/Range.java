package dev.oriel.runtime;

/// Part of an axis: indices `[from, to)`, everything ([#ALL]), or the last row of a pass ([#LAST]).
public record Range(int from, int to) {
    public static final Range ALL = new Range(0, Integer.MAX_VALUE);
    public static final Range LAST = new Range(Integer.MAX_VALUE - 1, Integer.MAX_VALUE);

    public Range {
        if (from < 0 || to <= from) throw new IllegalArgumentException("range " + from + ":" + to + " is empty or negative");
    }

    public static Range at(int index) { return new Range(index, index + 1); }

    public static Range of(int from, int to) { return new Range(from, to); }

    /// Everything from here on.
    public static Range from(int from) { return new Range(from, Integer.MAX_VALUE); }

    public boolean contains(int index) { return index >= from && index < to; }

    /// Whether it has no end of its own.
    boolean open() { return to == Integer.MAX_VALUE; }

    @Override
    public String toString() {
        if (equals(LAST)) return "last";
        return (from == 0 ? "" : from) + ":" + (open() ? "" : to);
    }
}
