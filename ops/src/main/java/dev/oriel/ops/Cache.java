package dev.oriel.ops;

/// Keys and values of one sequence in one layer. Each key-value head has slots of its own: a slot carries its token's position, and causal order is slot order.
public interface Cache extends AutoCloseable {
    /// Slots in use (the largest count of any key-value head).
    int slots();

    /// Goes back to when it had stored `tokens` tokens: drops the slots of all later ones. Tokens count as they were stored, whatever their positions.
    void rewind(int tokens);

    /// A cache that holds the same now and lives on its own. Memory is shared until one of the two changes, so a fork costs next to nothing.
    Cache fork();

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
