package dev.oriel.ops;

/// What one pass is given, in the memory of one [Ops]: per row a token id and its position in its sequence, and the rows whose output is wanted.
public interface Tokens extends AutoCloseable {
    /// Rows of the pass.
    int count();

    /// Rows whose output is wanted.
    int outputs();

    @Override
    void close();
}
