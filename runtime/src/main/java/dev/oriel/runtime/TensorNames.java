package dev.oriel.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How Hugging Face checkpoints of a family name their tensors: canonical (GGUF) name to theirs, `%d` for the layer, `%e` for an expert.
/// A row may say how the stored numbers differ from the canonical form.
final class TensorNames {
    /// How a Hugging Face tensor becomes the canonical one.
    enum Form {
        SAME,
        /// Stored `[in, out]`.
        TRANSPOSED,
        /// Rows are `[head][q, k, v][dim]` instead of q, then k, then v.
        HEADS_INTERLEAVED,
        /// One tensor per expert, stacked here.
        PER_EXPERT
    }

    record Source(String name, Form form) {}

    private static final String BLOCK = "blk.%d.";

    static final TensorNames LLAMA = new TensorNames()
            .add("token_embd", "model.embed_tokens").add("output_norm", "model.norm").add("output", "lm_head")
            .layer("attn_norm", "model.layers.%d.input_layernorm").layer("ffn_norm", "model.layers.%d.post_attention_layernorm")
            .layer("attn_q", "model.layers.%d.self_attn.q_proj").layer("attn_k", "model.layers.%d.self_attn.k_proj")
            .layer("attn_v", "model.layers.%d.self_attn.v_proj").layer("attn_output", "model.layers.%d.self_attn.o_proj")
            .layer("attn_q_norm", "model.layers.%d.self_attn.q_norm").layer("attn_k_norm", "model.layers.%d.self_attn.k_norm")
            .layer("ffn_gate", "model.layers.%d.mlp.gate_proj").layer("ffn_up", "model.layers.%d.mlp.up_proj").layer("ffn_down", "model.layers.%d.mlp.down_proj");

    static final TensorNames GEMMA = new TensorNames(LLAMA)
            .layer("post_attention_norm", "model.layers.%d.post_attention_layernorm").layer("ffn_norm", "model.layers.%d.pre_feedforward_layernorm")
            .layer("post_ffw_norm", "model.layers.%d.post_feedforward_layernorm");

    static final TensorNames MIXTRAL = new TensorNames(LLAMA)
            .layer("ffn_gate_inp", "model.layers.%d.block_sparse_moe.gate")
            .layer("ffn_gate_exps", "model.layers.%d.block_sparse_moe.experts.%e.w1", Form.PER_EXPERT)
            .layer("ffn_up_exps", "model.layers.%d.block_sparse_moe.experts.%e.w3", Form.PER_EXPERT)
            .layer("ffn_down_exps", "model.layers.%d.block_sparse_moe.experts.%e.w2", Form.PER_EXPERT);

    static final TensorNames GPT2 = new TensorNames()
            .add("token_embd", "transformer.wte").add("position_embd", "transformer.wpe").add("output_norm", "transformer.ln_f").add("output", "lm_head")
            .layer("attn_norm", "transformer.h.%d.ln_1").layer("ffn_norm", "transformer.h.%d.ln_2")
            .layer("attn_qkv", "transformer.h.%d.attn.c_attn", Form.TRANSPOSED).layer("attn_output", "transformer.h.%d.attn.c_proj", Form.TRANSPOSED)
            .layer("ffn_up", "transformer.h.%d.mlp.c_fc", Form.TRANSPOSED).layer("ffn_down", "transformer.h.%d.mlp.c_proj", Form.TRANSPOSED);

    static final TensorNames GPT_NEOX = new TensorNames()
            .add("token_embd", "gpt_neox.embed_in").add("output_norm", "gpt_neox.final_layer_norm").add("output", "embed_out")
            .layer("attn_norm", "gpt_neox.layers.%d.input_layernorm").layer("ffn_norm", "gpt_neox.layers.%d.post_attention_layernorm")
            .layer("attn_qkv", "gpt_neox.layers.%d.attention.query_key_value", Form.HEADS_INTERLEAVED)
            .layer("attn_output", "gpt_neox.layers.%d.attention.dense")
            .layer("ffn_up", "gpt_neox.layers.%d.mlp.dense_h_to_4h").layer("ffn_down", "gpt_neox.layers.%d.mlp.dense_4h_to_h");

    private final Map<String, Source> sources;

    private TensorNames() { sources = new HashMap<>(); }

    private TensorNames(TensorNames base) { sources = new HashMap<>(base.sources); }

    private TensorNames add(String canonical, String theirs) {
        sources.put(canonical, new Source(theirs, Form.SAME));
        return this;
    }

    private TensorNames layer(String canonical, String theirs) { return layer(canonical, theirs, Form.SAME); }

    private TensorNames layer(String canonical, String theirs, Form form) {
        sources.put(BLOCK + canonical, new Source(theirs, form));
        return this;
    }

    /// Where canonical tensor `name` (`blk.3.attn_q.weight`) is found, or null where the family has no such tensor.
    Source source(String name) {
        int dot = name.lastIndexOf('.');
        String stem = name.substring(0, dot);
        String layer = "";
        if (stem.startsWith("blk.")) {
            int end = stem.indexOf('.', 4);
            layer = stem.substring(4, end);
            stem = BLOCK + stem.substring(end + 1);
        }
        Source row = sources.get(stem);
        return row == null ? null : new Source(row.name().replace("%d", layer) + name.substring(dot), row.form());
    }

    /// Whether the family's MLP is a mixture of experts.
    boolean hasExperts() { return sources.containsKey(BLOCK + "ffn_gate_inp"); }

    /// Every canonical name a model of `layers` blocks may have.
    List<String> all(int layers) {
        List<String> names = new ArrayList<>();
        for (String stem : sources.keySet().stream().sorted().toList())
            for (int layer = 0; layer < (stem.startsWith(BLOCK) ? layers : 1); layer++)
                for (String suffix : List.of(".weight", ".bias")) names.add(stem.replace("%d", Integer.toString(layer)) + suffix);
        return names;
    }
}
