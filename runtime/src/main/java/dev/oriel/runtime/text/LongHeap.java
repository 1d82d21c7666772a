package dev.oriel.runtime.text;

import java.util.Arrays;

/// A binary heap of longs, smallest first.
final class LongHeap {
    private long[] heap;
    private int size;

    LongHeap(int capacity) { heap = new long[Math.max(capacity, 4)]; }

    boolean isEmpty() { return size == 0; }

    void push(long value) {
        if (size == heap.length) heap = Arrays.copyOf(heap, size * 2);
        int at = size++;
        while (at > 0 && heap[(at - 1) >>> 1] > value) {
            heap[at] = heap[(at - 1) >>> 1];
            at = (at - 1) >>> 1;
        }
        heap[at] = value;
    }

    long pop() {
        long top = heap[0];
        long value = heap[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= value) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = value;
        return top;
    }
}
