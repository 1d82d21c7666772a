package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// Runs passes one at a time: cuts prompts into chunks, puts rows of several sequences side by side, and keeps the buffers.
final class Engine implements AutoCloseable {
    /// Rows of one pass unless probes want to see the whole prompt at once. Results do not depend on it.
    private static final int CHUNK = 512;
    /// Vectors that go through the head side by side where no pass does it.
    private static final int VECTORS = 32;

    private final Hyper hyper;
    private final Parameters parameters;
    private final Lengths lengths;
    private final Ops ops;
    private final ReentrantLock turn = new ReentrantLock(true);
    private Scratch scratch;
    /// Plans without probes, by course.
    private final Map<Plan.Course, Plan> plain = new HashMap<>();
    /// Residual rows picked for output, and their logits; grown on demand.
    private Rows picked;
    private Rows logits;
    private boolean running;
    private boolean closed;

    Engine(Hyper hyper, Parameters parameters, Ops ops) {
        this.hyper = hyper;
        this.parameters = parameters;
        lengths = new Lengths(hyper);
        this.ops = ops;
    }

    Parameters parameters() { return parameters; }

    Cache[] caches(LoadOptions options) {
        return exclusively(() -> {
            Cache[] caches = new Cache[hyper.layers().size()];
            for (int layer = 0; layer < caches.length; layer++) {
                var a = hyper.layers().get(layer).attention();
                caches[layer] = ops.cache(new Cache.Shape(a.kvHeads(), a.keyDim(), a.valueDim(), options.kvFormat()));
            }
            return caches;
        });
    }

    /// Copies of caches that share their memory until one of them grows.
    Cache[] fork(Cache[] caches) { return exclusively(() -> Arrays.stream(caches).map(Cache::fork).toArray(Cache[]::new)); }

    /// One run per feed, all in one pass (in two, where some are so long that they have a rope of their own). `traces` take what the probes record.
    List<Run> run(List<Model.Feed> feeds, List<Trace> traces) {
        return exclusively(() -> {
            Run[] runs = new Run[feeds.size()];
            Map<Boolean, List<Integer>> groups = lengths.groups(feeds);
            for (boolean far : groups.keySet()) {
                List<Integer> some = groups.get(far);
                turn(feeds, some, far);
                List<Run> done = run(some.stream().map(feeds::get).toList(), some.stream().map(traces::get).toList(), far);
                for (int i = 0; i < done.size(); i++) runs[some.get(i)] = done.get(i);
            }
            return List.of(runs);
        });
    }

    private List<Run> run(List<Model.Feed> feeds, List<Trace> traces, boolean far) {
        boolean pieces = causal() && feeds.size() == 1 && feeds.getFirst().input().length() > CHUNK && feeds.getFirst().input().mask().isEmpty()
                && feeds.getFirst().probes().stream().allMatch(p -> p instanceof Probe.Record || p instanceof Probe.Reduce);
        return pieces ? List.of(inPieces(feeds.getFirst(), traces.getFirst(), far)) : together(feeds, traces, far);
    }

    /// Computes sequences anew, from their beginning, whose keys were rotated by the other rope.
    private void turn(List<Model.Feed> feeds, List<Integer> which, boolean far) {
        for (int i : which) {
            Session session = feeds.get(i).session();
            if (session.position() == 0 || session.far() == far) continue;
            Input history = session.history();
            session.rewind(0);
            feed(List.of(new Model.Feed(session, history, List.of())), List.of(0), far, new float[1][]);
        }
    }

    /// A long run whose probes only keep things: they grow from piece to piece.
    private Run inPieces(Model.Feed feed, Trace trace, boolean far) {
        int n = feed.input().length();
        int vocabulary = hyper.vocabulary();
        int outputs = feed.input().outputs();
        float[] all = new float[Math.multiplyExact(outputs, vocabulary)];
        int done = 0;
        for (int from = 0; from < n; from += CHUNK) {
            int to = Math.min(n, from + CHUNK);
            List<Probe> probes = to == n ? feed.probes() : feed.probes().stream().filter(p -> !p.where().part().positions().equals(Range.LAST)).toList();
            float[] part = together(List.of(new Model.Feed(feed.session(), feed.input().piece(from, to), probes)), List.of(trace), far).getFirst().logits();
            System.arraycopy(part, 0, all, done, part.length);
            done += part.length;
        }
        return new Run(all, vocabulary, n - outputs, trace);
    }

    private List<Run> together(List<Model.Feed> feeds, List<Trace> traces, boolean far) {
        int n = feeds.stream().mapToInt(f -> f.input().length()).sum();
        Plan plan = plan(n, Plan.Course.of(feeds.stream().map(Model.Feed::input).toList(), far), feeds.stream().map(Model.Feed::probes).toList());
        List<Pass.Segment> segments = new ArrayList<>();
        int row = 0;
        int output = 0;
        for (int i = 0; i < feeds.size(); i++) {
            Model.Feed feed = feeds.get(i);
            int count = feed.input().length();
            int wanted = parameters.head() == null ? 0 : feed.input().outputs();
            segments.add(new Pass.Segment(feed.session(), new Span(row, count), new Span(output, wanted), feed.session().position(), feed.input(), traces.get(i)));
            row += count;
            output += wanted;
        }
        float[] out = pass(plan, far, segments);
        List<Run> runs = new ArrayList<>();
        for (Pass.Segment s : segments) {
            int at = s.outputs().first() * hyper.vocabulary();
            runs.add(new Run(Arrays.copyOfRange(out, at, at + s.outputs().count() * hyper.vocabulary()), hyper.vocabulary(), s.span().count() - s.outputs().count(), s.trace()));
        }
        return runs;
    }

    /// The logits after each feed's last token. Feeds advance side by side, at most [#CHUNK] rows a pass.
    float[][] feed(List<Model.Feed> feeds) {
        if (parameters.head() == null) throw new ModelException("this model has no head and gives no logits");
        return exclusively(() -> {
            float[][] last = new float[feeds.size()][];
            lengths.groups(feeds).forEach((far, some) -> {
                turn(feeds, some, far);
                feed(feeds, some, far, last);
            });
            return last;
        });
    }

    /// @param which of the feeds
    private void feed(List<Model.Feed> feeds, List<Integer> which, boolean far, float[][] last) {
        // An encoder must see a text whole.
        int most = causal() ? CHUNK : Integer.MAX_VALUE;
        int[] done = new int[feeds.size()];
        while (true) {
            List<Integer> part = new ArrayList<>();
            List<Pass.Segment> segments = new ArrayList<>();
            int row = 0;
            int output = 0;
            for (int i : which) {
                Input input = feeds.get(i).input();
                int count = Math.min(most - row, input.length() - done[i]);
                if (count == 0) continue;
                int wanted = done[i] + count == input.length() ? 1 : 0;
                Session session = feeds.get(i).session();
                segments.add(new Pass.Segment(session, new Span(row, count), new Span(output, wanted), session.position(), input.piece(done[i], done[i] + count), Trace.inMemory()));
                part.add(i);
                done[i] += count;
                row += count;
                output += wanted;
            }
            if (segments.isEmpty()) return;
            float[] out = pass(plan(row, Plan.Course.usual(far), List.of()), far, segments);
            for (int j = 0; j < part.size(); j++) {
                Span outputs = segments.get(j).outputs();
                if (outputs.count() > 0) last[part.get(j)] = Arrays.copyOfRange(out, outputs.first() * hyper.vocabulary(), outputs.end() * hyper.vocabulary());
            }
        }
    }

    private float[] pass(Plan plan, boolean far, List<Pass.Segment> segments) {
        int n = segments.getLast().span().end();
        int outputs = segments.getLast().outputs().end();
        int[] ids = new int[n];
        int[] positions = new int[n];
        int[] wanted = new int[outputs];
        for (Pass.Segment s : segments) {
            int count = s.span().count();
            System.arraycopy(s.input().ids(), 0, ids, s.span().first(), count);
            int next = s.session().nextPosition();
            int[] given = s.input().positions().orElse(null);
            for (int i = 0; i < count; i++) positions[s.span().first() + i] = given == null ? next + i : given[i];
            for (int i = 0; i < s.outputs().count(); i++) wanted[s.outputs().first() + i] = s.span().end() - s.outputs().count() + i;
        }
        growOutputs(outputs);
        running = true;
        try (Tokens tokens = ops.tokens(ids, positions, wanted); Tokens types = types(segments, ids)) {
            plan.run(new Pass(ops, tokens, types, segments, picked, logits));
        } catch (RuntimeException | Error e) {
            // The pass may have stored keys before it failed; the sequences go back to where they were.
            for (Pass.Segment s : segments) s.session().restore();
            throw e;
        } finally {
            running = false;
        }
        for (Pass.Segment s : segments) s.session().advance(s.input(), far, Arrays.copyOfRange(positions, s.span().first(), s.span().end()));
        float[] out = new float[Math.multiplyExact(outputs, hyper.vocabulary())];
        if (outputs > 0) ops.read(logits, outputs, out);
        return out;
    }

    /// Token types where the model has them, in the place of positions; closing null is no error.
    private Tokens types(List<Pass.Segment> segments, int[] ids) {
        if (parameters.types() == null) return null;
        int[] types = new int[ids.length];
        for (Pass.Segment s : segments) s.input().types().ifPresent(given -> System.arraycopy(given, 0, types, s.span().first(), given.length));
        for (int type : types)
            if (type < 0 || type >= parameters.types().rows()) throw new ModelException("token type: expected 0.." + (parameters.types().rows() - 1) + ", found " + type);
        return ops.tokens(ids, types, new int[0]);
    }

    /// Whether tokens see only those before them.
    private boolean causal() { return hyper.attention().causal(); }

    Map<Site, BitSet> sites() {
        return exclusively(() -> {
            plan(1, Plan.Course.USUAL, List.of());
            return Plan.sites(hyper, parameters, scratch);
        });
    }

    /// Takes caches back to when they held `tokens` tokens.
    void rewind(Cache[] caches, int tokens) {
        exclusively(() -> {
            for (Cache cache : caches) cache.rewind(tokens);
            return null;
        });
    }

    void release(Cache[] caches) {
        turn.lock();
        try {
            for (Cache cache : caches) cache.close();
        } finally {
            turn.unlock();
        }
    }

    /// Rows `[from, from + count)` of a packed matrix as float32.
    float[] weights(Matrix matrix, int from, int count) {
        return exclusively(() -> {
            float[] out = new float[Math.multiplyExact(count, matrix.columns())];
            int[] rows = new int[count];
            Arrays.setAll(rows, i -> from + i);
            try (Tokens tokens = ops.tokens(rows, new int[count], new int[0]); Rows decoded = ops.rows(Math.max(1, count), matrix.columns())) {
                ops.embed(matrix, tokens, decoded);
                ops.read(decoded, count, out);
            }
            return out;
        });
    }

    /// A constant vector, or null for none.
    float[] vector(Rows constant) {
        if (constant == null) return null;
        return exclusively(() -> {
            float[] out = new float[constant.width()];
            ops.read(constant, 1, out);
            return out;
        });
    }

    /// Logits of residual vectors.
    float[][] unembed(float[][] residuals) {
        return head(residuals, (x, y, n) -> {
            Norm norm = parameters.finalNorm();
            if (norm != null) ops.norm(norm, x, x, n);
            if (parameters.transform() != null) parameters.transform().run(ops, x, n);
            ops.matmul(parameters.head().weight(), parameters.head().bias(), x, y, n);
            Step.Unembed.finish(ops, hyper.scales(), y, n);
        });
    }

    /// Products of vectors with the head's matrix.
    float[][] project(float[][] vectors) { return head(vectors, (x, y, n) -> ops.matmul(parameters.head().weight(), null, x, y, n)); }

    private interface Reading {
        void apply(Rows x, Rows logits, int count);
    }

    /// A few vectors at a time: their logits are long.
    private float[][] head(float[][] vectors, Reading reading) {
        if (parameters.head() == null) throw new ModelException("this model has no head and gives no logits");
        return exclusively(() -> {
            float[][] out = new float[vectors.length][];
            int most = Math.min(VECTORS, Math.max(1, vectors.length));
            try (Rows x = ops.rows(most, hyper.width()); Rows y = ops.rows(most, hyper.vocabulary())) {
                for (int from = 0; from < vectors.length; from += most) {
                    int count = Math.min(most, vectors.length - from);
                    float[] in = new float[count * hyper.width()];
                    for (int i = 0; i < count; i++) System.arraycopy(vectors[from + i], 0, in, i * hyper.width(), hyper.width());
                    ops.write(in, x, count);
                    reading.apply(x, y, count);
                    float[] logits = new float[Math.multiplyExact(count, hyper.vocabulary())];
                    ops.read(y, count, logits);
                    for (int i = 0; i < count; i++) out[from + i] = Arrays.copyOfRange(logits, i * hyper.vocabulary(), (i + 1) * hyper.vocabulary());
                }
            }
            return out;
        });
    }

    private Plan plan(int rows, Plan.Course course, List<List<Probe>> probes) {
        if (running) throw new ModelException("a probe cannot run the model it looks into; run it before or after, and let the probe read the trace");
        if (scratch == null || scratch.capacity < rows) {
            if (scratch != null) scratch.close();
            scratch = new Scratch(hyper, ops, Math.max(rows, Math.min(CHUNK, 16)));
            plain.clear();
        }
        boolean usual = course.equals(Plan.Course.usual(course.far()));
        if (!usual || probes.stream().anyMatch(p -> !p.isEmpty())) return Plan.compile(hyper, parameters, scratch, course, probes);
        return plain.computeIfAbsent(course, _ -> Plan.compile(hyper, parameters, scratch, course, List.of()));
    }

    private void growOutputs(int count) {
        if (picked != null && picked.capacity() >= count) return;
        if (picked != null) {
            picked.close();
            logits.close();
        }
        picked = ops.rows(Math.max(1, count), hyper.width());
        logits = ops.rows(Math.max(1, count), hyper.vocabulary());
    }

    private interface Work<T> {
        T run();
    }

    private <T> T exclusively(Work<T> work) {
        turn.lock();
        try {
            if (closed) throw new ModelException("the model is closed");
            return work.run();
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            if (closed) return;
            closed = true;
            ops.close();
        } finally {
            turn.unlock();
        }
    }
}
