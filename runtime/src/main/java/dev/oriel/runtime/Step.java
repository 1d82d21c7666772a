package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import dev.oriel.ops.Rows;

/// One operation of a plan, its weights and buffers bound. Steps run in order; shapes are in [Scratch] and [Block].
sealed interface Step permits OpenStep, Step.Embed, Step.AddPositions, Step.AddTypes, Step.Clear, Step.Resume, Step.Normalise, Step.AddNormalise, Step.Linear, Step.Rotate, Step.Store, Step.Attend, Step.Activate,
        Step.Gate, Step.Damp, Step.Clamp, Step.Spread, Step.Route, Step.Mix, Step.Add, Step.Scale, Step.Finish, Step.Unembed {
    void run(Pass pass);

    record Embed(Matrix table, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().embed(table, p.tokens(), out); }
    }

    record AddPositions(Matrix table, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().addPositions(table, p.tokens(), out); }
    }

    record AddTypes(Matrix table, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().addPositions(table, p.types(), out); }
    }

    record Clear(Rows rows) implements Step {
        @Override
        public void run(Pass p) { p.ops().write(new float[p.rows() * rows.width()], rows, p.rows()); }
    }

    /// The residual stream that a run brings along, in place of everything before.
    record Resume(Rows out) implements Step {
        @Override
        public void run(Pass p) {
            for (Pass.Segment s : p.segments())
                p.ops().write(s.input().start().orElseThrow().residual().toArray(), out.rows(s.span().first(), s.span().count()), s.span().count());
        }
    }

    /// A norm in one piece.
    record Normalise(Norm norm, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().norm(norm, x, out, p.rows()); }
    }

    /// A sum and a norm of it in one.
    record AddNormalise(Rows more, Norm norm, Rows x, Rows out) implements Step {
        @Override
        public void run(Pass p) { p.ops().addNorm(more, norm, x, out, p.rows()); }
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
            for (Pass.Segment s : p.segments()) p.ops().store(s.cache(layer), p.tokens(), s.span(), keys, values);
        }
    }

    /// Attention in one piece: nothing between queries and weighted values can be seen.
    record Attend(Attention attention, int layer, Rows q, Rows z) implements Step {
        @Override
        public void run(Pass p) {
            for (Pass.Segment s : p.segments()) p.ops().attend(attention, s.cache(layer), p.tokens(), s.span(), q, z);
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

    record Damp(Rows logits, Rows x) implements Step {
        @Override
        public void run(Pass p) { p.ops().damp(logits, x, p.rows()); }
    }

    record Clamp(Rows x, float limit) implements Step {
        @Override
        public void run(Pass p) { p.ops().clamp(x, limit, p.rows()); }
    }

    record Spread(Rows x, int xEvery, Rows out, int outEvery, int width) implements Step {
        @Override
        public void run(Pass p) { p.ops().spread(x, xEvery, out, outEvery, width, p.rows()); }
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

    /// The final norm, for the rows that want logits or are themselves wanted.
    record Finish(Norm norm, Rows residual, Watch scales, Watch normalized) implements Step {
        @Override
        public void run(Pass p) {
            int n = p.tokens().outputs();
            if (n == 0) return;
            Rows x = p.picked();
            p.ops().pick(p.tokens(), residual, x);
            if (norm == null) return;
            if (scales == null && normalized == null) {
                p.ops().norm(norm, x, x, n);
                return;
            }
            try (Rows scale = p.ops().rows(n, 1)) {
                p.ops().normScale(norm, x, scale, n);
                if (scales != null) scales.lookAtOutputs(p, scale);
                p.ops().normalize(norm, x, scale, x, n);
                if (normalized != null) normalized.lookAtOutputs(p, x);
                p.ops().affine(norm, x, x, n);
            }
        }
    }

    /// From there to logits.
    record Unembed(Block.Transform transform, Block.Linear head, Hyper.Scales constants, Watch logits) implements Step {
        @Override
        public void run(Pass p) {
            int n = p.tokens().outputs();
            if (n == 0) return;
            Rows x = p.picked();
            if (transform != null) transform.run(p.ops(), x, n);
            p.ops().matmul(head.weight(), head.bias(), x, p.logits(), n);
            if (logits != null) logits.lookAtOutputs(p, p.logits());
            finish(p.ops(), constants, p.logits(), n);
        }

        /// What comes after the product.
        static void finish(Ops ops, Hyper.Scales constants, Rows logits, int n) {
            if (constants.logits() != 1) ops.scale(logits, constants.logits(), n);
            if (constants.softCap() != 0) ops.softCap(logits, constants.softCap(), n);
        }
    }
}
