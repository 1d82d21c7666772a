package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import java.util.Arrays;
import java.util.BitSet;

/// Steps that stand in a plan only where somebody looks. Each computes what its plain twin computes, with the same bits, and takes another way only for the
/// rows that a probe has changed.
sealed interface OpenStep extends Step {

    /// Probes between two steps.
    record Probed(Watch watch, Rows rows) implements OpenStep {
        @Override
        public void run(Pass p) { watch.look(p, rows); }
    }

    /// A norm whose scale or normalised values are watched.
    record Normalise(Norm norm, Rows x, Rows scale, Rows out, Watch scales, Watch normalized) implements OpenStep {
        @Override
        public void run(Pass p) {
            p.ops().normScale(norm, x, scale, p.rows());
            if (scales != null) scales.look(p, scale);
            p.ops().normalize(norm, x, scale, out, p.rows());
            if (normalized != null) normalized.look(p, out);
            p.ops().affine(norm, out, out, p.rows());
        }
    }

    /// Heads that may get inputs of their own, after all heads were computed from the same one.
    ///
    /// @param watch    at the inputs, `[pos, head, d_model]`: the residual stream once per head
    /// @param norm     between the inputs and the product, or null
    /// @param qkv      the product of all heads
    /// @param residual what all heads are computed from
    /// @param all      the product's results
    /// @param part     the columns of `all` that hold these heads
    record HeadInputs(Watch watch, Norm norm, Block.Linear qkv, int heads, Rows residual, Rows all, Rows part) implements OpenStep {
        @Override
        public void run(Pass p) {
            for (int i = 0; i < p.segments().size(); i++) if (watch.watches(i)) run(p, i);
        }

        private void run(Pass p, int segment) {
            Pass.Segment s = p.segments().get(segment);
            int n = s.span().count();
            int width = residual.width();
            Ops ops = p.ops();
            float[] one = new float[n * width];
            ops.read(residual.rows(s.span().first(), n), n, one);
            float[] each = new float[Math.multiplyExact(one.length, heads)];
            for (int row = 0; row < n; row++) for (int head = 0; head < heads; head++) System.arraycopy(one, row * width, each, (row * heads + head) * width, width);
            try (Rows inputs = ops.rows(n * heads, width)) {
                ops.write(each, inputs, n * heads);
                BitSet changed = watch.look(p, segment, inputs, s.positions(), 0);
                for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) compute(ops, inputs.rows(i, 1), s.span().first() + i / heads, i % heads);
            }
        }

        /// One head of one row anew, from its own input.
        private void compute(Ops ops, Rows input, int row, int head) {
            int dim = part.width() / heads;
            try (Rows normed = ops.rows(1, input.width()); Rows out = ops.rows(1, all.width())) {
                if (norm != null) ops.norm(norm, input, normed, 1);
                ops.matmul(qkv.weight(), qkv.bias(), norm == null ? input : normed, out, 1);
                float[] results = new float[all.width()];
                ops.read(out, 1, results);
                int at = offset() + head * dim;
                ops.write(Arrays.copyOfRange(results, at, at + dim), part.rows(row, 1).columns(head * dim, dim), 1);
            }
        }

        /// Queries come first, then keys, then values.
        private int offset() {
            return switch (watch.site()) {
                case Q_INPUT -> 0;
                case K_INPUT -> all.width() - part.width() - watch.extents().hyper().attention().kvHeads() * watch.extents().hyper().attention().valueDim();
                default -> all.width() - part.width();
            };
        }
    }

    /// Attention with its scores and pattern laid open, and with a run's own mask where it brings one.
    record Attend(Attention attention, int layer, Rows q, Rows z, Watch scores, Watch pattern) implements OpenStep {
        @Override
        public void run(Pass p) {
            for (int i = 0; i < p.segments().size(); i++) {
                Pass.Segment s = p.segments().get(i);
                boolean masked = s.input().mask().isPresent();
                if (!masked) p.ops().attend(attention, s.cache(layer), p.tokens(), s.span(), q, z);
                if (masked || watches(scores, i) || watches(pattern, i)) open(p, i, masked);
            }
        }

        private static boolean watches(Watch watch, int segment) { return watch != null && watch.watches(segment); }

        private void open(Pass p, int i, boolean masked) {
            Pass.Segment s = p.segments().get(i);
            Attention a = masked ? attention.unmasked() : attention;
            int keys = s.cache(layer).slots();
            int n = Math.multiplyExact(a.heads(), s.span().count());
            try (Rows table = p.ops().rows(n, keys)) {
                p.ops().scores(a, s.cache(layer), p.tokens(), s.span(), q, table);
                if (masked) hide(p.ops(), s, table, keys);
                BitSet changed = watches(scores, i) ? scores.look(p, i, table, s.positions(), keys) : new BitSet();
                p.ops().pattern(a, s.span(), table);
                if (watches(pattern, i)) changed.or(pattern.look(p, i, table, s.positions(), keys));
                if (masked) changed.set(0, n);
                if (!changed.isEmpty()) weigh(p, s, table, changed);
            }
        }

        /// Puts a run's own mask over scores of which nothing is masked yet.
        private static void hide(Ops ops, Pass.Segment s, Rows table, int keys) {
            Mask mask = s.input().mask().orElseThrow();
            int queries = s.span().count();
            float[] row = new float[keys];
            for (int i = 0; i < table.capacity(); i++) {
                Rows one = table.rows(i, 1);
                ops.read(one, 1, row);
                for (int key = 0; key < keys; key++) if (!mask.visible(s.first() + i % queries, key)) row[key] = Float.NEGATIVE_INFINITY;
                ops.write(row, one, 1);
            }
        }

        /// Weighted values of the changed rows; the others keep what the plain step gives.
        private void weigh(Pass p, Pass.Segment s, Rows table, BitSet changed) {
            int queries = s.span().count();
            int dim = attention.valueDim();
            float[] one = new float[dim];
            try (Rows anew = p.ops().rows(s.span().end(), z.width())) {
                p.ops().weigh(attention, s.cache(layer), s.span(), table, anew);
                for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) {
                    int row = s.span().first() + i % queries;
                    int at = i / queries * dim;
                    p.ops().read(anew.rows(row, 1).columns(at, dim), 1, one);
                    p.ops().write(one, z.rows(row, 1).columns(at, dim), 1);
                }
            }
        }
    }

    /// Each head's own contribution: the output projection of z with all other heads silenced. What an edit changes is added to the sum of all heads.
    record HeadResults(Attention attention, Matrix output, Rows z, Watch watch, Rows sum) implements OpenStep {
        @Override
        public void run(Pass p) {
            for (int i = 0; i < p.segments().size(); i++) if (watch.watches(i)) run(p, i);
        }

        private void run(Pass p, int segment) {
            Pass.Segment s = p.segments().get(segment);
            Span wanted = watch.wanted(segment, s.positions());
            int n = wanted.count();
            if (n == 0) return;
            int first = s.span().first() + wanted.first();
            int heads = attention.heads();
            int width = output.rows();
            Ops ops = p.ops();
            float[] results = results(ops, z.rows(first, n), n);
            try (Rows together = ops.rows(n, heads * width)) {
                ops.write(results, together, n);
                BitSet changed = watch.look(p, segment, together, Arrays.copyOfRange(s.positions(), wanted.first(), wanted.end()), 0);
                float[] row = new float[heads * width];
                float[] total = new float[width];
                for (int i = changed.nextSetBit(0); i >= 0; i = changed.nextSetBit(i + 1)) {
                    ops.read(together.rows(i, 1), 1, row);
                    Rows to = sum.rows(first + i, 1);
                    ops.read(to, 1, total);
                    for (int j = 0; j < row.length; j++) total[j % width] += row[j] - results[i * row.length + j];
                    ops.write(total, to, 1);
                }
            }
        }

        /// `[pos, head, d_model]`
        private float[] results(Ops ops, Rows z, int n) {
            int dim = attention.valueDim();
            int heads = attention.heads();
            int width = output.rows();
            float[] all = new float[n * z.width()];
            ops.read(z, n, all);
            float[] results = new float[Math.multiplyExact(n * heads, width)];
            try (Rows alone = ops.rows(n, z.width()); Rows out = ops.rows(n, width)) {
                for (int head = 0; head < heads; head++) {
                    float[] one = new float[all.length];
                    float[] part = new float[n * width];
                    for (int i = 0; i < n; i++) System.arraycopy(all, i * z.width() + head * dim, one, i * z.width() + head * dim, dim);
                    ops.write(one, alone, n);
                    ops.matmul(output, null, alone, out, n);
                    ops.read(out, n, part);
                    for (int i = 0; i < n; i++) System.arraycopy(part, i * width, results, (i * heads + head) * width, width);
                }
            }
            return results;
        }
    }
}
