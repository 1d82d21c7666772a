package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.List;

/// All weights of a model, packed.
///
/// @param embedding `[vocabulary, width]`
/// @param positions learned position embeddings `[context, width]`, or null
/// @param blocks    in order
/// @param finalNorm before the head
/// @param head      `[vocabulary, width]`; the embedding itself where it is tied
record Parameters(Matrix embedding, Matrix positions, List<Block> blocks, Norm finalNorm, Block.Linear head) {

    static Parameters pack(Hyper hyper, Weights weights, Ops ops) { return new Packer(hyper, weights, ops).all(); }

    /// Reads canonical tensors block by block; a feature is a tensor that is present.
    private record Packer(Hyper hyper, Weights weights, Ops ops) {

        Parameters all() {
            Matrix embedding = ops.pack(List.of(weights.matrix("token_embd.weight", hyper.vocabulary(), hyper.width())));
            Matrix positions = null;
            if (weights.has("position_embd.weight"))
                positions = ops.pack(List.of(weights.matrix("position_embd.weight", hyper.contextLength(), hyper.width())));
            List<Block> blocks = new ArrayList<>();
            for (int layer = 0; layer < hyper.layers().size(); layer++) blocks.add(block("blk." + layer + ".", hyper.layers().get(layer)));
            Block.Linear head = weights.has("output.weight") ? linear("output", hyper.vocabulary(), hyper.width())
                    : new Block.Linear(embedding, bias("output.bias", hyper.vocabulary()));
            return new Parameters(embedding, positions, List.copyOf(blocks), norm("output_norm", hyper.width()), head);
        }

        private Block block(String at, Hyper.Layer layer) {
            int width = hyper.width();
            var a = layer.attention();
            return new Block(norm(at + "attn_norm", width), qkv(at, layer), norm(at + "attn_q_norm", a.keyDim()), norm(at + "attn_k_norm", a.keyDim()),
                    linear(at + "attn_output", width, a.heads() * a.valueDim()), norm(at + "post_attention_norm", width), norm(at + "ffn_norm", width), mlp(at),
                    norm(at + "post_ffw_norm", width));
        }

        private Block.Linear qkv(String at, Hyper.Layer layer) {
            var a = layer.attention();
            int width = hyper.width();
            int queries = a.heads() * a.keyDim();
            int keys = a.kvHeads() * a.keyDim();
            int values = a.kvHeads() * a.valueDim();
            if (weights.has(at + "attn_qkv.weight")) return linear(at + "attn_qkv", queries + keys + values, width);
            Matrix weight = ops.pack(List.of(weights.heads(at + "attn_q.weight", hyper, a.heads(), a.keyDim(), width),
                    weights.heads(at + "attn_k.weight", hyper, a.kvHeads(), a.keyDim(), width), weights.matrix(at + "attn_v.weight", values, width)));
            float[] bias = joined(queries + keys + values, new float[][] {
                    weights.headsVector(at + "attn_q.bias", hyper, a.heads(), a.keyDim()).orElse(null),
                    weights.headsVector(at + "attn_k.bias", hyper, a.kvHeads(), a.keyDim()).orElse(null),
                    weights.optionalVector(at + "attn_v.bias", values).orElse(null)}, queries, keys, values);
            return new Block.Linear(weight, constant(bias));
        }

        private Block.Mlp mlp(String at) {
            int width = hyper.width();
            int hidden = hyper.feedForward();
            if (weights.has(at + "ffn_gate_inp.weight")) return new Block.Mixture(linear(at + "ffn_gate_inp", hyper.experts(), width), experts(at));
            Block.Linear down = linear(at + "ffn_down", width, hidden);
            if (!weights.has(at + "ffn_gate.weight")) return new Block.Plain(linear(at + "ffn_up", hidden, width), down);
            Matrix gateUp = ops.pack(List.of(weights.matrix(at + "ffn_gate.weight", hidden, width), weights.matrix(at + "ffn_up.weight", hidden, width)));
            float[] bias = joined(2 * hidden, new float[][] {weights.optionalVector(at + "ffn_gate.bias", hidden).orElse(null),
                    weights.optionalVector(at + "ffn_up.bias", hidden).orElse(null)}, hidden, hidden);
            return new Block.Gated(new Block.Linear(gateUp, constant(bias)), down);
        }

        private Experts experts(String at) {
            if (hyper.routing().isEmpty()) throw new ModelException("the file has experts (" + at + "ffn_gate_inp) but its metadata gives no expert count");
            int width = hyper.width();
            int hidden = hyper.feedForward();
            List<Matrix> gateUp = new ArrayList<>();
            List<Matrix> down = new ArrayList<>();
            for (int e = 0; e < hyper.experts(); e++) {
                Tensor gate = weights.expert(at + "ffn_gate_exps.weight", e, hyper.experts(), hidden, width);
                Tensor up = weights.expert(at + "ffn_up_exps.weight", e, hyper.experts(), hidden, width);
                gateUp.add(ops.pack(List.of(gate, up)));
                down.add(ops.pack(List.of(weights.expert(at + "ffn_down_exps.weight", e, hyper.experts(), width, hidden))));
            }
            return new Experts(gateUp, down, hyper.nonlinearity());
        }

        private Block.Linear linear(String name, int rows, int columns) {
            return new Block.Linear(ops.pack(List.of(weights.matrix(name + ".weight", rows, columns))), bias(name + ".bias", rows));
        }

        private Norm norm(String name, int width) {
            if (!weights.has(name + ".weight")) return null;
            return new Norm(hyper.norm(), hyper.epsilon(), width, constant(weights.norm(name + ".weight", width)), bias(name + ".bias", width));
        }

        private Rows bias(String name, int length) { return constant(weights.optionalVector(name, length).orElse(null)); }

        private Rows constant(float[] values) {
            if (values == null) return null;
            Rows rows = ops.rows(1, values.length);
            ops.write(values, rows, 1);
            return rows;
        }

        /// One vector out of parts, absent parts zero; null where all are absent.
        private static float[] joined(int length, float[][] parts, int... lengths) {
            float[] out = null;
            int from = 0;
            for (int i = 0; i < parts.length; i++) {
                if (parts[i] != null) {
                    if (out == null) out = new float[length];
                    System.arraycopy(parts[i], 0, out, from, lengths[i]);
                }
                from += lengths[i];
            }
            return out;
        }
    }
}
