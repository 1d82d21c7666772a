package dev.oriel.ops;

/// Keys and values of one sequence in one layer. Each key-value head has slots of its own: a slot carries its token's position, and causal order is slot order.
public interface Cache extends AutoCloseable {
    /// Slots in use (the largest count of any key-value head).
    int slots();

    /// Drops every slot whose position is `position` or later.
    void rewind(int position);

    /// Bytes it occupies now.
    long bytes();

    @Override
    void close();

    /// What a cache holds per slot.
    ///
    /// @param kvHeads  key-value heads
    /// @param keyDim   numbers of one key
    /// @param valueDim numbers of one value
    /// @param format   how they are kept: [Format#F32] or [Format#F16]
    record Shape(int kvHeads, int keyDim, int valueDim, Format format) {}
}
