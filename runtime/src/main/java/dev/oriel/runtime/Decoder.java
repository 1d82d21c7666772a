package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rows;
import java.util.ArrayList;
import java.util.List;

/// Builds the plan of a transformer decoder: which steps, in which order, from what the model has. One `watch` line places one site.
final class Decoder {
    private final Hyper hyper;
    private final Parameters parameters;
    private final Scratch s;
    private final Watches watches;
    private final Plan.Course course;
    private final List<Step> steps = new ArrayList<>();

    Decoder(Hyper hyper, Parameters parameters, Scratch scratch, Watches watches, Plan.Course course) {
        this.hyper = hyper;
        this.parameters = parameters;
        this.s = scratch;
        this.watches = watches;
        this.course = course;
    }

    Plan build() {
        if (course.resumed()) steps.add(new Step.Resume(s.residual));
        else embed();
        for (int layer = course.firstLayer(); layer < parameters.blocks().size(); layer++) block(layer);
        steps.add(new Step.Unembed(parameters.finalNorm(), parameters.head(), hyper.logitSoftCap(), s.residual, watches.at(Site.FINAL_SCALE, 0),
                watches.at(Site.FINAL_NORMALIZED, 0), watches.at(Site.LOGITS, 0)));
        watches.requireAllPlaced();
        return new Plan(List.copyOf(steps));
    }

    private void embed() {
        steps.add(new Step.Embed(parameters.embedding(), s.residual));
        if (hyper.embeddingScale() != 1) steps.add(new Step.Scale(s.residual, hyper.embeddingScale()));
        watch(Site.EMBED, 0, s.residual);
        if (parameters.positions() != null) positions();
    }

    private void positions() {
        Watch watch = watches.at(Site.POS_EMBED, 0);
        if (watch == null) {
            steps.add(new Step.AddPositions(parameters.positions(), s.residual));
            return;
        }
        steps.add(new Step.Clear(s.mlpOut));
        steps.add(new Step.AddPositions(parameters.positions(), s.mlpOut));
        steps.add(new OpenStep.Probed(watch, s.mlpOut));
        steps.add(new Step.Add(s.mlpOut, s.residual));
    }

    private void block(int layer) {
        Block block = parameters.blocks().get(layer);
        watch(Site.RESID_PRE, layer, s.residual);
        attention(layer, block);
        post(block.postAttentionNorm(), s.attentionOut, Site.LN1_POST_SCALE, Site.LN1_POST_NORMALIZED, layer);
        watch(Site.ATTN_OUT, layer, s.attentionOut);
        if (!hyper.parallel()) {
            steps.add(new Step.Add(s.attentionOut, s.residual));
            watch(Site.RESID_MID, layer, s.residual);
        }
        mlp(layer, block);
        post(block.postMlpNorm(), s.mlpOut, Site.LN2_POST_SCALE, Site.LN2_POST_NORMALIZED, layer);
        watch(Site.MLP_OUT, layer, s.mlpOut);
        if (hyper.parallel()) steps.add(new Step.Add(s.attentionOut, s.residual));
        steps.add(new Step.Add(s.mlpOut, s.residual));
        watch(Site.RESID_POST, layer, s.residual);
    }

    private void attention(int layer, Block block) {
        Hyper.Layer shape = hyper.layers().get(layer);
        Attention a = shape.attention();
        Rows input = norm(block.attentionNorm(), s.residual, Site.LN1_SCALE, Site.LN1_NORMALIZED, layer);
        steps.add(new Step.Linear(block.qkv(), input, s.qkv));
        int keysAt = a.heads() * a.keyDim();
        int valuesAt = keysAt + a.kvHeads() * a.keyDim();
        Rows q = s.qkv.columns(0, keysAt);
        Rows k = s.qkv.columns(keysAt, valuesAt - keysAt);
        Rows v = s.qkv.columns(valuesAt, a.kvHeads() * a.valueDim());
        inputs(layer, block, a, q, k, v);
        watch(Site.Q, layer, q);
        watch(Site.K, layer, k);
        watch(Site.V, layer, v);
        if (block.queryNorm() != null) steps.add(new Step.Normalise(block.queryNorm(), q, q));
        if (block.keyNorm() != null) steps.add(new Step.Normalise(block.keyNorm(), k, k));
        shape.rope().ifPresent(rope -> {
            if (course.rope()) steps.add(new Step.Rotate(rope, q));
            if (course.rope()) steps.add(new Step.Rotate(rope, k));
            watch(Site.ROT_Q, layer, q);
            watch(Site.ROT_K, layer, k);
        });
        steps.add(new Step.Store(layer, k, v));
        Watch scores = watches.at(Site.ATTN_SCORES, layer);
        Watch pattern = watches.at(Site.PATTERN, layer);
        boolean open = scores != null || pattern != null || course.masked();
        steps.add(open ? new OpenStep.Attend(a, layer, q, s.z, scores, pattern) : new Step.Attend(a, layer, q, s.z));
        watch(Site.Z, layer, s.z);
        steps.add(new Step.Linear(block.output(), s.z, s.attentionOut));
        Watch result = watches.at(Site.RESULT, layer);
        if (result != null) steps.add(new OpenStep.HeadResults(a, block.output().weight(), s.z, result, s.attentionOut));
    }

    /// What heads are computed from, where somebody gives them different things.
    private void inputs(int layer, Block block, Attention a, Rows q, Rows k, Rows v) {
        inputs(Site.Q_INPUT, layer, block, a.heads(), q);
        inputs(Site.K_INPUT, layer, block, a.kvHeads(), k);
        inputs(Site.V_INPUT, layer, block, a.kvHeads(), v);
    }

    private void inputs(Site site, int layer, Block block, int heads, Rows out) {
        Watch watch = watches.at(site, layer);
        if (watch != null) steps.add(new OpenStep.HeadInputs(watch, block.attentionNorm(), block.qkv(), heads, s.residual, s.qkv, out));
    }

    private void mlp(int layer, Block block) {
        Rows input = block.mlpNorm() == null ? s.normed : norm(block.mlpNorm(), s.residual, Site.LN2_SCALE, Site.LN2_NORMALIZED, layer);
        int hidden = hyper.feedForward();
        switch (block.mlp()) {
            case Block.Plain plain -> {
                Rows pre = s.hidden.columns(0, hidden);
                steps.add(new Step.Linear(plain.up(), input, pre));
                watch(Site.PRE, layer, pre);
                steps.add(new Step.Activate(hyper.nonlinearity(), pre, s.active));
                watch(Site.POST, layer, s.active);
                steps.add(new Step.Linear(plain.down(), s.active, s.mlpOut));
            }
            case Block.Gated gated -> {
                Rows gate = s.hidden.columns(0, hidden);
                Rows up = s.hidden.columns(hidden, hidden);
                steps.add(new Step.Linear(gated.gateUp(), input, s.hidden));
                watch(Site.PRE, layer, gate);
                watch(Site.PRE_LINEAR, layer, up);
                steps.add(new Step.Gate(hyper.nonlinearity(), gate, up, s.active));
                watch(Site.POST, layer, s.active);
                steps.add(new Step.Linear(gated.down(), s.active, s.mlpOut));
            }
            case Block.Mixture mixture -> {
                steps.add(new Step.Linear(mixture.router(), input, s.router));
                steps.add(new Step.Route(s.router));
                watch(Site.ROUTER, layer, s.router);
                steps.add(new Step.Mix(mixture.experts(), hyper.routing().orElseThrow(), s.router, input, s.mlpOut));
            }
        }
    }

    /// A norm into `normed`, in one piece unless it is watched; without a norm, the input itself.
    private Rows norm(Norm norm, Rows x, Site scale, Site normalized, int layer) {
        if (norm == null) return x;
        norm(norm, x, s.normed, scale, normalized, layer);
        return s.normed;
    }

    /// A norm in place over what is about to be added.
    private void post(Norm norm, Rows x, Site scale, Site normalized, int layer) {
        if (norm != null) norm(norm, x, x, scale, normalized, layer);
    }

    private void norm(Norm norm, Rows x, Rows out, Site scale, Site normalized, int layer) {
        Watch scales = watches.at(scale, layer);
        Watch values = watches.at(normalized, layer);
        steps.add(scales == null && values == null ? new Step.Normalise(norm, x, out) : new OpenStep.Normalise(norm, x, s.scale, out, scales, values));
    }

    private void watch(Site site, int layer, Rows rows) {
        Watch watch = watches.at(site, layer);
        if (watch != null) steps.add(new OpenStep.Probed(watch, rows));
    }
}
