package dev.oriel.runtime.text;

/// Characters `[from, to)` of a text, in UTF-16 units as `String` counts them; may be empty.
public record TextSpan(int from, int to) {
    public TextSpan {
        if (from < 0 || to < from) throw new IllegalArgumentException("characters " + from + ":" + to + " are no part of a text");
    }

    public int length() { return to - from; }

    public boolean isEmpty() { return from == to; }

    public String in(String text) { return text.substring(from, to); }
}
