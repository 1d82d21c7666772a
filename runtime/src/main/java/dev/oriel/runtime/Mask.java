package dev.oriel.runtime;

/// Which keys a query sees, in place of the model's own causal order and windows. Both are counted from the sequence's first token. A key that is not
/// stored yet when its query runs cannot be seen, so tokens that are to see later ones must come in one run.
@FunctionalInterface
public interface Mask {
    boolean visible(int query, int key);

    /// Every token sees itself and what came before.
    static Mask causal() { return (query, key) -> key <= query; }

    /// The first `length` tokens see each other in both directions, the others are causal.
    static Mask prefix(int length) { return (query, key) -> key <= query || query < length && key < length; }

    /// This mask, but that these queries do not see these keys.
    default Mask without(Range queries, Range keys) { return (query, key) -> visible(query, key) && !(queries.contains(query) && keys.contains(key)); }
}
