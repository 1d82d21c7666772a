package dev.oriel.bench;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Format;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// One layer's attention, 32 query heads to key-value heads of 64 columns: a prompt over itself, by the fused and the open path, and one token over a long past.
@State(Scope.Benchmark)
public class AttentionBench {
    private static final int HEADS = 32;
    private static final int DIM = 64;
    private static final List<Format> FORMATS = List.of(Format.F16, Format.F32, Format.Q8_0);
    private static final int[] KV_HEADS = {8, 32};

    @Param({"F16", "F32", "Q8_0"})
    Format kvFormat = Format.F16;

    /// Key-value heads: 8 are read by four query heads each, 32 by one each.
    @Param({"8", "32"})
    int kvHeads = 8;

    /// Tokens of the prompt.
    @Param("512")
    int prompt = 512;

    /// Keys that a decoded token sees.
    @Param("4096")
    int past = 4096;

    private Ops ops;
    private Sequence prefill;
    private Sequence decode;
    private Rows scores;

    /// A filled cache and the queries `[queries, HEADS * DIM]` of its last tokens.
    private record Sequence(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows z) {

        static Sequence of(Ops ops, Format kvFormat, int kvHeads, int keys, int queries) {
            Cache cache = ops.cache(new Cache.Shape(kvHeads, DIM, DIM, kvFormat));
            Rows kv = Machine.random(ops, keys, kvHeads * DIM);
            try (Tokens all = tokens(ops, 0, keys)) {
                ops.store(cache, all, new Span(0, keys), kv, kv);
            }
            kv.close();
            Attention attention = new Attention(HEADS, kvHeads, DIM, DIM, 0.125f, 0, 0, true);
            return new Sequence(attention, cache, tokens(ops, keys - queries, queries), new Span(0, queries),
                    Machine.random(ops, queries, HEADS * DIM), ops.rows(queries, HEADS * DIM));
        }

        private static Tokens tokens(Ops ops, int firstPosition, int count) {
            return ops.tokens(new int[count], IntStream.range(firstPosition, firstPosition + count).toArray(), new int[] {count - 1});
        }

        Rows attend(Ops ops) {
            ops.attend(attention, cache, tokens, span, q, z);
            return z;
        }

        /// A query at slot `s` meets `s + 1` keys and as many values, in every head.
        void count(Work work) {
            long pairs = (long) span.count() * cache.slots() - (long) span.count() * (span.count() - 1) / 2;
            work.done(cache.bytes() + 4L * span.count() * HEADS * DIM, pairs * HEADS * 2 * (DIM + DIM));
        }

        float[] result(Ops ops) {
            float[] numbers = new float[span.count() * HEADS * DIM];
            ops.read(z, span.count(), numbers);
            return numbers;
        }

        void close() {
            tokens.close();
            cache.close();
        }
    }

    @Setup
    public void setUp(Machine machine, Mixed mixed) {
        if (mixed.wanted()) for (Format format : FORMATS) for (int heads : KV_HEADS) use(machine, mixed, format, heads);
        open(machine);
    }

    private static void use(Machine machine, Mixed mixed, Format format, int heads) {
        AttentionBench other = new AttentionBench();
        other.kvFormat = format;
        other.kvHeads = heads;
        other.prompt = 128;
        other.past = 512;
        other.open(machine);
        Work work = new Work();
        mixed.use(() -> other.prefill(work));
        mixed.use(() -> other.prefillOpen(work));
        mixed.use(() -> other.decode(work));
        other.tearDown();
    }

    private void open(Machine machine) {
        ops = machine.open(true);
        prefill = Sequence.of(ops, kvFormat, kvHeads, prompt, prompt);
        decode = Sequence.of(ops, kvFormat, kvHeads, past, 1);
        scores = ops.rows(HEADS * prompt, prompt);
    }

    @Benchmark
    public Rows prefill(Work work) {
        prefill.count(work);
        return prefill.attend(ops);
    }

    /// What a program pays that looks at scores and patterns.
    @Benchmark
    public Rows prefillOpen(Work work) {
        ops.scores(prefill.attention(), prefill.cache(), prefill.tokens(), prefill.span(), prefill.q(), scores);
        ops.softmax(scores, HEADS * prompt);
        ops.weigh(prefill.attention(), prefill.cache(), prefill.span(), scores, prefill.z());
        prefill.count(work);
        return prefill.z();
    }

    @Benchmark
    public Rows decode(Work work) {
        decode.count(work);
        return decode.attend(ops);
    }

    @TearDown
    public void tearDown() {
        prefill.close();
        decode.close();
        ops.close();
    }

    /// The prompt's last result `[prompt, HEADS * DIM]`.
    float[] prefillResult() { return prefill.result(ops); }

    /// The decoded token's last result `[HEADS * DIM]`.
    float[] decodeResult() { return decode.result(ops); }
}
