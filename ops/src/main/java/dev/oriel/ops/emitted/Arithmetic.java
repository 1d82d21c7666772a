package dev.oriel.ops.emitted;

/// Plain arithmetic on rows of numbers.
public enum Arithmetic {
    /// to = x + other
    ADD,
    /// to = x * scale
    SCALE,
    /// x and other, turned by the cosines and sines that are the third and fourth row
    TURN
}
