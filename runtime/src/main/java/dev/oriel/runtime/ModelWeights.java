package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rows;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The weights a model computes with, dequantised, under TransformerLens' names and in its shapes: `blocks.3.attn.W_Q` is `[head, d_model, d_head]`.
/// Where a file rotates neighbouring pairs, query and key rows stand in the order of the sites. Norm weights are as they multiply (the 1 of Gemma included); nothing is folded.
public final class ModelWeights {
    private final Hyper hyper;
    private final Engine engine;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(int[] shape, Reader reader) {}

    private interface Reader {
        float[] read();
    }

    ModelWeights(Hyper hyper, Engine engine) {
        this.hyper = hyper;
        this.engine = engine;
        Parameters p = engine.parameters();
        add("embed.W_E", () -> embedding(0, hyper.vocabulary()), hyper.vocabulary(), hyper.width());
        if (p.positions() != null) add("pos_embed.W_pos", () -> engine.weights(p.positions(), 0, p.positions().rows()), p.positions().rows(), hyper.width());
        for (int layer = 0; layer < p.blocks().size(); layer++) block(layer, p.blocks().get(layer));
        norm("ln_final", p.finalNorm());
        if (p.head() == null) return;
        add("unembed.W_U", () -> transposed(unembedding(0, hyper.vocabulary()), hyper.vocabulary()), hyper.width(), hyper.vocabulary());
        vector("unembed.b_U", p.head().bias(), hyper.vocabulary());
    }

    /// All names, in the order in which a pass comes by.
    public Set<String> names() { return Collections.unmodifiableSet(entries.keySet()); }

    /// Whether the model has a weight of this name.
    public boolean has(String name) { return entries.containsKey(name); }

    public int[] shape(String name) { return entry(name).shape.clone(); }

    /// All numbers of a weight, row-major.
    public float[] get(String name) { return entry(name).reader.read(); }

    /// Rows of `W_E` for `count` token ids from `first` on, `[id, d_model]`, not scaled.
    public float[] embedding(int first, int count) { return engine.weights(engine.parameters().embedding(), first, count); }

    /// Columns of `W_U` for `count` token ids from `first` on, as rows: `[id, d_model]`.
    public float[] unembedding(int first, int count) { return engine.weights(engine.parameters().head().weight(), first, count); }

    /// One head's `W_Q`: `[d_model, d_head]`.
    public float[] query(int layer, int head) { return heads(layer, 0, hyper.attention().keyDim(), head, hyper.attention().heads()); }

    /// One key-value head's `W_K`: `[d_model, d_head]`.
    public float[] key(int layer, int kvHead) { return heads(layer, queries(), hyper.attention().keyDim(), kvHead, hyper.attention().kvHeads()); }

    /// One key-value head's `W_V`: `[d_model, d_head]`.
    public float[] value(int layer, int kvHead) { return heads(layer, queries() + keys(), hyper.attention().valueDim(), kvHead, hyper.attention().kvHeads()); }

    /// One head's `W_O`: `[d_head, d_model]`.
    public float[] output(int layer, int head) {
        requireBelow("head", head, hyper.attention().heads());
        int count = hyper.attention().valueDim() * hyper.width();
        return Arrays.copyOfRange(outputs(layer), head * count, (head + 1) * count);
    }

    /// `[head, d_head, d_model]`
    private float[] outputs(int layer) { return transposed(engine.weights(block(layer).output().weight(), 0, hyper.width()), hyper.width()); }

    private void block(int layer, Block block) {
        String at = "blocks." + layer + ".";
        var a = hyper.attention();
        norm(at + "ln1", block.attentionNorm());
        if (block.qkv() != null) qkv(layer, at, block, a);
        norm(at + "attn.q_norm", block.queryNorm());
        norm(at + "attn.k_norm", block.keyNorm());
        add(at + "attn.W_O", () -> outputs(layer), a.heads(), a.valueDim(), hyper.width());
        vector(at + "attn.b_O", block.output().bias(), hyper.width());
        norm(at + "ln1_post", block.postAttentionNorm());
        norm(at + "ln2", block.mlpNorm());
        mlp(at + "mlp.", block.mlp());
        norm(at + "ln2_post", block.postMlpNorm());
    }

    /// Absent where queries, keys and values come by way of a latent: no one matrix makes them.
    private void qkv(int layer, String at, Block block, Attention a) {
        add(at + "attn.W_Q", () -> each(a.heads(), head -> query(layer, head)), a.heads(), hyper.width(), a.keyDim());
        add(at + "attn.W_K", () -> each(a.kvHeads(), head -> key(layer, head)), a.kvHeads(), hyper.width(), a.keyDim());
        add(at + "attn.W_V", () -> each(a.kvHeads(), head -> value(layer, head)), a.kvHeads(), hyper.width(), a.valueDim());
        if (block.qkv().bias() != null) {
            add(at + "attn.b_Q", () -> part(block.qkv().bias(), 0, queries()), a.heads(), a.keyDim());
            add(at + "attn.b_K", () -> part(block.qkv().bias(), queries(), keys()), a.kvHeads(), a.keyDim());
            add(at + "attn.b_V", () -> part(block.qkv().bias(), queries() + keys(), values()), a.kvHeads(), a.valueDim());
        }
    }

    private void mlp(String at, Block.Mlp mlp) {
        int hidden = hyper.feedForward();
        switch (mlp) {
            case Block.Plain plain -> {
                linear(at + "W_in", plain.up(), 0, hidden);
                vector(at + "b_in", plain.up().bias(), hidden);
                linear(at + "W_out", plain.down(), 0, hyper.width());
                vector(at + "b_out", plain.down().bias(), hyper.width());
            }
            case Block.Gated gated -> {
                linear(at + "W_gate", gated.gateUp(), 0, hidden);
                linear(at + "W_in", gated.gateUp(), hidden, hidden);
                linear(at + "W_out", gated.down(), 0, hyper.width());
                vector(at + "b_out", gated.down().bias(), hyper.width());
            }
            case Block.Mixture mixture -> {
                linear(at + "W_gate", mixture.router(), 0, hyper.experts());
                int inner = mixture.experts().feedForward();
                for (int e = 0; e < hyper.experts(); e++) {
                    linear(at + "experts." + e + ".W_gate", new Block.Linear(mixture.experts().gateUp().get(e), null), 0, inner);
                    linear(at + "experts." + e + ".W_in", new Block.Linear(mixture.experts().gateUp().get(e), null), inner, inner);
                    linear(at + "experts." + e + ".W_out", new Block.Linear(mixture.experts().down().get(e), null), 0, hyper.width());
                }
            }
        }
    }

    /// Rows `[from, from + count)` of a product, as its columns.
    private void linear(String name, Block.Linear linear, int from, int count) {
        add(name, () -> transposed(engine.weights(linear.weight(), from, count), count), linear.weight().columns(), count);
    }

    private void norm(String name, Norm norm) {
        if (norm == null) return;
        vector(name + ".w", norm.weight(), norm.width());
        vector(name + ".b", norm.bias(), norm.width());
    }

    private void vector(String name, Rows values, int length) { if (values != null) add(name, () -> engine.vector(values), length); }

    private void add(String name, Reader reader, int... shape) { entries.put(name, new Entry(shape, reader)); }

    private float[] part(Rows values, int from, int count) { return Arrays.copyOfRange(engine.vector(values), from, from + count); }

    private float[] heads(int layer, int from, int dim, int head, int heads) {
        requireBelow("head", head, heads);
        if (block(layer).qkv() == null) throw new ModelException("this model makes queries, keys and values of a latent; no one matrix makes them");
        return transposed(engine.weights(block(layer).qkv().weight(), from + head * dim, dim), dim);
    }

    private interface PerHead {
        float[] of(int head);
    }

    private static float[] each(int heads, PerHead reader) {
        float[] all = null;
        for (int head = 0; head < heads; head++) {
            float[] one = reader.of(head);
            if (all == null) all = new float[Math.multiplyExact(heads, one.length)];
            System.arraycopy(one, 0, all, head * one.length, one.length);
        }
        return all;
    }

    private static float[] transposed(float[] values, int rows) {
        int columns = values.length / rows;
        float[] out = new float[values.length];
        for (int i = 0; i < rows; i++) for (int j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
        return out;
    }

    private int queries() { return hyper.attention().heads() * hyper.attention().keyDim(); }

    private int keys() { return hyper.attention().kvHeads() * hyper.attention().keyDim(); }

    private int values() { return hyper.attention().kvHeads() * hyper.attention().valueDim(); }

    private Block block(int layer) {
        requireBelow("layer", layer, engine.parameters().blocks().size());
        return engine.parameters().blocks().get(layer);
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) throw new ModelException("this model has no weight " + name + "; it has " + String.join(", ", entries.keySet()));
        return entry;
    }

    private static void requireBelow(String what, int value, int end) {
        if (value < 0 || value >= end) throw new ModelException(what + ": expected 0.." + (end - 1) + ", found " + value);
    }
}
