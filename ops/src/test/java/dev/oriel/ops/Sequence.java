package dev.oriel.ops;

/// One sequence under test: a cache of an implementation and the truth, fed with the same random rows.
final class Sequence implements AutoCloseable {
    private final Ops ops;
    private final Attention attention;
    private final Draw draw;
    final Cache cache;
    final AttentionTruth truth;

    Sequence(Ops ops, Attention attention, Format format, Draw draw) { this(ops, attention, format, draw, 0); }

    /// @param window of the cache
    Sequence(Ops ops, Attention attention, Format format, Draw draw, int window) {
        this.ops = ops;
        this.attention = attention;
        this.draw = draw;
        cache = ops.cache(new Cache.Shape(attention.kvHeads(), attention.keyDim(), attention.valueDim(), format, window));
        truth = new AttentionTruth(attention, format);
    }

    /// The random keys and values of `count` rows.
    record Input(float[] keys, float[] values, float[] queries) {}

    Input input(int count) {
        return new Input(draw.floats(count * attention.kvHeads() * attention.keyDim()),
            draw.floats(count * attention.kvHeads() * attention.valueDim()),
            draw.floats(count * attention.heads() * attention.keyDim()));
    }

    /// Stores a pass of one span with positions from `firstPosition`, and returns the span's z.
    float[] feed(int firstPosition, int count, Input input) {
        try (Tokens tokens = tokens(firstPosition, count)) {
            store(tokens, count, input);
            truth.store(firstPosition, count, input.keys, input.values);
            return attend(tokens, count, input.queries);
        }
    }

    void store(Tokens tokens, int count, Input input) {
        ops.store(cache, tokens, new Span(0, count),
            Guarded.of(ops, input.keys, attention.kvHeads() * attention.keyDim(), 3).rows(),
            Guarded.of(ops, input.values, attention.kvHeads() * attention.valueDim(), 7).rows());
    }

    float[] attend(Tokens tokens, int count, float[] queries) {
        Guarded z = new Guarded(ops, count, attention.heads() * attention.valueDim(), 3);
        ops.attend(attention, cache, tokens, new Span(0, count), queryRows(queries).rows(), z.rows());
        return z.values();
    }

    Guarded queryRows(float[] queries) { return Guarded.of(ops, queries, attention.heads() * attention.keyDim(), 3); }

    Tokens tokens(int firstPosition, int count) {
        int[] positions = new int[count];
        for (int i = 0; i < count; i++) positions[i] = firstPosition + i;
        return ops.tokens(new int[count], positions, new int[0]);
    }

    /// z of the last `count` rows by the formulas.
    double[] expected(int count, float[] queries) {
        return truth.weigh(count, truth.pattern(count, truth.scores(count, queries)));
    }

    @Override
    public void close() { cache.close(); }
}
