package dev.oriel.runtime.text;

/// A part of an answer is not what was looked for, or not yet.
final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// Whether more text could make it so.
    final boolean unfinished;

    Unreadable(String expected, boolean unfinished) {
        super("expected " + expected, null, false, false);
        this.unfinished = unfinished;
    }
}
