package dev.oriel.runtime;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a trace keeps under one name.
sealed interface Kept {
    Activation whole(Memory memory);

    long bytes();

    /// Complete.
    record Whole(Activation activation) implements Kept {
        @Override
        public Activation whole(Memory memory) { return activation; }

        @Override
        public long bytes() { return activation.indexing().size() * Float.BYTES; }
    }

    /// Pieces that passes added one after the other along one axis. Another axis, of keys, may be longer from piece to piece.
    final class Growing implements Kept {
        private final int growing;
        private final float absent;
        private final List<Activation> pieces = new ArrayList<>();
        private Pass latest;

        Growing(Activation first, int growing, float absent, Pass pass) {
            this.growing = growing;
            this.absent = absent;
            add(first, pass);
        }

        void add(Activation piece, Pass pass) {
            // Recorded twice at one site, before and after an edit: the later one counts.
            if (pass == latest) pieces.removeLast();
            pieces.add(piece);
            latest = pass;
        }

        Optional<Activation> latest(Pass pass) { return pass == latest ? Optional.of(pieces.getLast()) : Optional.empty(); }

        @Override
        public long bytes() { return pieces.stream().mapToLong(p -> p.indexing().size() * Float.BYTES).sum(); }

        @Override
        public Activation whole(Memory memory) {
            if (pieces.size() == 1) return pieces.getFirst();
            Indexing whole = Indexing.dense(labels());
            MemorySegment values = memory.allocate(whole.size() * Float.BYTES);
            if (absent != 0) whole.each((at, _) -> values.set(Activation.FLOAT, at, absent));
            int row = 0;
            for (Activation piece : pieces) {
                if (piece.size() == 0) continue;
                Range[] place = new Range[piece.axes().size()];
                for (int axis = 0; axis < place.length; axis++) place[axis] = Range.of(0, piece.indexing().extent(axis));
                place[growing] = Range.of(row, row += piece.indexing().extent(growing));
                float[] numbers = piece.toArray();
                whole.slice(place).each((at, i) -> values.set(Activation.FLOAT, at, numbers[i]));
            }
            Activation all = Activation.fixed(pieces.getFirst().name(), pieces.getFirst().axes(), values, whole);
            pieces.clear();
            pieces.add(all);
            latest = null;
            return all;
        }

        private int[][] labels() {
            int[][] labels = pieces.getLast().indexing().labels().clone();
            labels[growing] = pieces.stream().flatMapToInt(p -> Arrays.stream(p.labels(growing))).toArray();
            return labels;
        }
    }

    /// Sums over an axis that is not kept.
    final class Tally implements Kept {
        private final String name;
        private final int summed;
        private final boolean mean;
        private List<Site.Axis> axes;
        private int[][] labels;
        private double[] sums = {};
        private long rows;

        Tally(String name, Activation first, int summed, boolean mean) {
            this.name = name;
            this.summed = summed;
            this.mean = mean;
            add(first);
        }

        void add(Activation piece) {
            axes = without(piece.axes());
            int[][] now = without(piece.indexing().labels());
            if (!Arrays.deepEquals(now, labels)) grow(now);
            // Row-major `[outer, summed, inner]`: the outer axis is the heads, where the summed one is not the first.
            int outer = summed == 0 ? 1 : piece.indexing().extent(0);
            int count = piece.indexing().extent(summed);
            int inner = sums.length / outer;
            float[] numbers = piece.toArray();
            for (int i = 0; i < numbers.length; i++) sums[i / (count * inner) * inner + i % inner] += numbers[i];
            rows += count;
        }

        private void grow(int[][] now) {
            Indexing to = Indexing.dense(now);
            double[] more = new double[Math.toIntExact(to.size())];
            if (labels != null) {
                Range[] old = new Range[labels.length];
                for (int axis = 0; axis < old.length; axis++) old[axis] = Range.of(0, labels[axis].length);
                to.slice(old).each((at, i) -> more[(int) (at / Float.BYTES)] = sums[i]);
            }
            labels = now;
            sums = more;
        }

        @Override
        public long bytes() { return (long) sums.length * Float.BYTES; }

        @Override
        public Activation whole(Memory memory) {
            Indexing indexing = Indexing.dense(labels);
            MemorySegment values = memory.allocate(bytes());
            for (int i = 0; i < sums.length; i++) values.setAtIndex(Activation.FLOAT, i, (float) (mean ? sums[i] / rows : sums[i]));
            return Activation.fixed(name, axes, values, indexing);
        }

        private List<Site.Axis> without(List<Site.Axis> all) {
            List<Site.Axis> rest = new ArrayList<>(all);
            rest.remove(summed);
            return List.copyOf(rest);
        }

        private int[][] without(int[][] all) {
            int[][] rest = new int[all.length - 1][];
            for (int axis = 0, to = 0; axis < all.length; axis++) if (axis != summed) rest[to++] = all[axis];
            return rest;
        }
    }
}
