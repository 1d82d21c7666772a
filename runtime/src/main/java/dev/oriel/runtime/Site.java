package dev.oriel.runtime;

import java.util.List;
import java.util.Optional;

/// The table of places where a pass can be watched or changed. Names, axes and meaning are TransformerLens'.
/// A site stands for itself in all layers; [#at] narrows it.
public enum Site implements Selection {
    /// Token embeddings, scaled where the architecture scales them: `[pos, d_model]`.
    EMBED("hook_embed", Axis.POS, Axis.MODEL),
    /// Learned position embeddings: `[pos, d_model]`.
    POS_EMBED("hook_pos_embed", Axis.POS, Axis.MODEL),
    /// The residual stream as a block receives it: `[pos, d_model]`.
    RESID_PRE("blocks.%d.hook_resid_pre", Axis.POS, Axis.MODEL),
    /// sqrt(mean square + epsilon) of the first norm's input: `[pos, 1]`.
    LN1_SCALE("blocks.%d.ln1.hook_scale", Axis.POS, Axis.ONE),
    /// The first norm's input divided by its scale, before the weight: `[pos, d_model]`.
    LN1_NORMALIZED("blocks.%d.ln1.hook_normalized", Axis.POS, Axis.MODEL),
    /// What each head's query is computed from, the residual stream before the first norm: `[pos, head, d_model]`. Editing one head's leaves the others.
    Q_INPUT("blocks.%d.hook_q_input", Axis.POS, Axis.HEAD, Axis.MODEL),
    /// The same for keys: `[pos, kv head, d_model]`.
    K_INPUT("blocks.%d.hook_k_input", Axis.POS, Axis.KV_HEAD, Axis.MODEL),
    /// The same for values: `[pos, kv head, d_model]`.
    V_INPUT("blocks.%d.hook_v_input", Axis.POS, Axis.KV_HEAD, Axis.MODEL),
    /// Queries before rope: `[pos, head, d_head]`.
    Q("blocks.%d.attn.hook_q", Axis.POS, Axis.HEAD, Axis.D_HEAD),
    /// Keys before rope: `[pos, kv head, d_head]`.
    K("blocks.%d.attn.hook_k", Axis.POS, Axis.KV_HEAD, Axis.D_HEAD),
    /// Values: `[pos, kv head, d_head]`.
    V("blocks.%d.attn.hook_v", Axis.POS, Axis.KV_HEAD, Axis.D_VALUE),
    /// Queries after rope: `[pos, head, d_head]`.
    ROT_Q("blocks.%d.attn.hook_rot_q", Axis.POS, Axis.HEAD, Axis.D_HEAD),
    /// Keys after rope: `[pos, kv head, d_head]`.
    ROT_K("blocks.%d.attn.hook_rot_k", Axis.POS, Axis.KV_HEAD, Axis.D_HEAD),
    /// Scores before softmax, masked ones -inf: `[head, query, key]`.
    ATTN_SCORES("blocks.%d.attn.hook_attn_scores", Axis.HEAD, Axis.QUERY, Axis.KEY),
    /// Attention weights: `[head, query, key]`.
    PATTERN("blocks.%d.attn.hook_pattern", Axis.HEAD, Axis.QUERY, Axis.KEY),
    /// Weighted values: `[pos, head, d_head]`.
    Z("blocks.%d.attn.hook_z", Axis.POS, Axis.HEAD, Axis.D_VALUE),
    /// Each head's own contribution, z times its part of W_O, without the bias: `[pos, head, d_model]`. An edit replaces what the head adds.
    RESULT("blocks.%d.attn.hook_result", Axis.POS, Axis.HEAD, Axis.MODEL),
    /// Scale of the norm after attention: `[pos, 1]`.
    LN1_POST_SCALE("blocks.%d.ln1_post.hook_scale", Axis.POS, Axis.ONE),
    LN1_POST_NORMALIZED("blocks.%d.ln1_post.hook_normalized", Axis.POS, Axis.MODEL),
    /// What attention adds to the residual stream: `[pos, d_model]`.
    ATTN_OUT("blocks.%d.hook_attn_out", Axis.POS, Axis.MODEL),
    /// The residual stream between attention and MLP: `[pos, d_model]`.
    RESID_MID("blocks.%d.hook_resid_mid", Axis.POS, Axis.MODEL),
    LN2_SCALE("blocks.%d.ln2.hook_scale", Axis.POS, Axis.ONE),
    LN2_NORMALIZED("blocks.%d.ln2.hook_normalized", Axis.POS, Axis.MODEL),
    /// The gate before its activation (of a plain MLP: its hidden layer before activation): `[pos, d_mlp]`.
    PRE("blocks.%d.mlp.hook_pre", Axis.POS, Axis.MLP),
    /// The up projection of a gated MLP: `[pos, d_mlp]`.
    PRE_LINEAR("blocks.%d.mlp.hook_pre_linear", Axis.POS, Axis.MLP),
    /// The MLP's hidden layer after activation (and product): `[pos, d_mlp]`.
    POST("blocks.%d.mlp.hook_post", Axis.POS, Axis.MLP),
    /// Router probabilities of a mixture of experts: `[pos, expert]`.
    ROUTER("blocks.%d.mlp.hook_router", Axis.POS, Axis.EXPERT),
    LN2_POST_SCALE("blocks.%d.ln2_post.hook_scale", Axis.POS, Axis.ONE),
    LN2_POST_NORMALIZED("blocks.%d.ln2_post.hook_normalized", Axis.POS, Axis.MODEL),
    /// What the MLP adds to the residual stream: `[pos, d_model]`.
    MLP_OUT("blocks.%d.hook_mlp_out", Axis.POS, Axis.MODEL),
    /// The residual stream as a block leaves it: `[pos, d_model]`.
    RESID_POST("blocks.%d.hook_resid_post", Axis.POS, Axis.MODEL),
    FINAL_SCALE("ln_final.hook_scale", Axis.POS, Axis.ONE),
    FINAL_NORMALIZED("ln_final.hook_normalized", Axis.POS, Axis.MODEL),
    /// Logits, before a soft cap where the model has one: `[pos, vocabulary]`.
    LOGITS("unembed.hook_out", Axis.POS, Axis.VOCABULARY),
    /// What a text is pooled into while it is embedded or classified, before normalisation, dense modules and heads; one row, whose position is 0: `[1, d_model]`.
    POOLED("hook_pooled", Axis.POS, Axis.MODEL),
    /// What a classification head makes of it before its last product: `[1, d_model]`.
    POOLER_OUT("pooler.hook_pooler_out", Axis.POS, Axis.MODEL);

    /// What an axis of an activation counts.
    public enum Axis {
        POS("pos"), QUERY("query"), KEY("key"), HEAD("head"), KV_HEAD("kv head"), D_HEAD("d_head"), D_VALUE("d_head"), MODEL("d_model"), MLP("d_mlp"), EXPERT("expert"),
        VOCABULARY("vocabulary"), ONE("1");

        private final String label;

        Axis(String label) { this.label = label; }

        @Override
        public String toString() { return label; }
    }

    private final String pattern;
    private final List<Axis> axes;

    Site(String pattern, Axis... axes) {
        this.pattern = pattern;
        this.axes = List.of(axes);
    }

    /// Whether the site stands in every block.
    public boolean perLayer() { return pattern.contains("%d"); }

    public List<Axis> axes() { return axes; }

    /// Its name in layer `layer` (ignored where the site stands in no block).
    public String name(int layer) { return pattern.replace("%d", Integer.toString(layer)); }

    /// Position of the axis that counts heads, or -1.
    int headAxis() { return Math.max(axes.indexOf(Axis.HEAD), axes.indexOf(Axis.KV_HEAD)); }

    /// Position of the axis along which a sequence grows: `pos` or `query`.
    int rowAxis() { return Math.max(axes.indexOf(Axis.POS), axes.indexOf(Axis.QUERY)); }

    /// Whether it has a row only where a pass gives logits.
    boolean ofOutputs() { return this == FINAL_SCALE || this == FINAL_NORMALIZED || this == LOGITS; }

    /// Whether it is there only where a text becomes one vector.
    boolean ofTexts() { return this == POOLED || this == POOLER_OUT; }

    /// What numbers are that a later pass adds to what an earlier one recorded: keys that did not exist yet.
    float absent() { return this == ATTN_SCORES ? Float.NEGATIVE_INFINITY : 0; }

    @Override
    public Site site() { return this; }

    @Override
    public Part part() { return new Part(this, new int[0], new int[0], Range.ALL, Range.ALL); }

    /// The site called `name` in some layer, with that layer (0 where the site stands in no block).
    public static Optional<Selection> named(String name) {
        for (Site site : values()) {
            if (!site.perLayer()) {
                if (site.pattern.equals(name)) return Optional.of(site);
                continue;
            }
            int hole = site.pattern.indexOf("%d");
            String before = site.pattern.substring(0, hole);
            String after = site.pattern.substring(hole + 2);
            if (name.length() <= before.length() + after.length() || !name.startsWith(before) || !name.endsWith(after)) continue;
            String layer = name.substring(before.length(), name.length() - after.length());
            if (layer.equals("*")) return Optional.of(site);
            if (layer.matches("[0-9]{1,4}")) return Optional.of(site.at(Integer.parseInt(layer)));
        }
        return Optional.empty();
    }
}
