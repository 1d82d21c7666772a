package dev.oriel.runtime;

/// Tokens in falling order of their logits (rising id among equals), cut ever shorter by the filters. Sorted only as far as a filter looks.
final class Candidates {
    private final float[] logits;
    /// The heap's ids; after `sorted` pops the likeliest stand, in order, in `order`.
    private final int[] heap;
    private int heapSize;
    private final int[] order;
    private int sorted;
    private int count;

    Candidates(float[] logits) {
        this.logits = logits;
        count = logits.length;
        heap = new int[count];
        order = new int[count];
        for (int i = 0; i < count; i++) heap[i] = i;
        heapSize = count;
        for (int i = count / 2 - 1; i >= 0; i--) sink(i);
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
        if (count == logits.length) for (int id = 0; id < count; id++) all[id] = Math.exp((logits[id] - logits[id(0)]) / temperature) / total;
        else for (int i = 0; i < count; i++) all[id(i)] = weight(i, temperature) / total;
        return all;
    }

    private double total(float temperature) {
        // All of them need no order.
        double sum = 0;
        if (count == logits.length) {
            float top = logits[id(0)];
            for (float logit : logits) sum += Math.exp((logit - top) / temperature);
        } else {
            for (int i = 0; i < count; i++) sum += weight(i, temperature);
        }
        return sum;
    }

    /// exp of how far candidate `i` lies below the likeliest.
    private double weight(int i, float temperature) { return Math.exp((logits[id(i)] - logits[id(0)]) / temperature); }

    private int id(int i) {
        while (sorted <= i) {
            order[sorted++] = heap[0];
            heap[0] = heap[--heapSize];
            sink(0);
        }
        return order[i];
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
