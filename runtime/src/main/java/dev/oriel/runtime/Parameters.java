package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Attention;
import dev.oriel.ops.Experts;
import dev.oriel.ops.Matrix;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// All weights of a model, packed.
///
/// @param embedding     `[vocabulary, width]`
/// @param positions     learned position embeddings `[context, width]`, or null
/// @param types         embeddings of token types `[types, width]`, or null
/// @param embeddingNorm over the embeddings, or null
/// @param blocks        in order
/// @param finalNorm     before the head
/// @param transform     between final norm and head, or null
/// @param head          `[vocabulary, width]`; the embedding itself where it is tied; null where the file holds an encoder alone
/// @param bytes         of all packed matrices
record Parameters(Matrix embedding, Matrix positions, Matrix types, Norm embeddingNorm, List<Block> blocks, Norm finalNorm, Block.Transform transform, Block.Linear head, long bytes) {

    static Parameters pack(Hyper hyper, Weights weights, Ops ops) { return new Packer(hyper, weights, ops, new AtomicLong()).all(); }

    /// Reads canonical tensors block by block; a feature is a tensor that is present.
    private record Packer(Hyper hyper, Weights weights, Ops ops, AtomicLong bytes) {
        private static final float LATENT_EPSILON = 1e-6f;

        Parameters all() {
            Matrix embedding = pack(weights.matrix("token_embd.weight", hyper.vocabulary(), hyper.width()));
            // The largest first: what is packed and what is still mapped then never take up more memory than all that is packed in the end.
            Block.Linear head = head(embedding);
            List<Block> blocks = new ArrayList<>();
            for (int layer = 0; layer < hyper.layers().size(); layer++) blocks.add(block("blk." + layer + ".", hyper.layers().get(layer)));
            Matrix positions = weights.has("position_embd.weight") ? positions() : null;
            Matrix types = weights.has("token_types.weight") ? types() : null;
            Block.Transform transform = transform();
            return new Parameters(embedding, positions, types, norm("token_embd_norm", hyper.width()), List.copyOf(blocks), norm("output_norm", hyper.width()), transform, head,
                    bytes.get());
        }

        private Matrix pack(Tensor... parts) {
            Matrix packed = ops.pack(List.of(parts), weights::done);
            weights.packed();
            bytes.addAndGet(packed.bytes());
            return packed;
        }

        /// Without the rows that stand before the first position.
        private Matrix positions() {
            int before = weights.rowsBeforePositions();
            Tensor all = weights.matrix("position_embd.weight", hyper.contextLength() + before, hyper.width());
            return pack(all.rows(before, hyper.contextLength()));
        }

        private Matrix types() {
            Tensor types = weights.any("token_types.weight");
            return pack(weights.matrix("token_types.weight", Math.toIntExact(types.rows()), hyper.width()));
        }

        /// A model that sorts texts into classes has the same tensors for that, or none for tokens.
        private boolean ofClasses() { return weights.has(TextHead.OUTPUT) && !weights.has("output.weight"); }

        private Block.Transform transform() {
            if (!weights.has("mlm_dense.weight") || ofClasses()) return null;
            return new Block.Transform(linear("mlm_dense", hyper.width(), hyper.width()), hyper.headNonlinearity(), norm("mlm_norm", hyper.width()));
        }

        private Block.Linear head(Matrix embedding) {
            if (weights.has("output.weight")) return linear("output", hyper.vocabulary(), hyper.width());
            if (ofClasses()) return null;
            boolean encoder = !hyper.attention().causal();
            if (encoder && !weights.has("mlm_dense.weight")) return null;
            Matrix weight = weights.headStandsAlone() ? pack(weights.untiedHead(hyper.vocabulary(), hyper.width())) : embedding;
            return new Block.Linear(weight, bias("output.bias", hyper.vocabulary()));
        }

        private Block block(String at, Hyper.Layer layer) {
            int width = hyper.width();
            var a = layer.attention();
            // GGUF calls Falcon's norm before attention the second one, where the MLP has a norm of its own.
            boolean two = weights.has(at + "attn_norm_2.weight");
            return new Block(norm(at + (two ? "attn_norm_2" : "attn_norm"), width), hyper.latent().isPresent() ? null : qkv(at, layer),
                    hyper.latent().map(latent -> latent(at, a, latent)).orElse(null), headNorm(at + "attn_q_norm", a.heads(), a.keyDim()),
                    headNorm(at + "attn_k_norm", a.kvHeads(), a.keyDim()), weights.optionalVector(at + "attn_sinks.weight", a.heads()).orElse(null), linear(at + "attn_output", width, a.heads() * a.valueDim()),
                    norm(at + "post_attention_norm", width), norm(at + "attn_output_norm", width), norm(at + (two ? "attn_norm" : "ffn_norm"), width), mlp(at, layer), norm(at + "post_ffw_norm", width), norm(at + "layer_output_norm", width));
        }

        private Block.Linear qkv(String at, Hyper.Layer layer) {
            var a = layer.attention();
            int width = hyper.width();
            int queries = a.heads() * a.keyDim();
            int keys = a.kvHeads() * a.keyDim();
            int values = a.kvHeads() * a.valueDim();
            if (weights.has(at + "attn_qkv.weight")) return linear(at + "attn_qkv", queries + keys + values, width);
            Matrix weight = pack(weights.matrix(at + "attn_q.weight", queries, width), weights.matrix(at + "attn_k.weight", keys, width),
                    weights.matrix(at + "attn_v.weight", values, width));
            float[] bias = joined(queries + keys + values, new float[][] {weights.optionalVector(at + "attn_q.bias", queries).orElse(null),
                    weights.optionalVector(at + "attn_k.bias", keys).orElse(null), weights.optionalVector(at + "attn_v.bias", values).orElse(null)}, queries, keys, values);
            return new Block.Linear(weight, constant(bias));
        }

        private Block.Latent latent(String at, Attention a, Hyper.Latent latent) {
            int width = hyper.width();
            int rank = latent.queryRank();
            boolean direct = rank == 0;
            int queries = a.heads() * a.keyDim();
            Block.Linear up = weights.has(at + "attn_kv_b.weight") ? linear(at + "attn_kv_b", a.heads() * (a.keyDim() - latent.ropeDim() + a.valueDim()), latent.rank())
                    : new Block.Linear(pack(weights.keysAndValues(at, a, latent)), null);
            return new Block.Latent(direct ? null : linear(at + "attn_q_a", rank, width), direct ? null : latentNorm(at + "attn_q_a_norm", rank),
                    direct ? linear(at + "attn_q", queries, width) : linear(at + "attn_q_b", queries, rank), linear(at + "attn_kv_a_mqa", latent.rank() + latent.ropeDim(), width),
                    latentNorm(at + "attn_kv_a_norm", latent.rank()), up);
        }

        /// These norms have an epsilon of their own, which no file says.
        private Norm latentNorm(String name, int width) { return new Norm(hyper.norm(), LATENT_EPSILON, width, constant(weights.norm(name + ".weight", width)), null); }

        private Block.Mlp mlp(String at, Hyper.Layer layer) {
            int hidden = layer.feedForward();
            if (!weights.has(at + "ffn_gate_inp.weight")) return dense(at, "", hidden);
            Hyper.Mixture mixture = hyper.mixture()
                    .orElseThrow(() -> new ModelException("the file has experts (" + at + "ffn_gate_inp) but its metadata gives no expert count"));
            Block.Gated shared = hidden == 0 ? null : gated(at, "_shexp", hidden);
            Block.Linear sharedGate = weights.has(at + "ffn_gate_inp_shexp.weight") ? linear(at + "ffn_gate_inp_shexp", 1, hyper.width()) : null;
            return new Block.Mixture(linear(at + "ffn_gate_inp", mixture.experts(), hyper.width()), weights.optionalVector(at + "exp_probs_b.bias", mixture.experts()).orElse(null), experts(at, mixture), shared, sharedGate);
        }

        /// Gate and up lie in one tensor, the gate's rows first, where it has twice the rows.
        private Block.Mlp dense(String at, String kind, int hidden) {
            boolean both = weights.any(at + "ffn_up" + kind + ".weight").elements() == 2L * hidden * hyper.width();
            if (both) return new Block.Gated(linear(at + "ffn_up" + kind, 2 * hidden, hyper.width()), linear(at + "ffn_down" + kind, hyper.width(), hidden));
            if (weights.has(at + "ffn_gate" + kind + ".weight")) return gated(at, kind, hidden);
            return new Block.Plain(linear(at + "ffn_up" + kind, hidden, hyper.width()), linear(at + "ffn_down" + kind, hyper.width(), hidden));
        }

        private Block.Gated gated(String at, String kind, int hidden) {
            String gate = at + "ffn_gate" + kind;
            String up = at + "ffn_up" + kind;
            Matrix gateUp = pack(weights.matrix(gate + ".weight", hidden, hyper.width()), weights.matrix(up + ".weight", hidden, hyper.width()));
            float[] bias = joined(2 * hidden, new float[][] {weights.optionalVector(gate + ".bias", hidden).orElse(null),
                    weights.optionalVector(up + ".bias", hidden).orElse(null)}, hidden, hidden);
            return new Block.Gated(new Block.Linear(gateUp, constant(bias)), linear(at + "ffn_down" + kind, hyper.width(), hidden));
        }

        private Experts experts(String at, Hyper.Mixture mixture) {
            int width = hyper.width();
            int hidden = mixture.feedForward();
            int count = mixture.experts();
            List<Matrix> gateUp = new ArrayList<>();
            List<Matrix> down = new ArrayList<>();
            for (int e = 0; e < count; e++)
                try (Arena passing = Arena.ofShared()) {
                    gateUp.add(pack(weights.expert(at + "ffn_gate_exps.weight", e, count, hidden, width, passing),
                            weights.expert(at + "ffn_up_exps.weight", e, count, hidden, width, passing)));
                    down.add(pack(weights.expert(at + "ffn_down_exps.weight", e, count, width, hidden, passing)));
                }
            float[] gateBias = weights.expertVectors(at + "ffn_gate_exps.bias", count, hidden).orElse(null);
            float[] upBias = weights.expertVectors(at + "ffn_up_exps.bias", count, hidden).orElse(null);
            float[] downBias = weights.expertVectors(at + "ffn_down_exps.bias", count, width).orElse(null);
            return new Experts(gateUp, gateBias == null && upBias == null ? null : biases(count, e -> joined(2 * hidden,
                    new float[][] {part(gateBias, e, hidden), part(upBias, e, hidden)}, hidden, hidden)), down, downBias == null ? null : biases(count, e -> part(downBias, e, width)), mixture.gating());
        }

        private List<Rows> biases(int experts, IntFunction<float[]> each) { return IntStream.range(0, experts).mapToObj(e -> constant(each.apply(e))).toList(); }

        private static float[] part(float[] all, int index, int length) { return all == null ? null : Arrays.copyOfRange(all, index * length, (index + 1) * length); }

        /// A norm of queries or keys: of each head with one weight for all, of each head with its own (a matrix in the file), or of all heads as one row.
        private Norm headNorm(String name, int heads, int headDim) {
            if (!weights.has(name + ".weight")) return null;
            Tensor stored = weights.any(name + ".weight");
            int all = heads * headDim;
            boolean own = weights.inParts(name + ".weight") || stored.shape().length == 2;
            if (!own && stored.elements() == headDim) return norm(name, headDim);
            return new Norm(hyper.norm(), hyper.epsilon(), own ? headDim : all, constant(weights.norm(name + ".weight", all)), bias(name + ".bias", all));
        }

        private Block.Linear linear(String name, int rows, int columns) {
            return new Block.Linear(pack(weights.matrix(name + ".weight", rows, columns)), bias(name + ".bias", rows));
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
