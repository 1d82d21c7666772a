package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Runs passes one at a time: cuts prompts into chunks, puts rows of several sequences side by side, and keeps the buffers.
final class Engine implements AutoCloseable {
    /// Rows of one pass unless probes want to see the whole prompt at once. Results do not depend on it.
    private static final int CHUNK = 512;

    private final Hyper hyper;
    private final Parameters parameters;
    private final Ops ops;
    private final ReentrantLock turn = new ReentrantLock(true);
    private Scratch scratch;
    private Plan plain;
    /// Residual rows picked for output, and their logits; grown on demand.
    private Rows picked;
    private Rows logits;
    private boolean closed;

    Engine(Hyper hyper, Parameters parameters, Ops ops) {
        this.hyper = hyper;
        this.parameters = parameters;
        this.ops = ops;
    }

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

    /// The logits after each feed's last token. Feeds advance side by side, at most [#CHUNK] rows a pass.
    float[][] feed(List<Model.Feed> feeds) {
        return exclusively(() -> {
            float[][] last = new float[feeds.size()][];
            int[] done = new int[feeds.size()];
            while (true) {
                List<Integer> part = new ArrayList<>();
                List<Model.Feed> chunk = new ArrayList<>();
                int room = CHUNK;
                for (int i = 0; i < feeds.size() && room > 0; i++) {
                    int count = Math.min(room, feeds.get(i).ids().length - done[i]);
                    if (count == 0) continue;
                    part.add(i);
                    chunk.add(new Model.Feed(feeds.get(i).session(), Arrays.copyOfRange(feeds.get(i).ids(), done[i], done[i] + count)));
                    done[i] += count;
                    room -= count;
                }
                if (chunk.isEmpty()) return last;
                boolean[] wanted = new boolean[part.size()];
                for (int j = 0; j < wanted.length; j++) wanted[j] = done[part.get(j)] == feeds.get(part.get(j)).ids().length;
                float[][] rows = lastRows(chunk, wanted);
                for (int j = 0; j < wanted.length; j++) if (wanted[j]) last[part.get(j)] = rows[j];
            }
        });
    }

    /// All logits of one sequence's next tokens, with probes.
    Run run(Session session, int[] ids, List<Probe> probes) {
        return exclusively(() -> {
            Trace trace = new Trace();
            float[] all = new float[Math.multiplyExact(ids.length, hyper.vocabulary())];
            int step = probes.isEmpty() ? CHUNK : ids.length;
            Plan plan = plan(Math.min(step, ids.length), probes);
            for (int from = 0; from < ids.length; from += step) {
                int[] part = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + step));
                int[] every = new int[part.length];
                for (int i = 0; i < every.length; i++) every[i] = i;
                float[] out = pass(plan, List.of(new Model.Feed(session, part)), every, trace);
                System.arraycopy(out, 0, all, from * hyper.vocabulary(), out.length);
            }
            return new Run(all, hyper.vocabulary(), trace);
        });
    }

    Set<Site> sites() {
        return exclusively(() -> {
            plan(1, List.of());
            return Plan.sites(hyper, parameters, scratch);
        });
    }

    void rewind(Session session, int position) {
        exclusively(() -> {
            for (Cache cache : session.caches()) cache.rewind(position);
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

    private float[][] lastRows(List<Model.Feed> chunk, boolean[] wanted) {
        List<Integer> outputs = new ArrayList<>();
        int end = 0;
        for (int j = 0; j < wanted.length; j++) {
            end += chunk.get(j).ids().length;
            if (wanted[j]) outputs.add(end - 1);
        }
        float[] out = pass(plan(end, List.of()), chunk, outputs.stream().mapToInt(Integer::intValue).toArray(), new Trace());
        float[][] rows = new float[wanted.length][];
        int next = 0;
        for (int j = 0; j < wanted.length; j++)
            if (wanted[j]) rows[j] = Arrays.copyOfRange(out, next * hyper.vocabulary(), ++next * hyper.vocabulary());
        return rows;
    }

    private float[] pass(Plan plan, List<Model.Feed> feeds, int[] outputs, Trace trace) {
        int n = feeds.stream().mapToInt(f -> f.ids().length).sum();
        int[] ids = new int[n];
        int[] positions = new int[n];
        List<Pass.Segment> segments = new ArrayList<>();
        int row = 0;
        for (Model.Feed feed : feeds) {
            segments.add(new Pass.Segment(new Span(row, feed.ids().length), feed.session().caches()));
            for (int i = 0; i < feed.ids().length; i++, row++) {
                ids[row] = feed.ids()[i];
                positions[row] = feed.session().position() + i;
            }
        }
        growOutputs(outputs.length);
        try (Tokens tokens = ops.tokens(ids, positions, outputs)) {
            plan.run(new Pass(ops, tokens, segments, picked, logits, trace));
        } catch (RuntimeException | Error e) {
            // The pass may have stored keys before it failed; the sequences go back to where they were.
            for (Model.Feed feed : feeds) for (Cache cache : feed.session().caches()) cache.rewind(feed.session().position());
            throw e;
        }
        for (Model.Feed feed : feeds) feed.session().advance(feed.ids());
        float[] out = new float[outputs.length * hyper.vocabulary()];
        if (outputs.length > 0) ops.read(logits, outputs.length, out);
        return out;
    }

    private Plan plan(int rows, List<Probe> probes) {
        if (scratch == null || scratch.capacity < rows) {
            if (scratch != null) scratch.close();
            scratch = new Scratch(hyper, ops, Math.max(rows, Math.min(CHUNK, 16)));
            plain = null;
        }
        if (!probes.isEmpty()) return Plan.compile(hyper, parameters, scratch, probes);
        if (plain == null) plain = Plan.compile(hyper, parameters, scratch, List.of());
        return plain;
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
