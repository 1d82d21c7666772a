package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.util.Arrays;

/// A model's head on vectors that do not come from a pass.
record Head(Engine engine, Hyper hyper, Parameters parameters, Ops ops) {
    /// Vectors that go through side by side: their logits are long.
    private static final int VECTORS = 32;

    private interface Reading {
        void apply(Rows x, Rows logits, int count);
    }

    /// Logits of residual vectors.
    float[][] unembed(float[][] residuals) {
        requireWidth("unembed", residuals);
        return read(residuals, (x, y, n) -> {
            Norm norm = parameters.finalNorm();
            if (norm != null) ops.norm(norm, x, x, n);
            if (parameters.transform() != null) parameters.transform().run(ops, x, n);
            ops.matmul(parameters.head().weight(), parameters.head().bias(), x, y, n);
            Step.Unembed.finish(ops, hyper.scales(), y, n);
        });
    }

    /// Products of vectors with the head's matrix.
    float[][] project(float[][] vectors) {
        requireWidth("project", vectors);
        return read(vectors, (x, y, n) -> ops.matmul(parameters.head().weight(), null, x, y, n));
    }

    private void requireWidth(String what, float[][] vectors) {
        for (float[] vector : vectors)
            if (vector.length != hyper.width()) throw new ModelException(what + ": expected " + hyper.width() + " numbers, found " + vector.length);
    }

    private float[][] read(float[][] vectors, Reading reading) {
        engine.requireHead();
        return engine.exclusively(() -> {
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
}
