package dev.oriel.runtime.text;

import java.util.Arrays;

/// From a pair of symbols to the rank of its merge and the merged symbol: an open-addressed table of longs, made once and then only read.
final class PairTable {
    private final long[] keys;
    private final long[] values;
    private final int mask;

    /// @param entries how many pairs will be put at most
    PairTable(int entries) {
        int capacity = Integer.highestOneBit(Math.max(entries, 8)) * 4;
        keys = new long[capacity];
        values = new long[capacity];
        mask = capacity - 1;
        Arrays.fill(keys, -1);
    }

    /// The first rank of a pair stays.
    void put(int left, int right, int rank, int merged) {
        int at = slot(key(left, right));
        if (keys[at] >= 0) return;
        keys[at] = key(left, right);
        values[at] = Merging.pair(rank, merged);
    }

    /// {@link Merging#NONE} where the pair does not merge.
    long get(int left, int right) {
        if (left < 0 || right < 0) return Merging.NONE;
        int at = slot(key(left, right));
        return keys[at] < 0 ? Merging.NONE : values[at];
    }

    private int slot(long key) {
        long h = key * 0x9E3779B97F4A7C15L;
        int at = (int) (h >>> 32) & mask;
        while (keys[at] >= 0 && keys[at] != key) at = (at + 1) & mask;
        return at;
    }

    private static long key(int left, int right) { return (long) left << 32 | right; }
}
