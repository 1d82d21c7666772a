package dev.oriel.runtime.text;

/// Merges neighbouring symbols of one word, always the pair of lowest rank first and among equals the leftmost, until none is left.
/// A heap of candidate pairs keeps it at n log n; a candidate whose symbols changed meanwhile is recognised by its rank and dropped.
final class Merging {
    static final long NONE = Long.MAX_VALUE;
    static final int UNKNOWN = -1;
    private static final int GONE = -2;

    /// What two neighbours merge to.
    interface Pairs {
        /// @param from where the left symbol's text starts in the word
        /// @param to   where the right symbol's text ends
        /// @return [#pair], or [#NONE]
        long of(int left, int right, int from, int to);
    }

    /// What is left of the word in the end, from left to right.
    interface Symbols {
        void accept(int id, int from, int to);
    }

    private final Pairs pairs;
    private final int[] id;
    private final int[] start;
    private final int[] next;
    private final int[] previous;
    private final LongHeap candidates;
    private int count;

    /// @param capacity how many symbols will be added at most
    Merging(int capacity, Pairs pairs) {
        this.pairs = pairs;
        id = new int[capacity];
        start = new int[capacity + 1];
        next = new int[capacity];
        previous = new int[capacity];
        candidates = new LongHeap(capacity);
    }

    static long pair(int rank, int merged) { return (long) rank << 32 | merged; }

    /// Adds the next symbol of the word, whose text ends before `to`.
    void add(int symbol, int to) {
        id[count] = symbol;
        next[count] = count + 1;
        previous[count] = count - 1;
        start[++count] = to;
    }

    void run(Symbols out) {
        for (int i = 0; i + 1 < count; i++) propose(i);
        while (!candidates.isEmpty()) {
            long top = candidates.pop();
            int left = (int) top;
            if (id[left] == GONE || next[left] >= count) continue;
            long pair = pair(left);
            if (pair != NONE && pair >> 32 == top >> 32) merge(left, (int) pair);
        }
        for (int i = 0; i < count; i = next[i]) out.accept(id[i], start[i], start[next[i]]);
    }

    private void merge(int left, int merged) {
        int right = next[left];
        id[left] = merged;
        id[right] = GONE;
        next[left] = next[right];
        if (next[right] < count) previous[next[right]] = left;
        if (previous[left] >= 0) propose(previous[left]);
        if (next[left] < count) propose(left);
    }

    private void propose(int left) {
        long pair = pair(left);
        if (pair != NONE) candidates.push(pair >> 32 << 32 | left);
    }

    private long pair(int left) {
        int right = next[left];
        return pairs.of(id[left], id[right], start[left], start[next[right]]);
    }
}
