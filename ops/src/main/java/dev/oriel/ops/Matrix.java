package dev.oriel.ops;

/// A weight matrix `[rows, columns]` packed by one [Ops]; only that one can read it.
public interface Matrix {
    int rows();

    int columns();

    /// Bytes the packed form occupies.
    long bytes();

    /// What it was packed into, for people: `q4 f16`, `bf16`, `far`.
    String layout();
}
