package dev.oriel.ops.far;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Cache;
import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rope;
import dev.oriel.ops.Routing;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import dev.oriel.ops.Tensor;
import dev.oriel.ops.Tokens;
import java.lang.foreign.Arena;
import java.util.List;

/// A backend as far away as a graphics card: its handles say nothing but their shapes, and numbers come and go only by transfers, which it counts.
/// Another [Ops] does the arithmetic.
public final class FarOps implements Ops {
    private final Ops inner;
    private int transfersIn;
    private int transfersOut;
    private int packs;

    public FarOps(Ops inner) { this.inner = inner; }

    /// Calls of [#tokens] and [#write] so far.
    public int transfersIn() { return transfersIn; }

    /// Calls of [#read] so far.
    public int transfersOut() { return transfersOut; }

    /// Calls of [#pack] so far.
    public int packs() { return packs; }

    private record FarMatrix(Matrix near) implements Matrix {
        @Override
        public int rows() { return near.rows(); }

        @Override
        public int columns() { return near.columns(); }

        @Override
        public long bytes() { return near.bytes(); }

        @Override
        public String layout() { return "far"; }
    }

    private record FarRows(Rows near) implements Rows {
        @Override
        public int capacity() { return near.capacity(); }

        @Override
        public int width() { return near.width(); }

        @Override
        public Rows columns(int from, int width) { return new FarRows(near.columns(from, width)); }

        @Override
        public Rows rows(int from, int count) { return new FarRows(near.rows(from, count)); }

        @Override
        public void close() { near.close(); }
    }

    private record FarCache(Cache near) implements Cache {
        @Override
        public int slots() { return near.slots(); }

        @Override
        public void rewind(int tokens) { near.rewind(tokens); }

        @Override
        public int earliest() { return near.earliest(); }

        @Override
        public int firstQuery() { return near.firstQuery(); }

        @Override
        public Cache fork() { return new FarCache(near.fork()); }

        @Override
        public Content content(int kvHead, Arena arena) { return near.content(kvHead, arena); }

        @Override
        public void restore(int kvHead, Content content) { near.restore(kvHead, content); }

        @Override
        public long bytes() { return near.bytes(); }

        @Override
        public void close() { near.close(); }
    }

    private record FarTokens(Tokens near) implements Tokens {
        @Override
        public int count() { return near.count(); }

        @Override
        public int outputs() { return near.outputs(); }

        @Override
        public void close() { near.close(); }
    }

    private static Matrix near(Matrix far) { return ((FarMatrix) far).near; }

    private static Rows near(Rows far) { return far == null ? null : ((FarRows) far).near; }

    private static Cache near(Cache far) { return ((FarCache) far).near; }

    private static Tokens near(Tokens far) { return ((FarTokens) far).near; }

    private static Norm near(Norm far) { return new Norm(far.kind(), far.epsilon(), far.width(), near(far.weight()), near(far.bias())); }

    private static Experts near(Experts far) {
        return new Experts(far.gateUp().stream().map(FarOps::near).toList(), near(far.gateUpBias()), far.down().stream().map(FarOps::near).toList(),
            near(far.downBias()), far.gating());
    }

    private static List<Rows> near(List<Rows> far) { return far == null ? null : far.stream().map(FarOps::near).toList(); }

    @Override
    public String name() { return "far " + inner.name(); }

    @Override
    public Matrix pack(List<Tensor> parts) {
        packs++;
        return new FarMatrix(inner.pack(parts));
    }

    @Override
    public Rows rows(int capacity, int width) { return new FarRows(inner.rows(capacity, width)); }

    @Override
    public Cache cache(Cache.Shape shape) { return new FarCache(inner.cache(shape)); }

    @Override
    public Tokens tokens(int[] ids, int[] positions, int[] outputs) {
        transfersIn++;
        return new FarTokens(inner.tokens(ids, positions, outputs));
    }

    @Override
    public void write(float[] from, Rows to, int n) {
        transfersIn++;
        inner.write(from, near(to), n);
    }

    @Override
    public void read(Rows from, int n, float[] to) {
        transfersOut++;
        inner.read(near(from), n, to);
    }

    @Override
    public void embed(Matrix table, Tokens tokens, Rows out) { inner.embed(near(table), near(tokens), near(out)); }

    @Override
    public void addPositions(Matrix table, Tokens tokens, Rows out) { inner.addPositions(near(table), near(tokens), near(out)); }

    @Override
    public void matmul(Matrix w, Rows bias, Rows x, Rows out, int n) { inner.matmul(near(w), near(bias), near(x), near(out), n); }

    @Override
    public void pick(Tokens tokens, Rows x, Rows out) { inner.pick(near(tokens), near(x), near(out)); }

    @Override
    public void norm(Norm norm, Rows x, Rows out, int n) { inner.norm(near(norm), near(x), near(out), n); }

    @Override
    public void normScale(Norm norm, Rows x, Rows scale, int n) { inner.normScale(near(norm), near(x), near(scale), n); }

    @Override
    public void normalize(Norm norm, Rows x, Rows scale, Rows out, int n) { inner.normalize(near(norm), near(x), near(scale), near(out), n); }

    @Override
    public void affine(Norm norm, Rows x, Rows out, int n) { inner.affine(near(norm), near(x), near(out), n); }

    @Override
    public void rope(Rope rope, Tokens tokens, Rows x, int n) { inner.rope(rope, near(tokens), near(x), n); }

    @Override
    public void store(Cache cache, Tokens tokens, Span span, Rows keys, Rows values) {
        inner.store(near(cache), near(tokens), span, near(keys), near(values));
    }

    @Override
    public void attend(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows z) {
        inner.attend(attention, near(cache), near(tokens), span, near(q), near(z));
    }

    @Override
    public void scores(Attention attention, Cache cache, Tokens tokens, Span span, Rows q, Rows scores) {
        inner.scores(attention, near(cache), near(tokens), span, near(q), near(scores));
    }

    @Override
    public void softmax(Rows scores, int n) { inner.softmax(near(scores), n); }

    @Override
    public void pattern(Attention attention, Span span, Rows scores) { inner.pattern(attention, span, near(scores)); }

    @Override
    public void weigh(Attention attention, Cache cache, Span span, Rows pattern, Rows z) {
        inner.weigh(attention, near(cache), span, near(pattern), near(z));
    }

    @Override
    public void activate(Nonlinearity f, Rows x, Rows out, int n) { inner.activate(f, near(x), near(out), n); }

    @Override
    public void gate(Nonlinearity f, Rows gate, Rows up, Rows out, int n) { inner.gate(f, near(gate), near(up), near(out), n); }

    @Override
    public void add(Rows a, Rows b, Rows out, int n) { inner.add(near(a), near(b), near(out), n); }

    @Override
    public void scale(Rows x, float factor, int n) { inner.scale(near(x), factor, n); }

    @Override
    public void spread(Rows x, int xEvery, Rows out, int outEvery, int width, int n) { inner.spread(near(x), xEvery, near(out), outEvery, width, n); }

    @Override
    public void damp(Rows logits, Rows x, int n) { inner.damp(near(logits), near(x), n); }

    @Override
    public void clamp(Rows x, float limit, int n) { inner.clamp(near(x), limit, n); }

    @Override
    public void softCap(Rows x, float cap, int n) { inner.softCap(near(x), cap, n); }

    @Override
    public void route(Rows logits, int n) { inner.route(near(logits), n); }

    @Override
    public void experts(Experts experts, Routing routing, Rows probabilities, Rows x, Rows out, int n) {
        inner.experts(near(experts), routing, near(probabilities), near(x), near(out), n);
    }

    @Override
    public void close() { inner.close(); }
}
