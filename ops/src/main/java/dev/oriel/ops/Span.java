package dev.oriel.ops;

/// The rows `[first, first + count)` of a pass that belong to one sequence.
public record Span(int first, int count) {
    public int end() { return first + count; }
}
