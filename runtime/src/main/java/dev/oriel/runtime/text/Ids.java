package dev.oriel.runtime.text;

import java.util.Arrays;

/// A growing row of token ids.
final class Ids {
    private int[] values = new int[64];
    private int size;

    void add(int id) {
        if (size == values.length) values = Arrays.copyOf(values, size * 2);
        values[size++] = id;
    }

    void addAll(int[] ids) {
        for (int id : ids) add(id);
    }

    int size() { return size; }

    int[] from(int start) { return Arrays.copyOfRange(values, start, size); }

    int[] toArray() { return from(0); }
}
