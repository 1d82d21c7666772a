package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;

/// Every operation in plain loops on the stored weights: the specification of [Ops], the oracle of its contract tests,
/// and what runs where the vector module is missing. Sums run in double precision from first to last; what is stored is float32.
public final class ScalarOps implements HostOps {
    private final Arena weights = Arena.ofShared();
    private final Set<Runnable> allocated = ConcurrentHashMap.newKeySet();

    private final String name;

    /// One thread, whatever the options say; activations are never quantised.
    public ScalarOps(Backend.Options options) { this(options, null); }

    /// @param reason why it is these loops that run, or null where they were asked for
    ScalarOps(Backend.Options options, String reason) {
        Objects.requireNonNull(options);
        name = "scalar, 1 thread" + (reason == null ? "" : " (" + reason + ")");
    }

    @Override
    public String name() { return name; }

    // ---- memory

    @Override
    public Matrix pack(List<Tensor> parts) { return new ScalarMatrix(parts, weights); }

    @Override
    public Rows rows(int capacity, int width) { return HostRows.allocate(capacity, width, allocated); }

    // ---- linear

    @Override
    public void embed(Matrix table, Tokens tokens, Rows out) {
        int[] ids = ((HostTokens) tokens).ids();
        HostRows target = HostRows.live(out, ids.length, table.columns(), "embed");
        float[] row = new float[table.columns()];
        for (int i = 0; i < ids.length; i++) {
            ((ScalarMatrix) table).decodeRow(ids[i], row);
            target.write(i, row);
        }
    }

    @Override
    public void addPositions(Matrix table, Tokens tokens, Rows out) {
        int[] positions = ((HostTokens) tokens).positions();
        HostRows target = HostRows.live(out, positions.length, table.columns(), "addPositions");
        float[] row = new float[table.columns()];
        for (int i = 0; i < positions.length; i++) {
            ((ScalarMatrix) table).decodeRow(positions[i], row);
            for (int column = 0; column < row.length; column++) target.set(i, column, target.get(i, column) + row[column]);
        }
    }

    @Override
    public void matmul(Matrix w, Rows bias, Rows x, Rows out, int n) {
        HostRows addend = bias == null ? null : HostRows.live(bias, 1, w.rows(), "matmul bias");
        HostRows target = HostRows.live(out, n, w.rows(), "matmul out");
        float[][] inputs = copy(HostRows.live(x, n, w.columns(), "matmul x"), n);
        float[] weight = new float[w.columns()];
        for (int row = 0; row < w.rows(); row++) {
            ((ScalarMatrix) w).decodeRow(row, weight);
            for (int i = 0; i < n; i++) {
                double sum = dot(weight, inputs[i]);
                target.set(i, row, (float) (addend == null ? sum : sum + addend.get(0, row)));
            }
        }
    }

    private static float[][] copy(HostRows x, int n) {
        float[][] rows = new float[n][x.width()];
        for (int i = 0; i < n; i++) x.read(i, rows[i]);
        return rows;
    }

    /// Four sums, added at the end: one sum alone would wait for each addition before the next.
    private static double dot(float[] a, float[] b) {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i + 4 <= a.length; i += 4) {
            s0 += (double) a[i] * b[i];
            s1 += (double) a[i + 1] * b[i + 1];
            s2 += (double) a[i + 2] * b[i + 2];
            s3 += (double) a[i + 3] * b[i + 3];
        }
        for (; i < a.length; i++) s0 += (double) a[i] * b[i];
        return s0 + s1 + (s2 + s3);
    }

    // ---- norms

    @Override
    public void norm(Norm norm, Rows x, Rows out, int n) {
        ScalarNorms.norm(norm, HostOps.grouped(norm, x, n), HostRows.live(out, n, x.width(), "norm out"), n);
    }

    @Override
    public void normScale(Norm norm, Rows x, Rows scale, int n) {
        ScalarNorms.normScale(norm, HostOps.grouped(norm, x, n), HostRows.live(scale, n, x.width() / norm.width(), "norm scale"), n);
    }

    @Override
    public void normalize(Norm norm, Rows x, Rows scale, Rows out, int n) {
        HostRows scales = HostRows.live(scale, n, x.width() / norm.width(), "norm scale");
        ScalarNorms.normalize(norm, HostOps.grouped(norm, x, n), scales, HostRows.live(out, n, x.width(), "norm out"), n);
    }

    @Override
    public void affine(Norm norm, Rows x, Rows out, int n) {
        ScalarNorms.affine(norm, HostOps.grouped(norm, x, n), HostRows.live(out, n, x.width(), "norm out"), n);
    }

    // ---- attention

    @Override
    public void rope(Rope rope, Tokens tokens, Rows x, int n) {
        ScalarAttention.rope(rope, ((HostTokens) tokens).positions(), HostRows.live(x, n, "rope"), n);
    }

    @Override
    public void store(Cache cache, Tokens tokens, Span span, Rows keys, Rows values) {
        HostCache host = (HostCache) cache;
        Cache.Shape shape = host.shape();
        host.append((HostTokens) tokens, span,
            HostRows.live(keys, span.end(), shape.kvHeads() * shape.keyDim(), "store keys"),
            HostRows.live(values, span.end(), shape.kvHeads() * shape.valueDim(), "store values"));
    }

    @Override
    public void attend(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows z) {
        ScalarAttention.attend(attention, (HostCache) cache, (HostTokens) tokens, span, HostOps.queries(attention, span, q), HostOps.results(attention, span, z));
    }

    @Override
    public void scores(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows scores) {
        HostRows out = HostRows.live(scores, attention.heads() * span.count(), cache.slots(), "scores");
        ScalarAttention.scores(attention, (HostCache) cache, (HostTokens) tokens, span, HostOps.queries(attention, span, q), out);
    }

    @Override
    public void softmax(Rows scores, int n) { ScalarAttention.softmax(HostRows.live(scores, n, "softmax"), n); }

    @Override
    public void pattern(Attention attention, Span span, Rows scores) {
        ScalarAttention.pattern(attention, span, HostRows.live(scores, attention.heads() * span.count(), "pattern"));
    }

    @Override
    public void weigh(Attention attention, Cache cache, Span span, Rows pattern, Rows z) {
        HostRows weights = HostRows.live(pattern, attention.heads() * span.count(), cache.slots(), "pattern");
        ScalarAttention.weigh(attention, (HostCache) cache, span, weights, HostOps.results(attention, span, z));
    }

    // ---- elementwise

    @Override
    public void activate(Nonlinearity f, Rows x, Rows out, int n) {
        each(x, x, out, n, (value, same) -> f.apply(value));
    }

    @Override
    public void gate(Nonlinearity f, Rows gate, Rows up, Rows out, int n) {
        each(gate, up, out, n, (g, u) -> f.apply(g) * u);
    }

    @Override
    public void add(Rows a, Rows b, Rows out, int n) { each(a, b, out, n, Double::sum); }

    @Override
    public void scale(Rows x, float factor, int n) { each(x, x, x, n, (value, same) -> value * factor); }

    @Override
    public void damp(Rows logits, Rows x, int n) {
        HostRows factors = HostRows.live(logits, n, 1, "damp logits");
        HostRows rows = HostRows.live(x, n, "damp");
        for (int i = 0; i < n; i++)
            for (int column = 0; column < rows.width(); column++)
                rows.set(i, column, (float) (rows.get(i, column) / (1 + Math.exp(-factors.get(i, 0)))));
    }

    @Override
    public void clamp(Rows x, float limit, int n) { each(x, x, x, n, (value, same) -> Math.clamp(value, -limit, limit)); }

    @Override
    public void softCap(Rows x, float cap, int n) { each(x, x, x, n, (value, same) -> cap * Math.tanh(value / cap)); }

    private static void each(Rows a, Rows b, Rows out, int n, DoubleBinaryOperator f) {
        HostRows first = HostRows.live(a, n, "a");
        HostRows second = HostRows.live(b, n, a.width(), "b");
        HostRows target = HostRows.live(out, n, a.width(), "out");
        for (int i = 0; i < n; i++)
            for (int column = 0; column < first.width(); column++)
                target.set(i, column, (float) f.applyAsDouble(first.get(i, column), second.get(i, column)));
    }

    // ---- experts

    @Override
    public void experts(Experts experts, Routing routing, Rows probabilities, Rows x, Rows out, int n) {
        float[][] inputs = copy(HostRows.live(x, n, "experts x"), n);
        double[][] sums = new double[n][out.width()];
        List<Kept> kept = new ArrayList<>();
        for (float[] row : copy(HostRows.live(probabilities, n, experts.count(), "expert probabilities"), n)) kept.add(Kept.of(routing, row));
        for (int expert = 0; expert < experts.count(); expert++)
            for (int i = 0; i < n; i++) {
                float weight = kept.get(i).weight(expert);
                if (weight != 0) addExpert(experts, expert, weight, inputs[i], sums[i]);
            }
        HostRows target = HostRows.live(out, n, x.width(), "experts out");
        for (int i = 0; i < n; i++)
            for (int column = 0; column < target.width(); column++) target.set(i, column, (float) sums[i][column]);
    }

    /// sum += weight · down(gating(gate(x), up(x))) for one token
    private static void addExpert(Experts experts, int expert, float weight, float[] x, double[] sum) {
        float[] gateUp = multiply(experts.gateUp().get(expert), experts.gateUpBias(expert), x);
        float[] hidden = new float[gateUp.length / 2];
        for (int i = 0; i < hidden.length; i++)
            hidden[i] = (float) experts.gating().apply(gateUp[i], gateUp[hidden.length + i]);
        float[] result = multiply(experts.down().get(expert), experts.downBias(expert), hidden);
        for (int i = 0; i < sum.length; i++) sum[i] += (double) weight * result[i];
    }

    private static float[] multiply(Matrix w, Rows bias, float[] x) {
        HostRows addend = bias == null ? null : HostRows.live(bias, 1, w.rows(), "expert bias");
        float[] out = new float[w.rows()];
        float[] weight = new float[w.columns()];
        for (int row = 0; row < out.length; row++) {
            ((ScalarMatrix) w).decodeRow(row, weight);
            out[row] = (float) (addend == null ? dot(weight, x) : dot(weight, x) + addend.get(0, row));
        }
        return out;
    }

    @Override
    public void close() {
        List.copyOf(allocated).forEach(Runnable::run);
        if (weights.scope().isAlive()) weights.close();
    }
}
