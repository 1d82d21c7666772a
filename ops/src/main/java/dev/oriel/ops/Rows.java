package dev.oriel.ops;

/// Activations `[capacity, width]` in the memory of one [Ops]; a program reaches the numbers only by [Ops#read] and [Ops#write].
/// Operations take the number of live rows with each call, so one allocation serves every pass.
public interface Rows extends AutoCloseable {
    int capacity();

    int width();

    /// A view of columns `[from, from + width)`; it lives as long as the whole.
    Rows columns(int from, int width);

    /// A view of rows `[from, from + count)`; it lives as long as the whole.
    Rows rows(int from, int count);

    @Override
    void close();
}
