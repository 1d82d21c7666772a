package dev.oriel.inspect;

import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Many variants of one run: the same tokens, each changed from some layer and some position on. What a variant has in common with the unchanged run is computed
/// once: positions before its first change are a shared prefix of forked sessions, layers below it start from a recorded residual stream, and variants that start
/// in one layer share a pass. Each gives the bits it would give alone.
final class Variants implements AutoCloseable {
    /// Rows of one pass.
    private static final int ROWS = 256;
    /// Tokens that the sessions of one pass hold: a fork copies its prefix when it goes on.
    private static final int TOKENS = 4096;
    /// Logits of one pass.
    private static final int LOGITS = 1 << 24;

    /// One changed run.
    ///
    /// @param layer  the first layer in which its probes change anything
    /// @param row    the first position at which they do
    /// @param probes its changes, and what it records
    record Variant(int layer, int row, List<Probe> probes) {}

    /// Takes the run of the variant at an index of the list; it holds the positions from the variant's row on.
    interface Sink {
        void take(int index, Run run);
    }

    private final Model model;
    private final int[] ids;
    private final boolean lastLogitsOnly;
    private final Run unchanged;
    private final Map<Integer, Prefix> prefixes = new HashMap<>();

    /// Runs the tokens unchanged.
    ///
    /// @param layers the layers in which variants will start
    /// @param row    the first position at which one will
    /// @param probes what else this run is to keep
    Variants(Model model, int[] ids, boolean lastLogitsOnly, int[] layers, int row, List<Probe> probes) {
        this.model = model;
        this.ids = ids;
        this.lastLogitsOnly = lastLogitsOnly;
        List<Probe> all = new ArrayList<>(probes);
        all.add(Probe.record(Site.RESID_PRE.at(layers).positions(Range.from(row))));
        unchanged = model.run(input(ids), all.toArray(Probe[]::new));
    }

    /// The run without any change.
    Run unchanged() { return unchanged; }

    void run(List<Variant> variants, Sink sink, Progress progress) {
        List<Integer> order = IntStream.range(0, variants.size()).boxed().sorted((a, b) -> Integer.compare(variants.get(a).layer, variants.get(b).layer)).toList();
        int done = 0;
        while (done < order.size()) {
            List<Integer> batch = batch(variants, order.subList(done, order.size()));
            List<Run> runs = run(batch.stream().map(variants::get).toList());
            for (int i = 0; i < runs.size(); i++) sink.take(batch.get(i), runs.get(i));
            done += batch.size();
            progress.at(done, order.size());
        }
    }

    /// The metric's value for each variant.
    float[] measure(List<Variant> variants, Metric metric, Progress progress) {
        float[] values = new float[variants.size()];
        run(variants, (index, run) -> values[index] = (float) metric.of(run), progress);
        return values;
    }

    /// As many of the next variants as one pass takes: all of one layer.
    private List<Integer> batch(List<Variant> variants, List<Integer> order) {
        List<Integer> batch = new ArrayList<>();
        int rows = 0;
        for (int index : order) {
            Variant next = variants.get(index);
            rows += ids.length - next.row;
            long logits = (long) model.hyper().vocabulary() * (lastLogitsOnly ? batch.size() + 1 : rows);
            boolean full = rows > ROWS || (batch.size() + 1) * ids.length > TOKENS || logits > LOGITS;
            if (!batch.isEmpty() && (full || next.layer != variants.get(batch.getFirst()).layer)) break;
            batch.add(index);
        }
        return batch;
    }

    private List<Run> run(List<Variant> batch) {
        Map<Integer, Integer> used = new HashMap<>();
        List<Model.Feed> feeds = new ArrayList<>();
        for (Variant v : batch) {
            Session session = prefixes.computeIfAbsent(v.row, Prefix::new).fork(used.merge(v.row, 1, Integer::sum) - 1);
            var residual = unchanged.trace().get(Site.RESID_PRE.at(v.layer));
            int first = residual.labels(0)[0];
            Input rest = input(Arrays.copyOfRange(ids, v.row, ids.length)).from(v.layer, residual.slice(Range.of(v.row - first, ids.length - first), Range.ALL));
            feeds.add(new Model.Feed(session, rest, v.probes));
        }
        return model.run(feeds);
    }

    private Input input(int[] tokens) { return lastLogitsOnly ? Input.of(tokens).withLastLogitsOnly() : Input.of(tokens); }

    @Override
    public void close() { prefixes.values().forEach(Prefix::close); }

    /// The tokens before a position, in as many sessions as run side by side. A pass that starts from a residual stream leaves a session where it was, so that
    /// the next one finds it again.
    private final class Prefix {
        private final Session stem = model.session();
        private final List<Session> forks = new ArrayList<>();

        Prefix(int length) {
            if (length > 0) stem.feed(Arrays.copyOf(ids, length));
        }

        Session fork(int number) {
            while (forks.size() <= number) forks.add(stem.fork());
            return forks.get(number);
        }

        void close() {
            forks.forEach(Session::close);
            stem.close();
        }
    }
}
