package dev.oriel.runtime.text;

import java.util.Arrays;

/// How a text was rewritten, from left to right: so many characters kept one by one, so many replaced by so many others.
final class Steps {
    /// Takes no notes.
    static final Steps NONE = new Steps(null);

    /// Taken and given of each step; a step that keeps gives -1.
    private int[] counts;
    private int size;

    Steps() { this(new int[32]); }

    private Steps(int[] counts) { this.counts = counts; }

    void keep(int count) { if (count > 0) add(count, -1); }

    void replace(int taken, int given) { if (taken > 0 || given > 0) add(taken, given); }

    private void add(int taken, int given) {
        if (counts == null) return;
        if (2 * size == counts.length) counts = Arrays.copyOf(counts, 4 * size);
        counts[2 * size] = taken;
        counts[2 * size + 1] = given;
        size++;
    }

    int size() { return size; }

    boolean kept(int step) { return counts[2 * step + 1] < 0; }

    int taken(int step) { return counts[2 * step]; }

    int given(int step) { return kept(step) ? taken(step) : counts[2 * step + 1]; }

    /// Whether the steps lead from a text of one length to one of the other.
    boolean lead(int from, int to) {
        long read = 0;
        long written = 0;
        for (int s = 0; s < size; s++) {
            read += taken(s);
            written += given(s);
        }
        return read == from && written == to;
    }
}
