package dev.oriel.runtime;

import java.util.Arrays;

/// Tokens in falling order of their logits (rising id among equals), cut ever shorter by the filters. Sorted only as far as a filter looks.
final class Candidates {
    /// How far below the likeliest those lie that are taken up together, band by band; then all that are left.
    private static final float[] BANDS = {8, 16, 32};

    private final float[] logits;
    private final float most;
    private int band;
    /// What has been taken up and is not sorted yet; after `sorted` pops the likeliest stand, in order, in `order`.
    private int[] heap = new int[256];
    private int heapSize;
    private int[] order = new int[64];
    private int sorted;
    private int count;

    Candidates(float[] logits, int likeliest) {
        this.logits = logits;
        most = logits[likeliest];
        count = logits.length;
    }

    int count() { return count; }

    void keep(int n) { count = Math.max(1, n); }

    /// How many of the likeliest it takes for their probabilities, among those kept, to reach `sum`.
    int reaching(float sum) {
        double total = total(1);
        double reached = 0;
        for (int i = 0; i < count; i++) {
            reached += weight(i, 1) / total;
            if (reached >= sum) return i + 1;
        }
        return count;
    }

    /// How many are at least `fraction` as likely as the likeliest.
    int atLeast(float fraction) {
        int n = 0;
        while (n < count && weight(n, 1) >= fraction) n++;
        return n;
    }

    /// The candidate at `uniform` of the way through the probabilities.
    int draw(float temperature, double uniform) {
        double left = uniform * total(temperature);
        for (int i = 0; i < count - 1; i++) {
            left -= weight(i, temperature);
            if (left < 0) return id(i);
        }
        return id(count - 1);
    }

    /// The probabilities of all tokens, by id.
    double[] probabilities(float temperature) {
        double[] all = new double[logits.length];
        double total = total(temperature);
        if (count == logits.length) for (int id = 0; id < count; id++) all[id] = Math.exp((logits[id] - most) / temperature) / total;
        else for (int i = 0; i < count; i++) all[id(i)] = weight(i, temperature) / total;
        return all;
    }

    private double total(float temperature) {
        // All of them need no order.
        double sum = 0;
        if (count == logits.length) {
            for (float logit : logits) sum += Math.exp((logit - most) / temperature);
        } else {
            for (int i = 0; i < count; i++) sum += weight(i, temperature);
        }
        return sum;
    }

    /// exp of how far candidate `i` lies below the likeliest.
    private double weight(int i, float temperature) { return Math.exp((logits[id(i)] - most) / temperature); }

    private int id(int i) {
        while (sorted <= i) {
            while (heapSize == 0) takeUp();
            if (sorted == order.length) order = Arrays.copyOf(order, 2 * sorted);
            order[sorted++] = heap[0];
            heap[0] = heap[--heapSize];
            sink(0);
        }
        return order[i];
    }

    /// The next band, which lies below all that were taken up before.
    private void takeUp() {
        float above = band == 0 ? Float.NaN : most - BANDS[band - 1];
        float edge = band == BANDS.length ? Float.NaN : most - BANDS[band];
        for (int id = 0; id < logits.length; id++) {
            // Nothing is at or above NaN: in the first band nothing lies above, in the last one everything that does not.
            if (logits[id] >= above || !(logits[id] >= edge) && band < BANDS.length) continue;
            if (heapSize == heap.length) heap = Arrays.copyOf(heap, 2 * heapSize);
            heap[heapSize++] = id;
        }
        band++;
        for (int i = heapSize / 2 - 1; i >= 0; i--) sink(i);
    }

    private void sink(int i) {
        while (true) {
            int child = 2 * i + 1;
            if (child >= heapSize) return;
            if (child + 1 < heapSize && before(heap[child + 1], heap[child])) child++;
            if (!before(heap[child], heap[i])) return;
            int swap = heap[i];
            heap[i] = heap[child];
            heap[child] = swap;
            i = child;
        }
    }

    private boolean before(int a, int b) { return logits[a] > logits[b] || logits[a] == logits[b] && a < b; }
}
