package dev.oriel.runtime.text;

/// Tokens `[from, to)` of a sequence; empty where no token stands for what was asked.
public record TokenSpan(int from, int to) {
    public TokenSpan {
        if (from < 0 || to < from) throw new IllegalArgumentException("tokens " + from + ":" + to + " are no part of a sequence");
    }

    public int length() { return to - from; }

    public boolean isEmpty() { return from == to; }
}
