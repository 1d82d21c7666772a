package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// The probes at one site of one layer.
///
/// @param extents   how long its axes are
/// @param bySegment the probes of each sequence of the pass, in the order they were given
record Watch(Site site, int layer, Extents extents, List<List<Probe>> bySegment) {
    /// Rows that are moved at once.
    private static final int BLOCK = 64;

    String name() { return site.name(layer); }

    boolean watches(int segment) { return !bySegment.get(segment).isEmpty(); }

    /// The rows of a sequence, from the first to the last, that its probes mean.
    Span wanted(int segment, int[] positions) {
        int first = positions.length;
        int end = 0;
        for (Probe probe : bySegment.get(segment)) {
            Range range = probe.where().part().positions();
            for (int i = 0; i < positions.length; i++) {
                boolean meant = range.equals(Range.LAST) ? i == positions.length - 1 : range.contains(positions[i]);
                if (meant) first = Math.min(first, i);
                if (meant) end = Math.max(end, i + 1);
            }
        }
        return new Span(first, Math.max(0, end - first));
    }

    /// Shows every sequence its rows of the pass.
    void look(Pass pass, Rows rows) {
        for (int i = 0; i < pass.segments().size(); i++) {
            Pass.Segment s = pass.segments().get(i);
            if (watches(i)) look(pass, i, rows.rows(s.span().first(), s.span().count()), s.positions(), 0);
        }
    }

    /// Shows every sequence its rows of the wanted logits.
    void lookAtOutputs(Pass pass, Rows rows) {
        for (int i = 0; i < pass.segments().size(); i++) {
            Pass.Segment s = pass.segments().get(i);
            if (watches(i) && s.outputs().count() > 0) look(pass, i, rows.rows(s.outputs().first(), s.outputs().count()), s.outputPositions(), 0);
        }
    }

    /// Shows one sequence numbers that lie row-major in `rows` and cover these positions and keys; puts back what was changed.
    ///
    /// @return which of `rows` were changed, in at least one bit
    BitSet look(Pass pass, int segment, Rows rows, int[] positions, int keys) {
        int[] shape = extents.of(site, layer, positions.length, keys);
        int[][] labels = Indexing.dense(shape).labels();
        labels[site.rowAxis()] = positions;
        Indexing indexing = Indexing.dense(labels);
        Stored stored = new Stored(pass.ops(), rows, Math.toIntExact(indexing.size() / rows.width()));
        for (Probe probe : bySegment.get(segment)) {
            Indexing part = part(probe.where().part(), indexing, shape);
            // A record of other rows still learns which keys there are by now.
            if (part.size() == 0 && !(probe instanceof Probe.Record && keys > 0)) continue;
            try {
                act(pass, segment, probe, stored, part);
            } catch (ModelException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new ModelException("a probe at " + name() + " failed, and the pass with it: " + e.getMessage(), e);
            }
        }
        return stored.putBack();
    }

    private void act(Pass pass, int segment, Probe probe, Stored stored, Indexing part) {
        Trace trace = pass.segments().get(segment).trace();
        switch (probe) {
            case Probe.Record _ -> trace.add(copy(trace, stored, part), site.rowAxis(), site.absent(), pass);
            case Probe.Reduce reduce -> reduce(pass, trace, reduce.reduction(), Activation.fixed(name(), site.axes(), stored.all(), part));
            case Probe.Observe observe -> {
                Activation live = Activation.fixed(name(), site.axes(), stored.all(), part);
                try {
                    observe.observer().accept(live);
                } finally {
                    live.expire();
                }
            }
            case Probe.Edit edit -> {
                Activation live = Activation.live(name(), site.axes(), stored.all(), part);
                stored.touch();
                try {
                    edit.change().apply(live, new Seen(pass, segment));
                } finally {
                    live.expire();
                }
            }
        }
    }

    private Activation copy(Trace trace, Stored stored, Indexing part) {
        Indexing dense = Indexing.dense(part.labels());
        MemorySegment values = trace.memory().allocate(dense.size() * Float.BYTES);
        stored.copy(part, values);
        return Activation.fixed(name(), site.axes(), values, dense);
    }

    private void reduce(Pass pass, Trace trace, Reduction reduction, Activation values) {
        String name = name() + reduction.suffix();
        if (!reduction.ofRows()) {
            trace.tally(name, values, site.rowAxis(), reduction == Reduction.MEAN);
            return;
        }
        List<Site.Axis> axes = site.axes().subList(0, site.axes().size() - 1);
        Indexing shape = Indexing.dense(Arrays.copyOf(values.indexing().labels(), axes.size()));
        int width = values.indexing().extent(axes.size());
        float[] numbers = values.toArray();
        MemorySegment results = trace.memory().allocate(shape.size() * Float.BYTES);
        for (int i = 0; i < shape.size(); i++) results.setAtIndex(Activation.FLOAT, i, reduction.ofRow(Arrays.copyOfRange(numbers, i * width, (i + 1) * width)));
        trace.add(Activation.fixed(name, axes, results, shape), site.rowAxis(), 0, pass);
    }

    /// What a selection leaves of the whole.
    private Indexing part(Selection.Part wanted, Indexing whole, int[] shape) {
        int[][] keep = new int[shape.length][];
        if (wanted.heads().length > 0) keep[site.headAxis()] = wanted.heads();
        int rows = site.rowAxis();
        if (wanted.positions().equals(Range.LAST)) keep[rows] = new int[] {shape[rows] - 1};
        else if (!wanted.positions().equals(Range.ALL)) keep[rows] = inside(wanted.positions(), whole.labels()[rows]);
        if (!wanted.keys().equals(Range.ALL)) {
            int keys = site.axes().indexOf(Site.Axis.KEY);
            keep[keys] = inside(wanted.keys(), whole.labels()[keys]);
        }
        return whole.keep(keep);
    }

    private static int[] inside(Range range, int[] labels) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) if (range.contains(labels[i])) found.add(i);
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    /// The numbers as the backend holds them: read whole only where something asks for the whole, written back row by row where bits differ.
    private static final class Stored {
        private final Ops ops;
        private final Rows rows;
        private final int count;
        private float[] all;
        private boolean touched;

        Stored(Ops ops, Rows rows, int count) {
            this.ops = ops;
            this.rows = rows;
            this.count = count;
        }

        MemorySegment all() {
            if (all == null) {
                all = new float[Math.multiplyExact(count, rows.width())];
                ops.read(rows, count, all);
            }
            return MemorySegment.ofArray(all);
        }

        void touch() { touched = true; }

        /// Copies a part, row-major.
        void copy(Indexing part, MemorySegment to) {
            if (all != null) {
                MemorySegment from = all();
                part.each((at, i) -> to.setAtIndex(Activation.FLOAT, i, from.get(Activation.FLOAT, at)));
                return;
            }
            long rowBytes = (long) rows.width() * Float.BYTES;
            Window window = new Window(rowBytes);
            if (part.dense() && part.size() == (long) count * rows.width()) {
                for (int row = 0; row < count; row += BLOCK) {
                    window.read(row);
                    MemorySegment.copy(window.values, 0, to, Activation.FLOAT, window.from, window.values.length);
                }
                return;
            }
            part.each((at, i) -> {
                if (at < window.from || at >= window.to) window.read(Math.toIntExact(at / rowBytes));
                to.setAtIndex(Activation.FLOAT, i, window.values[(int) ((at - window.from) / Float.BYTES)]);
            });
        }

        /// A few rows at a time, for parts of what is large.
        private final class Window {
            private final long rowBytes;
            private long from;
            private long to;
            private float[] values;

            Window(long rowBytes) { this.rowBytes = rowBytes; }

            void read(int row) {
                int n = Math.min(BLOCK, count - row);
                values = new float[n * rows.width()];
                ops.read(rows.rows(row, n), n, values);
                from = row * rowBytes;
                to = from + n * rowBytes;
            }
        }

        BitSet putBack() {
            BitSet changed = new BitSet();
            if (!touched) return changed;
            int width = rows.width();
            for (int row = 0; row < count; row += BLOCK) {
                int n = Math.min(BLOCK, count - row);
                float[] before = new float[n * width];
                ops.read(rows.rows(row, n), n, before);
                boolean any = false;
                for (int i = 0; i < n; i++) {
                    int at = (row + i) * width;
                    if (!same(before, i * width, all, at, width)) changed.set(row + i);
                    any |= changed.get(row + i);
                }
                if (any) ops.write(Arrays.copyOfRange(all, row * width, (row + n) * width), rows.rows(row, n), n);
            }
            return changed;
        }

        private static boolean same(float[] a, int from, float[] b, int at, int n) {
            for (int i = 0; i < n; i++) if (Float.floatToRawIntBits(a[from + i]) != Float.floatToRawIntBits(b[at + i])) return false;
            return true;
        }
    }
}
