package dev.oriel.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How Hugging Face checkpoints of a family name their tensors: canonical (GGUF) name to theirs, `%d` for the layer, `%e` for an expert.
/// A row may say how the stored numbers differ from the canonical form.
final class TensorNames {
    /// How a Hugging Face tensor becomes the canonical one.
    enum Form {
        SAME,
        /// Stored `[in, out]`.
        TRANSPOSED,
        /// Rows are `[key-value head][its queries, key, value][dim]` instead of q, then k, then v.
        GROUPS_INTERLEAVED,
        /// One tensor per expert or head, stacked here.
        PARTS,
        /// Keys and values that are made of a latent, which GGUF keeps apart.
        KEYS_AND_VALUES,
        /// Experts stored `[expert, in, out]`, of which all columns, or the even or odd ones, are meant ([FusedExperts]).
        COLUMNS, EVEN_COLUMNS, ODD_COLUMNS;

        /// Whether all experts of a layer are in one tensor, in another order than GGUF's.
        boolean fused() { return this == COLUMNS || this == EVEN_COLUMNS || this == ODD_COLUMNS; }
    }

    record Source(String name, Form form) {}

    private static final String BLOCK = "blk.%d.";
    /// Ends a name to which no `.weight` is added, and `_bias` instead of `.bias`.
    private static final String BARE = "*";

    static final TensorNames LLAMA = new TensorNames()
            .add("token_embd", "model.embed_tokens").add("output_norm", "model.norm").add("output", "lm_head").add("cls.output", "score")
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
            .layer("ffn_gate_exps", "model.layers.%d.block_sparse_moe.experts.%e.w1", Form.PARTS)
            .layer("ffn_up_exps", "model.layers.%d.block_sparse_moe.experts.%e.w3", Form.PARTS)
            .layer("ffn_down_exps", "model.layers.%d.block_sparse_moe.experts.%e.w2", Form.PARTS);

    static final TensorNames GPT2 = new TensorNames()
            .add("token_embd", "transformer.wte").add("position_embd", "transformer.wpe").add("output_norm", "transformer.ln_f").add("output", "lm_head").add("cls.output", "score")
            .layer("attn_norm", "transformer.h.%d.ln_1").layer("ffn_norm", "transformer.h.%d.ln_2")
            .layer("attn_qkv", "transformer.h.%d.attn.c_attn", Form.TRANSPOSED).layer("attn_output", "transformer.h.%d.attn.c_proj", Form.TRANSPOSED)
            .layer("ffn_up", "transformer.h.%d.mlp.c_fc", Form.TRANSPOSED).layer("ffn_down", "transformer.h.%d.mlp.c_proj", Form.TRANSPOSED);

    static final TensorNames GPT_NEOX = new TensorNames()
            .add("token_embd", "gpt_neox.embed_in").add("output_norm", "gpt_neox.final_layer_norm").add("output", "embed_out").add("cls.output", "score")
            .layer("attn_norm", "gpt_neox.layers.%d.input_layernorm").layer("ffn_norm", "gpt_neox.layers.%d.post_attention_layernorm")
            .layer("attn_qkv", "gpt_neox.layers.%d.attention.query_key_value", Form.GROUPS_INTERLEAVED)
            .layer("attn_output", "gpt_neox.layers.%d.attention.dense")
            .layer("ffn_up", "gpt_neox.layers.%d.mlp.dense_h_to_4h").layer("ffn_down", "gpt_neox.layers.%d.mlp.dense_4h_to_h");

    static final TensorNames QWEN_MOE = new TensorNames(LLAMA)
            .layer("ffn_gate_inp", "model.layers.%d.mlp.gate")
            .layer("ffn_gate_exps", "model.layers.%d.mlp.experts.%e.gate_proj", Form.PARTS)
            .layer("ffn_up_exps", "model.layers.%d.mlp.experts.%e.up_proj", Form.PARTS)
            .layer("ffn_down_exps", "model.layers.%d.mlp.experts.%e.down_proj", Form.PARTS)
            .layer("ffn_gate_inp_shexp", "model.layers.%d.mlp.shared_expert_gate").layer("ffn_gate_shexp", "model.layers.%d.mlp.shared_expert.gate_proj")
            .layer("ffn_up_shexp", "model.layers.%d.mlp.shared_expert.up_proj").layer("ffn_down_shexp", "model.layers.%d.mlp.shared_expert.down_proj");

    /// GGUF has the pair `attn_k_b` and `attn_v_b` in place of `attn_kv_b` ([LatentForm]).
    static final TensorNames DEEPSEEK2 = new TensorNames(QWEN_MOE).without("attn_k").without("attn_v").without("ffn_gate_inp_shexp")
            .layer("exp_probs_b", "model.layers.%d.mlp.gate.e_score_correction" + BARE)
            .layer("attn_q_a", "model.layers.%d.self_attn.q_a_proj").layer("attn_q_a_norm", "model.layers.%d.self_attn.q_a_layernorm")
            .layer("attn_q_b", "model.layers.%d.self_attn.q_b_proj").layer("attn_kv_a_mqa", "model.layers.%d.self_attn.kv_a_proj_with_mqa")
            .layer("attn_kv_a_norm", "model.layers.%d.self_attn.kv_a_layernorm").layer("attn_kv_b", "model.layers.%d.self_attn.kv_b_proj", Form.KEYS_AND_VALUES)
            .layer("ffn_gate_shexp", "model.layers.%d.mlp.shared_experts.gate_proj").layer("ffn_up_shexp", "model.layers.%d.mlp.shared_experts.up_proj")
            .layer("ffn_down_shexp", "model.layers.%d.mlp.shared_experts.down_proj");

    static final TensorNames DOTS1 = new TensorNames(QWEN_MOE).without("ffn_gate_inp_shexp").layer("exp_probs_b", "model.layers.%d.mlp.gate.e_score_correction" + BARE)
            .layer("ffn_gate_shexp", "model.layers.%d.mlp.shared_experts.gate_proj").layer("ffn_up_shexp", "model.layers.%d.mlp.shared_experts.up_proj")
            .layer("ffn_down_shexp", "model.layers.%d.mlp.shared_experts.down_proj");

    static final TensorNames GLM4_MOE = new TensorNames(DOTS1).inGguf("ffn_norm", "post_attention_norm");

    static final TensorNames UNGATED = new TensorNames(LLAMA).without("ffn_gate");

    static final TensorNames GLM4 = new TensorNames(UNGATED).layer("ffn_up", "model.layers.%d.mlp.gate_up_proj")
            .layer("post_attention_norm", "model.layers.%d.post_self_attn_layernorm").layer("post_ffw_norm", "model.layers.%d.post_mlp_layernorm");

    static final TensorNames SEED_OSS = new TensorNames(LLAMA).inGguf("ffn_norm", "post_attention_norm");

    /// GGUF calls the norm before the experts the one after attention.
    static final TensorNames GPT_OSS = new TensorNames(LLAMA).without("ffn_gate").without("ffn_up").without("ffn_down").inGguf("ffn_norm", "post_attention_norm")
            .layer("attn_sinks", "model.layers.%d.self_attn.sinks" + BARE).layer("ffn_gate_inp", "model.layers.%d.mlp.router")
            .layer("ffn_gate_exps", "model.layers.%d.mlp.experts.gate_up_proj" + BARE, Form.EVEN_COLUMNS)
            .layer("ffn_up_exps", "model.layers.%d.mlp.experts.gate_up_proj" + BARE, Form.ODD_COLUMNS)
            .layer("ffn_down_exps", "model.layers.%d.mlp.experts.down_proj" + BARE, Form.COLUMNS);

    static final TensorNames OLMO2 = new TensorNames(LLAMA).without("attn_norm").without("ffn_norm")
            .layer("post_attention_norm", "model.layers.%d.post_attention_layernorm").layer("post_ffw_norm", "model.layers.%d.post_feedforward_layernorm");

    static final TensorNames PHI2 = new TensorNames(LLAMA).without("ffn_norm").without("ffn_gate").add("output_norm", "model.final_layernorm")
            .layer("attn_output", "model.layers.%d.self_attn.dense").layer("ffn_up", "model.layers.%d.mlp.fc1").layer("ffn_down", "model.layers.%d.mlp.fc2")
            .layer("attn_q_norm", "model.layers.%d.self_attn.q_layernorm").layer("attn_k_norm", "model.layers.%d.self_attn.k_layernorm");

    static final TensorNames PHI3 = new TensorNames(LLAMA).without("ffn_gate")
            .layer("attn_qkv", "model.layers.%d.self_attn.qkv_proj").layer("ffn_up", "model.layers.%d.mlp.gate_up_proj");

    static final TensorNames STABLELM = new TensorNames(LLAMA)
            .layer("attn_q_norm", "model.layers.%d.self_attn.q_layernorm.norms.%e", Form.PARTS)
            .layer("attn_k_norm", "model.layers.%d.self_attn.k_layernorm.norms.%e", Form.PARTS);

    static final TensorNames STARCODER2 = new TensorNames(LLAMA).without("ffn_gate")
            .layer("ffn_up", "model.layers.%d.mlp.c_fc").layer("ffn_down", "model.layers.%d.mlp.c_proj");

    static final TensorNames FALCON = new TensorNames()
            .add("token_embd", "transformer.word_embeddings").add("output_norm", "transformer.ln_f").add("output", "lm_head").add("cls.output", "score")
            .layer("attn_norm", "transformer.h.%d.input_layernorm").layer("ffn_norm", "transformer.h.%d.post_attention_layernorm")
            .layer("attn_qkv", "transformer.h.%d.self_attention.query_key_value", Form.GROUPS_INTERLEAVED)
            .layer("attn_output", "transformer.h.%d.self_attention.dense")
            .layer("ffn_up", "transformer.h.%d.mlp.dense_h_to_4h").layer("ffn_down", "transformer.h.%d.mlp.dense_4h_to_h");

    /// GGUF calls the norm before attention the second one where the MLP has a norm of its own.
    static final TensorNames FALCON_TWO_NORMS = new TensorNames(FALCON).without("ffn_norm")
            .layer("attn_norm", "transformer.h.%d.ln_mlp").layer("attn_norm_2", "transformer.h.%d.ln_attn");

    static final TensorNames BLOOM = new TensorNames(FALCON).add("token_embd_norm", "transformer.word_embeddings_layernorm");

    /// GGUF has no place for the head, whose names are our own.
    static final TensorNames BERT = encoder("bert").add("mlm_dense", "cls.predictions.transform.dense").add("mlm_norm", "cls.predictions.transform.LayerNorm")
            .add("output", "cls.predictions.decoder").add("cls", "bert.pooler.dense").add("cls.output", "classifier");

    static final TensorNames ROBERTA = encoder("roberta").add("mlm_dense", "lm_head.dense").add("mlm_norm", "lm_head.layer_norm").add("output", "lm_head.decoder")
            .add("cls", "classifier.dense").add("cls.output", "classifier.out_proj");

    static final TensorNames MODERNBERT = new TensorNames()
            .add("token_embd", "model.embeddings.tok_embeddings").add("token_embd_norm", "model.embeddings.norm").add("output_norm", "model.final_norm")
            .add("mlm_dense", "head.dense").add("mlm_norm", "head.norm").add("output", "decoder")
            .add("cls", "head.dense").add("cls.norm", "head.norm").add("cls.output", "classifier")
            .layer("attn_norm", "model.layers.%d.attn_norm").layer("attn_qkv", "model.layers.%d.attn.Wqkv").layer("attn_output", "model.layers.%d.attn.Wo")
            .layer("ffn_norm", "model.layers.%d.mlp_norm").layer("ffn_up", "model.layers.%d.mlp.Wi").layer("ffn_down", "model.layers.%d.mlp.Wo");

    private static TensorNames encoder(String prefix) {
        String layer = prefix + ".encoder.layer.%d.";
        return new TensorNames()
                .add("token_embd", prefix + ".embeddings.word_embeddings").add("position_embd", prefix + ".embeddings.position_embeddings")
                .add("token_types", prefix + ".embeddings.token_type_embeddings").add("token_embd_norm", prefix + ".embeddings.LayerNorm")
                .layer("attn_q", layer + "attention.self.query").layer("attn_k", layer + "attention.self.key").layer("attn_v", layer + "attention.self.value")
                .layer("attn_output", layer + "attention.output.dense").layer("attn_output_norm", layer + "attention.output.LayerNorm")
                .layer("ffn_up", layer + "intermediate.dense").layer("ffn_down", layer + "output.dense").layer("layer_output_norm", layer + "output.LayerNorm");
    }

    private final Map<String, Source> sources;
    /// Names that GGUF has for something else in this family.
    private final Map<String, String> renamed;

    private TensorNames() {
        sources = new HashMap<>();
        renamed = new HashMap<>();
    }

    private TensorNames(TensorNames base) {
        sources = new HashMap<>(base.sources);
        renamed = new HashMap<>(base.renamed);
    }

    private TensorNames inGguf(String canonical, String theirs) {
        renamed.put(canonical, theirs);
        return this;
    }

    /// What canonical tensor `name` is called in GGUF; empty for a name that means another tensor there.
    Optional<String> inGguf(String name) {
        String[] parts = name.split("\\.");
        if (parts.length < 2) return Optional.of(name);
        String stem = parts[parts.length - 2];
        if (renamed.containsKey(stem)) return Optional.of(name.replace(stem, renamed.get(stem)));
        return renamed.containsValue(stem) ? Optional.empty() : Optional.of(name);
    }

    private TensorNames add(String canonical, String theirs) {
        sources.put(canonical, new Source(theirs, Form.SAME));
        return this;
    }

    private TensorNames without(String canonical) {
        sources.remove(BLOCK + canonical);
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
        if (row == null) return null;
        String suffix = name.substring(dot);
        String theirs = row.name().replace("%d", layer);
        return new Source(theirs.endsWith(BARE) ? theirs.replace(BARE, suffix.equals(".weight") ? "" : suffix.replace('.', '_')) : theirs + suffix, row.form());
    }

    /// How Hugging Face stores canonical tensor `name`.
    Form form(String name) {
        Source source = source(name);
        return source == null ? Form.SAME : source.form();
    }

    /// Every canonical name a model of `layers` blocks may have.
    List<String> all(int layers) {
        List<String> names = new ArrayList<>();
        for (String stem : sources.keySet().stream().sorted().toList())
            for (int layer = 0; layer < (stem.startsWith(BLOCK) ? layers : 1); layer++)
                for (String suffix : List.of(".weight", ".bias")) names.add(stem.replace("%d", Integer.toString(layer)) + suffix);
        return names;
    }
}
