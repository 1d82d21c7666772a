package dev.oriel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Attention over a cache of several tiles, fused and in its open parts.
interface AttentionContract extends Contract {
    /// Spans that start and end within tiles, and together take more than two of them.
    int[] SPANS = {1, 7, 33, 1, 28};

    /// How a cache may keep keys and values.
    Format[] FORMATS = {Format.F32, Format.F16, Format.Q8_0};

    /// Every group size, head sizes on and off vector lengths, with and without window, soft cap, mask, slopes and sinks.
    static List<Attention> attentions() {
        List<Attention> out = new ArrayList<>();
        int[][] dims = {{4, 4}, {8, 8}, {16, 16}, {24, 24}, {64, 64}, {80, 80}, {128, 128}, {24, 16}, {7, 5}};
        int[][] heads = {{1, 1}, {2, 1}, {6, 2}, {4, 1}, {8, 1}, {3, 3}};
        for (int i = 0; i < dims.length; i++)
            for (int j = 0; j < heads.length; j++) {
                int variant = i + j;
                out.add(new Attention(heads[j][0], heads[j][1], dims[i][0], dims[i][1], (float) (1 / Math.sqrt(dims[i][0])),
                    variant % 3 == 1 ? 1.5f : 0, variant % 4 == 2 ? 5 : variant % 4 == 3 ? 40 : 0, variant % 5 != 4,
                    i % 3 == 1 ? ramp(heads[j][0], 0.03f, 0.05f) : null, i % 2 == 1 ? ramp(heads[j][0], -1, 1.5f) : null));
            }
        return out;
    }

    private static float[] ramp(int heads, float first, float step) {
        float[] out = new float[heads];
        for (int head = 0; head < heads; head++) out[head] = first + head * step;
        return out;
    }

    /// Sinks far above and far below every score, and queries that see nothing but the sink.
    @Test
    default void sinksOfEverySize() {
        Draw draw = new Draw(48);
        try (Ops ops = open()) {
            Attention attention = new Attention(4, 2, 16, 16, 0.25f, 0, 7, true).withSinks(new float[] {-1000, 1000, 60, Float.NEGATIVE_INFINITY});
            try (Sequence sequence = new Sequence(ops, attention, Format.F32, draw)) {
                Sequence.Input input = sequence.input(40);
                Close.check(sequence.feed(0, 40, input), sequence.expected(40, input.queries()), FLOAT, "%s", draw);
                checkParts(ops, sequence, attention, 40, input.queries(), draw.toString());
            }
        }
    }

    @Test
    default void attendOverSeveralTiles() {
        Draw draw = new Draw(40);
        try (Ops ops = open()) {
            for (Attention attention : attentions())
                for (Format format : FORMATS)
                    try (Sequence sequence = new Sequence(ops, attention, format, draw)) {
                        int position = 0;
                        for (int count : SPANS) {
                            Sequence.Input input = sequence.input(count);
                            float[] z = sequence.feed(position, count, input);
                            position += count;
                            assertThat(sequence.cache.slots()).isEqualTo(position);
                            Close.check(z, sequence.expected(count, input.queries()), FLOAT, "%s, %s, %s, %d slots", draw, attention, format, position);
                        }
                        assertThat(sequence.cache.bytes()).isPositive();
                    }
        }
    }

    @Test
    default void openAttentionIsTheSameInThreeParts() {
        Draw draw = new Draw(41);
        try (Ops ops = open()) {
            for (Attention attention : attentions())
                for (Format format : FORMATS)
                    try (Sequence sequence = new Sequence(ops, attention, format, draw)) {
                        sequence.feed(0, 50, sequence.input(50));
                        Sequence.Input input = sequence.input(20);
                        sequence.feed(50, 20, input);
                        checkParts(ops, sequence, attention, 20, input.queries(), "%s, %s, %s".formatted(draw, attention, format));
                    }
        }
    }

    private static void checkParts(Ops ops, Sequence sequence, Attention attention, int count, float[] queries, String what) {
        int slots = sequence.truth.slots();
        Span span = new Span(0, count);
        double[] expected = sequence.truth.scores(count, queries);
        Guarded scores = new Guarded(ops, attention.heads() * count, slots, 3);
        try (Tokens tokens = sequence.tokens(slots - count, count)) {
            ops.scores(attention, sequence.cache, tokens, span, sequence.queryRows(queries).rows(), scores.rows());
        }
        Close.check(scores.values(), expected, FLOAT, "%s: scores", what);
        ops.pattern(attention, span, scores.rows());
        double[] pattern = sequence.truth.pattern(count, expected);
        Close.check(scores.values(), pattern, FLOAT, "%s: pattern", what);
        Guarded z = new Guarded(ops, count, attention.heads() * attention.valueDim(), 3);
        ops.weigh(attention, sequence.cache, span, scores.rows(), z.rows());
        Close.check(z.values(), sequence.truth.weigh(count, pattern), FLOAT, "%s: z", what);
    }

    @Test
    default void chunksGiveTheSameBits() {
        Draw draw = new Draw(42);
        int total = 70;
        try (Ops ops = open()) {
            for (Attention attention : attentions()) {
                if (!attention.causal()) continue;
                for (Format format : FORMATS) {
                    Sequence.Input all;
                    float[] whole;
                    try (Sequence sequence = new Sequence(ops, attention, format, draw)) {
                        all = sequence.input(total);
                        whole = sequence.feed(0, total, all);
                    }
                    for (int chunk : new int[] {1, 6, 32}) {
                        float[] parts = inChunks(ops, attention, format, all, total, chunk);
                        Close.same(parts, whole, "%s, %s, %s in chunks of %d", draw, attention, format, chunk);
                    }
                }
            }
        }
    }

    private static float[] inChunks(Ops ops, Attention attention, Format format, Sequence.Input all, int total, int chunk) {
        float[] out = new float[total * attention.heads() * attention.valueDim()];
        try (Sequence sequence = new Sequence(ops, attention, format, new Draw(0))) {
            for (int from = 0; from < total; from += chunk) {
                int count = Math.min(chunk, total - from);
                Sequence.Input part = new Sequence.Input(slice(all.keys(), from, count, total),
                    slice(all.values(), from, count, total), slice(all.queries(), from, count, total));
                float[] z = sequence.feed(from, count, part);
                System.arraycopy(z, 0, out, from * attention.heads() * attention.valueDim(), z.length);
            }
        }
        return out;
    }

    private static float[] slice(float[] rows, int from, int count, int total) {
        int width = rows.length / total;
        return Arrays.copyOfRange(rows, from * width, (from + count) * width);
    }

    @Test
    default void spansOfOnePassKeepApart() {
        Draw draw = new Draw(43);
        Attention attention = new Attention(4, 2, 16, 16, 0.25f, 0, 5, true);
        try (Ops ops = open();
             Sequence first = new Sequence(ops, attention, Format.F32, draw);
             Sequence second = new Sequence(ops, attention, Format.F32, draw);
             Tokens tokens = ops.tokens(new int[7], new int[] {40, 41, 42, 3, 4, 5, 6}, new int[0])) {
            first.feed(0, 40, first.input(40));
            second.feed(0, 3, second.input(3));
            float[] keys = draw.floats(7 * 32);
            float[] values = draw.floats(7 * 32);
            float[] queries = draw.floats(7 * 64);
            Guarded z = Guarded.of(ops, new float[7 * 64], 64, 3);
            Span[] spans = {new Span(0, 3), new Span(3, 4)};
            Rows k = Guarded.of(ops, keys, 32, 3).rows();
            Rows v = Guarded.of(ops, values, 32, 3).rows();
            Rows q = first.queryRows(queries).rows();
            ops.store(first.cache, tokens, spans[0], k, v);
            ops.store(second.cache, tokens, spans[1], k, v);
            first.truth.store(40, 3, slice(keys, 0, 3, 7), slice(values, 0, 3, 7));
            second.truth.store(3, 4, slice(keys, 3, 4, 7), slice(values, 3, 4, 7));

            ops.attend(attention, second.cache, tokens, spans[1], q, z.rows());
            Close.same(slice(z.values(), 0, 3, 7), new float[3 * 64], "%s: rows of the other span", draw);
            ops.attend(attention, first.cache, tokens, spans[0], q, z.rows());
            Close.check(slice(z.values(), 0, 3, 7), first.expected(3, slice(queries, 0, 3, 7)), FLOAT, "%s: first span", draw);
            Close.check(slice(z.values(), 3, 4, 7), second.expected(4, slice(queries, 3, 4, 7)), FLOAT, "%s: second span", draw);
            openSpan(ops, draw, attention, second, tokens, spans[1], queries, q);
        }
    }

    /// The open parts of a span that is not the first of its pass.
    private static void openSpan(Ops ops, Draw draw, Attention attention, Sequence sequence, Tokens tokens, Span span, float[] queries, Rows q) {
        int n = attention.heads() * span.count();
        Guarded scores = new Guarded(ops, n, sequence.cache.slots(), 3);
        ops.scores(attention, sequence.cache, tokens, span, q, scores.rows());
        float[] own = slice(queries, span.first(), span.count(), 7);
        Close.check(scores.values(), sequence.truth.scores(span.count(), own), FLOAT, "%s: scores of the second span", draw);
        ops.pattern(attention, span, scores.rows());
        Guarded z = Guarded.of(ops, new float[7 * 64], 64, 3);
        ops.weigh(attention, sequence.cache, span, scores.rows(), z.rows());
        Close.same(slice(z.values(), 0, span.first(), 7), new float[span.first() * 64], "%s: rows of the other span", draw);
        Close.check(slice(z.values(), span.first(), span.count(), 7), sequence.expected(span.count(), own), FLOAT, "%s: open z of the second span", draw);
    }

    @Test
    default void rewoundIsAsIfItHadNeverBeen() {
        Draw draw = new Draw(44);
        Attention attention = new Attention(4, 2, 24, 16, 0.2f, 0, 0, true);
        try (Ops ops = open()) {
            for (Format format : FORMATS)
                for (int kept : new int[] {0, 1, 20, 32, 33, 64})
                    try (Sequence rewound = new Sequence(ops, attention, format, draw); Sequence fresh = new Sequence(ops, attention, format, draw)) {
                        Sequence.Input before = rewound.input(70);
                        rewound.feed(0, 70, before);
                        rewound.cache.rewind(kept);
                        assertThat(rewound.cache.slots()).isEqualTo(kept);
                        if (kept > 0)
                            fresh.feed(0, kept, new Sequence.Input(slice(before.keys(), 0, kept, 70), slice(before.values(), 0, kept, 70), slice(before.queries(), 0, kept, 70)));
                        Sequence.Input after = rewound.input(9);
                        Close.same(rewound.feed(kept, 9, after), fresh.feed(kept, 9, after), "%s, %s, rewound to %d", draw, format, kept);
                    }
        }
    }

    /// Several ranges of slots, in one pass and token by token; with a window the older ones are gone and nothing changes.
    @Test
    default void longSequences() {
        Draw draw = new Draw(49);
        int total = 1700;
        try (Ops ops = open()) {
            for (int window : new int[] {0, 100})
                for (int[] heads : new int[][] {{1, 1}, {5, 1}, {6, 2}}) {
                    Attention attention = new Attention(heads[0], heads[1], 16, 8, 0.25f, 0, window, true);
                    Format format = FORMATS[heads[0] % 3];
                    try (Sequence whole = new Sequence(ops, attention, format, draw); Sequence parts = new Sequence(ops, attention, format, draw, window)) {
                        Sequence.Input all = whole.input(total);
                        float[] z = whole.feed(0, total, all);
                        int width = z.length / total;
                        Close.check(Arrays.copyOfRange(z, z.length - 3 * width, z.length), whole.expected(3, slice(all.queries(), total - 3, 3, total)), FLOAT, "%s, %s", draw, attention);
                        for (int from = 0, count; from < total; from += count) {
                            count = Math.min(from < 1600 ? 100 : 1, total - from);
                            Sequence.Input part = new Sequence.Input(slice(all.keys(), from, count, total), slice(all.values(), from, count, total), slice(all.queries(), from, count, total));
                            Close.same(parts.feed(from, count, part), Arrays.copyOfRange(z, from * width, (from + count) * width), "%s, %s, %d rows from %d", draw, attention, count, from);
                        }
                        assertThat(parts.cache.slots()).isEqualTo(total);
                        if (window > 0) assertThat(parts.cache.bytes()).as("memory with a window").isLessThan(whole.cache.bytes() * 2 / 3);
                    }
                }
        }
    }

    /// A cache with a window goes back as far as it promises; further back it says so, and to the beginning it goes always.
    @Test
    default void whatAWindowHasPassedIsGone() {
        Draw draw = new Draw(50);
        Attention attention = new Attention(2, 1, 8, 8, 0.3f, 0, 50, true);
        try (Ops ops = open(); Sequence forgetful = new Sequence(ops, attention, Format.F16, draw, 50); Sequence whole = new Sequence(ops, attention, Format.F16, draw)) {
            for (int from = 0; from < 3000; from += 60) {
                Sequence.Input input = whole.input(60);
                whole.feed(from, 60, input);
                forgetful.feed(from, 60, input);
            }
            int earliest = forgetful.cache.earliest();
            assertThat(whole.cache.earliest()).isZero();
            assertThat(earliest).isBetween(1, 3000 - Cache.Shape.MARGIN);
            assertThatIllegalStateException().isThrownBy(() -> forgetful.cache.rewind(earliest - 1)).withMessageContaining("at least " + earliest);
            try (Tokens old = ops.tokens(new int[1], new int[] {forgetful.cache.firstQuery() - 1}, new int[0])) {
                Guarded q = forgetful.queryRows(draw.floats(16));
                assertThatIllegalStateException().isThrownBy(() -> ops.attend(attention, forgetful.cache, old, new Span(0, 1), q.rows(), ops.rows(1, 16)));
            }
            for (Sequence sequence : List.of(forgetful, whole)) sequence.cache.rewind(earliest);
            Sequence.Input after = whole.input(70);
            Close.same(forgetful.feed(earliest, 70, after), whole.feed(earliest, 70, after), "%s, rewound to %d", draw, earliest);
            for (Sequence sequence : List.of(forgetful, whole)) sequence.cache.rewind(0);
            assertThat(forgetful.cache.slots()).isZero();
            Close.same(forgetful.feed(0, 70, after), whole.feed(0, 70, after), "%s, from the beginning", draw);
        }
    }

    @Test
    default void rewindBeyondTheEndDropsNothing() {
        Draw draw = new Draw(45);
        try (Ops ops = open(); Sequence sequence = new Sequence(ops, new Attention(1, 1, 8, 8, 1, 0, 0, true), Format.F32, draw)) {
            assertThat(sequence.cache.slots()).isZero();
            sequence.feed(100, 5, sequence.input(5));
            sequence.cache.rewind(5);
            assertThat(sequence.cache.slots()).isEqualTo(5);
            sequence.cache.rewind(4);
            assertThat(sequence.cache.slots()).isEqualTo(4);
        }
    }

    @Test
    default void softmaxOfEveryWidth() {
        Draw draw = new Draw(46);
        float none = Float.NEGATIVE_INFINITY;
        try (Ops ops = open()) {
            for (int width : SIZES) {
                float[] x = draw.floats(6 * width);
                for (int i = 0; i < width; i++) {
                    x[i] *= 1000;
                    x[width + i] = none;
                    if (i != width / 2) x[2 * width + i] = none;
                    if (i % 2 == 1) x[3 * width + i] = none;
                    x[4 * width + i] = 1e30f;
                }
                Guarded rows = Guarded.of(ops, x, width, 3);
                ops.softmax(rows.rows(), 6);
                Close.check(rows.values(), Truth.softmax(Truth.doubles(x), width), FLOAT, "%s, width %d", draw, width);
            }
        }
    }

    @Test
    default void ropeTurnsEveryHead() {
        Draw draw = new Draw(47);
        int[] positions = {0, 1, 2, 17, 100, 4095};
        try (Ops ops = open()) {
            for (int headDim : new int[] {2, 4, 8, 16, 24, 64, 80, 128})
                for (int pairs : new int[] {1, headDim / 4, headDim / 2})
                    for (int heads : new int[] {1, 3}) {
                        if (pairs == 0) continue;
                        float[] frequencies = new float[pairs];
                        for (int i = 0; i < pairs; i++) frequencies[i] = (float) Math.pow(10000, -(double) i / pairs);
                        int first = pairs == 1 ? headDim - 2 : 0;
                        Rope rope = new Rope(headDim, first, frequencies, heads == 1 ? 1 : 1.25f);
                        float[] x = draw.floats(positions.length * heads * headDim);
                        Guarded rows = Guarded.of(ops, x, heads * headDim, 3);
                        try (Tokens tokens = ops.tokens(new int[6], positions, new int[0])) {
                            ops.rope(rope, tokens, rows.rows(), 6);
                        }
                        Close.check(rows.values(), Truth.rope(rope, positions, x, heads * headDim), FLOAT, "%s, head %d, %d pairs", draw, headDim, pairs);
                    }
        }
    }
}
