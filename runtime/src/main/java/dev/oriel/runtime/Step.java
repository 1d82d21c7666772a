package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import dev.oriel.ops.Rows;

/// One operation of a plan, its weights and buffers bound. Steps run in order; shapes are in [Scratch] and [Block].
sealed interface Step {
    void run(Pass pass);

    record Embed(Matrix table, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().embed(table, p.tokens(), out); }
    }

    record AddPositions(Matrix table, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().addPositions(table, p.tokens(), out); }
    }

    record Clear(Rows rows) implements Step {
        @Override
        public void run(Pass p) { p.ops().write(new float[p.rows() * rows.width()], rows, p.rows()); }
    }

    /// A norm in one piece.
    record Normalise(Norm norm, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().norm(norm, x, out, p.rows()); }
    }

    /// A norm whose scale or normalised values are watched; the same bits as [Normalise].
    record NormaliseOpen(Norm norm, Rows x, Rows scale, Rows out, Watch scales, Watch normalized) implements Step {
        @Override
        public void run(Pass p) {
            run(p, p.rows());
        }

        void run(Pass p, int n) {
            p.ops().normScale(norm, x, scale, n);
            if (scales != null) scales.look(p, scale, n, n, 1);
            p.ops().normalize(norm, x, scale, out, n);
            if (normalized != null) normalized.look(p, out, n, n, out.width());
            p.ops().affine(norm, out, out, n);
        }
    }

    record Linear(Block.Linear linear, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().matmul(linear.weight(), linear.bias(), x, out, p.rows()); }
    }

    record Rotate(Rope rope, Rows heads) implements Step {
        @Override
        public void run(Pass p) { p.ops().rope(rope, p.tokens(), heads, p.rows()); }
    }

    record Store(int layer, Rows keys, Rows values) implements Step {
        @Override
        public void run(Pass p) {
            for (Pass.Segment s : p.segments()) p.ops().store(s.caches()[layer], p.tokens(), s.span(), keys, values);
        }
    }

    /// Attention in one piece: nothing between queries and weighted values can be seen.
    record Attend(Attention attention, int layer, Rows q, Rows z) implements Step {
        @Override
        public void run(Pass p) {
            for (Pass.Segment s : p.segments()) p.ops().attend(attention, s.caches()[layer], p.tokens(), s.span(), q, z);
        }
    }

    /// Attention with its scores and pattern laid open.
    record AttendOpen(Attention attention, int layer, Rows q, Rows z, Watch scores, Watch pattern) implements Step {
        @Override
        public void run(Pass p) {
            for (Pass.Segment s : p.segments()) {
                int queries = s.span().count();
                int keys = s.caches()[layer].slots();
                int n = attention.heads() * queries;
                try (Rows table = p.ops().rows(n, keys)) {
                    p.ops().scores(attention, s.caches()[layer], p.tokens(), s.span(), q, table);
                    if (scores != null) scores.look(p, table, n, attention.heads(), queries, keys);
                    p.ops().softmax(table, n);
                    if (pattern != null) pattern.look(p, table, n, attention.heads(), queries, keys);
                    p.ops().weigh(attention, s.caches()[layer], s.span(), table, z);
                }
            }
        }
    }

    /// Each head's own contribution: the output projection of z with all other heads silenced.
    record HeadResults(Attention attention, Matrix output, Rows z, Watch watch) implements Step {
        @Override
        public void run(Pass p) {
            int n = p.rows();
            int dim = attention.valueDim();
            int width = output.rows();
            float[] all = new float[n * z.width()];
            p.ops().read(z, n, all);
            float[] results = new float[n * attention.heads() * width];
            try (Rows alone = p.ops().rows(n, z.width()); Rows out = p.ops().rows(n, width); Rows together = p.ops().rows(n, attention.heads() * width)) {
                for (int head = 0; head < attention.heads(); head++) {
                    float[] one = new float[all.length];
                    float[] part = new float[n * width];
                    for (int i = 0; i < n; i++) System.arraycopy(all, i * z.width() + head * dim, one, i * z.width() + head * dim, dim);
                    p.ops().write(one, alone, n);
                    p.ops().matmul(output, null, alone, out, n);
                    p.ops().read(out, n, part);
                    for (int i = 0; i < n; i++) System.arraycopy(part, i * width, results, (i * attention.heads() + head) * width, width);
                }
                p.ops().write(results, together, n);
                watch.look(p, together, n, n, attention.heads(), width);
            }
        }
    }

    record Activate(Nonlinearity f, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().activate(f, x, out, p.rows()); }
    }

    record Gate(Nonlinearity f, Rows gate, Rows up, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().gate(f, gate, up, out, p.rows()); }
    }

    record Route(Rows logits) implements Step {
        @Override
        public void run(Pass p) { p.ops().route(logits, p.rows()); }
    }

    record Mix(Experts experts, Routing routing, Rows probabilities, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().experts(experts, routing, probabilities, x, out, p.rows()); }
    }

    record Add(Rows x, Rows to) implements Step {
        @Override
        public void run(Pass p) { p.ops().add(to, x, to, p.rows()); }
    }

    record Scale(Rows x, float factor) implements Step {
        @Override
        public void run(Pass p) { p.ops().scale(x, factor, p.rows()); }
    }

    /// From the residual stream to logits, for the rows that want them.
    record Unembed(Norm norm, Block.Linear head, float softCap, Rows residual, Watch scales, Watch normalized, Watch logits) implements Step {
        @Override
        public void run(Pass p) {
            int n = p.tokens().outputs();
            if (n == 0) return;
            Rows x = p.picked();
            p.ops().pick(p.tokens(), residual, x);
            if (norm != null) normalise(p, x, n);
            p.ops().matmul(head.weight(), head.bias(), x, p.logits(), n);
            if (softCap != 0) p.ops().softCap(p.logits(), softCap, n);
            if (logits != null) logits.look(p, p.logits(), n, n, p.logits().width());
        }

        private void normalise(Pass p, Rows x, int n) {
            if (scales == null && normalized == null) {
                p.ops().norm(norm, x, x, n);
                return;
            }
            try (Rows scale = p.ops().rows(n, 1)) {
                new NormaliseOpen(norm, x, scale, x, scales, normalized).run(p, n);
            }
        }
    }

    /// Probes between two steps.
    record Probed(Watch watch, Rows rows, int[] rowShape) implements Step {
        @Override
        public void run(Pass p) {
            int[] shape = new int[rowShape.length + 1];
            shape[0] = p.rows();
            System.arraycopy(rowShape, 0, shape, 1, rowShape.length);
            watch.look(p, rows, p.rows(), shape);
        }
    }
}
