package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Format;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Runs passes one at a time: puts rows of several sequences side by side, and keeps the buffers. [Turns] says who is in the next one.
final class Engine implements AutoCloseable {
    static final String NESTED = "a probe cannot run the model it looks into; run it before or after, and let the probe read the trace";

    private final Hyper hyper;
    private final Parameters parameters;
    private final Lengths lengths;
    private final Ops ops;
    private final Turns turns;
    private Scratch scratch;
    /// Once somebody asked.
    private Map<Site, BitSet> sites;
    /// Plans without probes, by the number of their course.
    private final Plan[] plain = new Plan[Plan.Course.PLAIN];
    /// Residual rows picked for output, and their logits where those were asked for; grown on demand.
    private Rows picked;
    private Rows logits;
    private boolean running;
    private boolean closed;

    Engine(Hyper hyper, Parameters parameters, Ops ops) {
        this.hyper = hyper;
        this.parameters = parameters;
        lengths = new Lengths(hyper);
        this.ops = ops;
        turns = new Turns(causal(), (feeds, far) -> together(feeds, Collections.nCopies(feeds.size(), Trace.inMemory()), far));
    }

    Parameters parameters() { return parameters; }

    /// The head, for vectors from anywhere.
    Head head() { return new Head(this, hyper, parameters, ops); }

    Cache[] caches(LoadOptions options) {
        return exclusively(() -> {
            Cache[] caches = new Cache[hyper.layers().size()];
            for (int layer = 0; layer < caches.length; layer++) {
                var a = hyper.layers().get(layer).attention();
                // Of encoders nothing is kept beyond a pass, so there is no memory to save.
                Format format = a.causal() ? options.kvFormat() : Format.F32;
                caches[layer] = ops.cache(new Cache.Shape(a.kvHeads(), a.keyDim(), a.valueDim(), format, a.causal() ? a.window() : 0));
            }
            return caches;
        });
    }

    /// Copies of caches that share their memory until one of them grows.
    static Cache[] fork(Cache[] caches) { return Arrays.stream(caches).map(Cache::fork).toArray(Cache[]::new); }

    /// One run per feed. Where somebody looks in, or tokens are read in another way than usual, they have passes of their own; otherwise they share them with
    /// whatever else waits. Sequences that are so long that they have a rope of their own are run after the others.
    ///
    /// @param traces    take what the probes record
    /// @param cancelled asked between shared passes
    /// @return null if cancelled
    List<Run> run(List<Model.Feed> feeds, List<Trace> traces, BooleanSupplier cancelled) {
        if (hyper.far().isEmpty()) return run(feeds, traces, 0, cancelled);
        Run[] runs = new Run[feeds.size()];
        Map<Integer, List<Integer>> groups = lengths.groups(feeds);
        for (int far : groups.keySet()) {
            List<Integer> some = groups.get(far);
            List<Run> done = run(some.stream().map(feeds::get).toList(), some.stream().map(traces::get).toList(), far, cancelled);
            if (done == null) return null;
            for (int i = 0; i < done.size(); i++) runs[some.get(i)] = done.get(i);
        }
        return List.of(runs);
    }

    private List<Run> run(List<Model.Feed> feeds, List<Trace> traces, int far, BooleanSupplier cancelled) {
        boolean shared = true;
        for (Model.Feed feed : feeds) {
            turn(feed.session(), far);
            shared &= feed.probes().isEmpty() && feed.input().usual();
        }
        List<float[]> outputs = shared ? turns.feed(feeds, far, cancelled) : exclusively(() -> apart(feeds, traces, far));
        if (outputs == null) return null;
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < feeds.size(); i++) {
            Input input = feeds.get(i).input();
            int each = each(input);
            runs.add(new Run(outputs.get(i), each, input.length() - outputs.get(i).length / each, traces.get(i)));
        }
        return runs;
    }

    private List<float[]> apart(List<Model.Feed> feeds, List<Trace> traces, int far) {
        boolean pieces = causal() && feeds.size() == 1 && feeds.getFirst().input().length() > Turns.CHUNK && feeds.getFirst().input().mask().isEmpty()
                && feeds.getFirst().probes().stream().allMatch(p -> p instanceof Probe.Record || p instanceof Probe.Reduce);
        return pieces ? List.of(inPieces(feeds.getFirst(), traces.getFirst(), far)) : together(feeds, traces, far);
    }

    /// Computes a sequence anew, from its beginning, whose keys were rotated by the other rope.
    private void turn(Session session, int far) {
        if (session.position() == 0 || session.far() == far || hyper.far().orElseThrow().grows()) return;
        exclusively(() -> {
            Input history = session.history().withLastLogitsOnly();
            session.back(0);
            return inPieces(new Model.Feed(session, history, List.of()), Trace.inMemory(), far);
        });
    }

    /// A long run whose probes only keep things: they grow from piece to piece.
    private float[] inPieces(Model.Feed feed, Trace trace, int far) {
        int n = feed.input().length();
        float[] all = new float[Math.multiplyExact(outputs(feed.input()), each(feed.input()))];
        int done = 0;
        for (int from = 0; from < n; from += Turns.CHUNK) {
            int to = Math.min(n, from + Turns.CHUNK);
            List<Probe> probes = to == n ? feed.probes() : feed.probes().stream().filter(p -> !p.where().part().positions().equals(Range.LAST)).toList();
            float[] part = together(List.of(new Model.Feed(feed.session(), feed.input().piece(from, to), probes)), List.of(trace), far).getFirst();
            System.arraycopy(part, 0, all, done, part.length);
            done += part.length;
        }
        return all;
    }

    /// Numbers that a token gives.
    private int each(Input input) { return input.hidden() ? hyper.width() : hyper.vocabulary(); }

    /// How many of its tokens this model gives something for.
    private int outputs(Input input) { return parameters.head() == null && !input.hidden() ? 0 : input.outputs(); }

    /// One pass. Its parts are loops and not streams: between two tokens this code is as cold as can be.
    ///
    /// @return per feed, what it gives
    private List<float[]> together(List<Model.Feed> feeds, List<Trace> traces, int far) {
        requireOpen();
        List<Pass.Segment> segments = new ArrayList<>();
        int row = 0;
        int output = 0;
        for (int i = 0; i < feeds.size(); i++) {
            Model.Feed feed = feeds.get(i);
            int count = feed.input().length();
            int wanted = outputs(feed.input());
            segments.add(new Pass.Segment(feed.session(), new Span(row, count), new Span(output, wanted), feed.session().position(), feed.input(), traces.get(i)));
            row += count;
            output += wanted;
        }
        pass(plan(row, Plan.Course.of(feeds, far), feeds), far, segments);
        for (int i = 0; i < feeds.size(); i++)
            for (Probe probe : feeds.get(i).probes()) if (probe instanceof Probe.Edit) segments.get(i).session().edited(segments.get(i).first());
        List<float[]> outputs = new ArrayList<>();
        for (Pass.Segment s : segments) outputs.add(read(s));
        return outputs;
    }

    /// A sequence's logits or hidden states, out of the pass's.
    private float[] read(Pass.Segment s) {
        int count = s.outputs().count();
        int length = Math.multiplyExact(count, each(s.input()));
        float[] out = s.input().lent() ? s.session().lend(length) : new float[length];
        if (count > 0) ops.read((s.input().hidden() ? picked : logits).rows(s.outputs().first(), count), count, out);
        return out;
    }

    private void pass(Plan plan, int far, List<Pass.Segment> segments) {
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
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < count; i++) {
                int position = given == null ? next + i : given[i];
                positions[s.span().first() + i] = position;
                least = Math.min(least, position);
            }
            s.session().requireKept(s.input(), least);
            for (int i = 0; i < s.outputs().count(); i++) wanted[s.outputs().first() + i] = s.span().end() - s.outputs().count() + i;
        }
        boolean hidden = segments.getFirst().input().hidden();
        picked = grown(picked, outputs, hyper.width());
        if (!hidden) logits = grown(logits, outputs, hyper.vocabulary());
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
            if (sites != null) return sites;
            if (scratch == null) plan(1, Plan.Course.USUAL, List.of());
            return sites = Plan.sites(hyper, parameters, scratch);
        });
    }

    /// The calling thread feeds no further token soon.
    void leave() { turns.leave(); }

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

    private Plan plan(int rows, Plan.Course course, List<Model.Feed> feeds) {
        if (running) throw new ModelException(NESTED);
        if (scratch == null || scratch.capacity < rows) {
            if (scratch != null) scratch.close();
            scratch = new Scratch(hyper, ops, Math.max(rows, Math.min(Turns.CHUNK, 16)));
            Arrays.fill(plain, null);
        }
        boolean kept = course.plain();
        for (Model.Feed feed : feeds) kept &= feed.probes().isEmpty();
        if (!kept) return Plan.compile(hyper, parameters, scratch, course, feeds.stream().map(Model.Feed::probes).toList());
        int number = course.number();
        if (plain[number] == null) plain[number] = Plan.compile(hyper, parameters, scratch, course, List.of());
        return plain[number];
    }

    private Rows grown(Rows rows, int count, int width) {
        if (rows != null && rows.capacity() >= count) return rows;
        if (rows != null) rows.close();
        return ops.rows(Math.max(1, count), width);
    }

    /// Does something while nobody computes.
    <T> T exclusively(Supplier<T> work) {
        return turns.alone(() -> {
            requireOpen();
            return work.get();
        });
    }

    /// Frees something while nobody computes, also of a closed model.
    void release(Runnable work) {
        turns.alone(() -> {
            if (running) throw new ModelException("a probe cannot close what it looks into");
            work.run();
            return null;
        });
    }

    void requireHead() {
        if (parameters.head() == null) throw new ModelException("this model has no head and gives no logits");
    }

    private void requireOpen() {
        if (closed) throw new ModelException("the model is closed");
    }

    @Override
    public void close() {
        release(() -> {
            if (closed) return;
            closed = true;
            ops.close();
        });
    }
}
