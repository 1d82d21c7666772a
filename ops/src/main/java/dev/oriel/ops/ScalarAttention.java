package dev.oriel.ops;

import java.util.Arrays;

/// Attention in plain loops, in double precision between its inputs and its outputs.
final class ScalarAttention {
    private ScalarAttention() {}

    static void rope(Rope rope, int[] positions, HostRows x, int n) {
        int pairs = rope.frequencies().length;
        float[] row = new float[x.width()];
        for (int i = 0; i < n; i++) {
            x.read(i, row);
            for (int pair = 0; pair < pairs; pair++) {
                double angle = (double) positions[i] * rope.frequencies()[pair];
                double cos = Math.cos(angle) * rope.magnitude();
                double sin = Math.sin(angle) * rope.magnitude();
                for (int a = rope.first() + pair; a < row.length; a += rope.headDim()) {
                    int b = a + pairs;
                    double first = row[a];
                    double second = row[b];
                    row[a] = (float) (first * cos - second * sin);
                    row[b] = (float) (second * cos + first * sin);
                }
            }
            x.write(i, row);
        }
    }

    static void attend(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows z) {
        cache.requireKept(attention, tokens, span);
        for (int head = 0; head < attention.heads(); head++) {
            HeadSlots slots = cache.head(head / attention.groupSize());
            for (int i = 0; i < span.count(); i++) {
                double[] pattern = new double[slots.length()];
                Arrays.fill(pattern, 0, slots.first(), Double.NEGATIVE_INFINITY);
                scores(attention, slots, tokens, span, i, head, q, pattern);
                softmax(pattern, attention.sink(head));
                weigh(attention, slots, pattern, z, span.first() + i, head);
            }
        }
    }

    static void scores(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows scores) {
        cache.requireKept(attention, tokens, span);
        double[] row = new double[scores.width()];
        for (int head = 0; head < attention.heads(); head++) {
            HeadSlots slots = cache.head(head / attention.groupSize());
            for (int i = 0; i < span.count(); i++) {
                // A head with fewer slots than the longest has nothing to see in the rest.
                Arrays.fill(row, Double.NEGATIVE_INFINITY);
                scores(attention, slots, tokens, span, i, head, q, row);
                for (int slot = 0; slot < row.length; slot++) scores.set(head * span.count() + i, slot, (float) row[slot]);
            }
        }
    }

    static void softmax(HostRows scores, int n) {
        for (int i = 0; i < n; i++) softmax(scores, i, Float.NEGATIVE_INFINITY);
    }

    static void pattern(Attention attention, Span span, HostRows scores) {
        for (int i = 0; i < attention.heads() * span.count(); i++) softmax(scores, i, attention.sink(i / span.count()));
    }

    private static void softmax(HostRows scores, int i, float sink) {
        double[] row = new double[scores.width()];
        for (int column = 0; column < row.length; column++) row[column] = scores.get(i, column);
        softmax(row, sink);
        for (int column = 0; column < row.length; column++) scores.set(i, column, (float) row[column]);
    }

    static void weigh(Attention attention, HostCache cache, Span span, HostRows pattern, HostRows z) {
        for (int head = 0; head < attention.heads(); head++) {
            HeadSlots slots = cache.head(head / attention.groupSize());
            double[] weights = new double[slots.length()];
            for (int i = 0; i < span.count(); i++) {
                for (int slot = 0; slot < weights.length; slot++) weights[slot] = pattern.get(head * span.count() + i, slot);
                weigh(attention, slots, weights, z, span.first() + i, head);
            }
        }
    }

    /// The scores of one query with every slot: scale, soft cap, slope, mask, in this order.
    private static void scores(Attention attention, HeadSlots slots, HostTokens tokens, Span span, int i, int head, HostRows q, double[] out) {
        int row = span.first() + i;
        int position = tokens.positions()[row];
        int own = slots.length() - span.count() + i;
        for (int slot = slots.first(); slot < slots.length(); slot++) {
            double sum = 0;
            for (int d = 0; d < attention.keyDim(); d++) sum += (double) q.get(row, head * attention.keyDim() + d) * slots.key(slot, d);
            double score = sum * attention.scale();
            if (attention.softCap() != 0) score = attention.softCap() * Math.tanh(score / attention.softCap());
            int distance = Math.abs(slots.position(slot) - position);
            score -= attention.slope(head) * (double) distance;
            boolean future = attention.causal() && slot > own;
            boolean tooFar = attention.window() != 0 && distance >= attention.window();
            out[slot] = future || tooFar ? Double.NEGATIVE_INFINITY : score;
        }
    }

    private static void softmax(double[] x, float sink) {
        double max = sink;
        for (double value : x) max = Math.max(max, value);
        if (max == Double.NEGATIVE_INFINITY) {
            Arrays.fill(x, 0);
            return;
        }
        double sum = Math.exp(sink - max);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.exp(x[i] - max);
            sum += x[i];
        }
        for (int i = 0; i < x.length; i++) x[i] /= sum;
    }

    private static void weigh(Attention attention, HeadSlots slots, double[] pattern, HostRows z, int row, int head) {
        for (int d = 0; d < attention.valueDim(); d++) {
            double sum = 0;
            for (int slot = slots.first(); slot < slots.length(); slot++) sum += pattern[slot] * slots.value(slot, d);
            z.set(row, head * attention.valueDim() + d, (float) sum);
        }
    }
}
