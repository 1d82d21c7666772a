package dev.oriel.runtime;

import dev.oriel.ops.Attention;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Rows;
import java.util.ArrayList;
import java.util.List;

/// Builds the plan of a transformer: which steps, in which order, from what the model has. One `watch` line places one site.
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
        if (parameters.head() != null || course.hidden()) end();
        watches.requireAllPlaced();
        return new Plan(List.copyOf(steps));
    }

    private void end() {
        boolean norm = parameters.finalNorm() != null;
        steps.add(new Step.Finish(parameters.finalNorm(), s.residual, norm ? watches.at(Site.FINAL_SCALE, 0) : null, norm ? watches.at(Site.FINAL_NORMALIZED, 0) : null));
        if (!course.hidden()) steps.add(new Step.Unembed(parameters.transform(), parameters.head(), hyper.scales(), watches.at(Site.LOGITS, 0)));
    }

    private void embed() {
        steps.add(new Step.Embed(parameters.embedding(), s.residual));
        scale(s.residual, hyper.scales().embedding());
        watch(Site.EMBED, 0, s.residual);
        if (parameters.positions() != null) positions();
        if (parameters.types() != null) steps.add(new Step.AddTypes(parameters.types(), s.residual));
        if (parameters.embeddingNorm() != null) steps.add(new Step.Normalise(parameters.embeddingNorm(), s.residual, s.residual));
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
        Rows input = attention(layer, block);
        post(block.postAttentionNorm(), s.attentionOut, Site.LN1_POST_SCALE, Site.LN1_POST_NORMALIZED, layer);
        scale(s.attentionOut, hyper.scales().residual());
        watch(Site.ATTN_OUT, layer, s.attentionOut);
        if (!hyper.parallel()) {
            steps.add(new Step.Add(s.attentionOut, s.residual));
            watch(Site.RESID_MID, layer, s.residual);
            if (block.middleNorm() != null) norm(block.middleNorm(), s.residual, s.residual, Site.LN1_SCALE, Site.LN1_NORMALIZED, layer);
        }
        mlp(layer, block, input);
        post(block.postMlpNorm(), s.mlpOut, Site.LN2_POST_SCALE, Site.LN2_POST_NORMALIZED, layer);
        scale(s.mlpOut, hyper.scales().residual());
        watch(Site.MLP_OUT, layer, s.mlpOut);
        if (hyper.parallel()) steps.add(new Step.Add(s.attentionOut, s.residual));
        steps.add(new Step.Add(s.mlpOut, s.residual));
        if (block.endNorm() != null) norm(block.endNorm(), s.residual, s.residual, Site.LN2_SCALE, Site.LN2_NORMALIZED, layer);
        watch(Site.RESID_POST, layer, s.residual);
    }

    /// @return what attention reads
    private Rows attention(int layer, Block block) {
        Hyper.Layer shape = hyper.layers().get(layer);
        Attention a = shape.attention().withSinks(block.sinks());
        Rows input = norm(block.attentionNorm(), s.residual, Site.LN1_SCALE, Site.LN1_NORMALIZED, layer);
        int keysAt = a.heads() * a.keyDim();
        int valuesAt = keysAt + a.kvHeads() * a.keyDim();
        Rows q = s.qkv.columns(0, keysAt);
        Rows k = s.qkv.columns(keysAt, valuesAt - keysAt);
        Rows v = s.qkv.columns(valuesAt, a.kvHeads() * a.valueDim());
        if (block.latent() == null) {
            steps.add(new Step.Linear(block.qkv(), input, s.qkv));
            inputs(layer, block, a, q, k, v);
        } else latent(block.latent(), a, hyper.latent().orElseThrow(), input, q, k, v);
        watch(Site.Q, layer, q);
        watch(Site.K, layer, k);
        watch(Site.V, layer, v);
        if (block.queryNorm() != null) steps.add(new Step.Normalise(block.queryNorm(), q, q));
        if (block.keyNorm() != null) steps.add(new Step.Normalise(block.keyNorm(), k, k));
        for (Rows rows : new Rows[] {q, k, v}) if (hyper.scales().clamp() != 0) steps.add(new Step.Clamp(rows, hyper.scales().clamp()));
        shape.rope().map(near -> course.far() > 0 ? hyper.far().orElseThrow().rope(course.far()) : near).ifPresent(rope -> {
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
        return input;
    }

    /// Queries, keys and values by way of a latent.
    private void latent(Block.Latent latent, Attention a, Hyper.Latent sizes, Rows input, Rows q, Rows k, Rows v) {
        Rows source = input;
        if (latent.queryDown() != null) {
            steps.add(new Step.Linear(latent.queryDown(), input, s.queryLatent));
            steps.add(new Step.Normalise(latent.queryNorm(), s.queryLatent, s.queryLatent));
            source = s.queryLatent;
        }
        steps.add(new Step.Linear(latent.query(), source, q));
        steps.add(new Step.Linear(latent.down(), input, s.latent));
        Rows made = s.latent.columns(0, sizes.rank());
        steps.add(new Step.Normalise(latent.norm(), made, made));
        steps.add(new Step.Linear(latent.up(), made, s.expanded));
        int own = a.keyDim() - sizes.ropeDim();
        int each = own + a.valueDim();
        steps.add(new Step.Spread(s.expanded, each, k, a.keyDim(), own));
        steps.add(new Step.Spread(s.expanded.columns(own, s.expanded.width() - own), each, v, a.valueDim(), a.valueDim()));
        steps.add(new Step.Spread(s.latent.columns(sizes.rank(), sizes.ropeDim()), 0, k.columns(own, k.width() - own), a.keyDim(), sizes.ropeDim()));
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

    /// @param attentionInput what the MLP reads too where it runs beside attention and has no norm of its own
    private void mlp(int layer, Block block, Rows attentionInput) {
        boolean same = hyper.parallel() && block.mlpNorm() == null;
        Rows input = same ? attentionInput : norm(block.mlpNorm(), s.residual, Site.LN2_SCALE, Site.LN2_NORMALIZED, layer);
        int hidden = hyper.layers().get(layer).feedForward();
        switch (block.mlp()) {
            case Block.Plain plain -> {
                Rows pre = s.hidden.columns(0, hidden);
                Rows post = s.active.columns(0, hidden);
                steps.add(new Step.Linear(plain.up(), input, pre));
                watch(Site.PRE, layer, pre);
                steps.add(new Step.Activate(hyper.nonlinearity(), pre, post));
                watch(Site.POST, layer, post);
                steps.add(new Step.Linear(plain.down(), post, s.mlpOut));
            }
            case Block.Gated gated -> {
                Rows gate = s.hidden.columns(0, hidden);
                Rows up = s.hidden.columns(hidden, hidden);
                Rows post = s.active.columns(0, hidden);
                steps.add(new Step.Linear(gated.gateUp(), input, s.hidden.columns(0, 2 * hidden)));
                watch(Site.PRE, layer, gate);
                watch(Site.PRE_LINEAR, layer, up);
                steps.add(new Step.Gate(hyper.nonlinearity(), gate, up, post));
                watch(Site.POST, layer, post);
                steps.add(new Step.Linear(gated.down(), post, s.mlpOut));
            }
            case Block.Mixture mixture -> {
                steps.add(new Step.Linear(mixture.router(), input, s.router));
                Hyper.Mixture all = hyper.mixture().orElseThrow();
                steps.add(all.apart() ? new Step.Activate(Nonlinearity.SIGMOID, s.router, s.router) : new Step.Route(s.router));
                watch(Site.ROUTER, layer, s.router);
                steps.add(new Step.Mix(mixture.experts(), all.routing().withCorrection(mixture.correction()), s.router, input, s.mlpOut));
                if (mixture.shared() != null) shared(mixture, input, hidden);
            }
        }
    }

    /// The expert that every token goes to.
    private void shared(Block.Mixture mixture, Rows input, int hidden) {
        Rows post = s.active.columns(0, hidden);
        steps.add(new Step.Linear(mixture.shared().gateUp(), input, s.hidden.columns(0, 2 * hidden)));
        steps.add(new Step.Gate(hyper.nonlinearity(), s.hidden.columns(0, hidden), s.hidden.columns(hidden, hidden), post));
        steps.add(new Step.Linear(mixture.shared().down(), post, s.shared));
        if (mixture.sharedGate() != null) {
            steps.add(new Step.Linear(mixture.sharedGate(), input, s.sharedGate));
            steps.add(new Step.Damp(s.sharedGate, s.shared));
        }
        steps.add(new Step.Add(s.shared, s.mlpOut));
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

    /// With the sum that made x, where nobody looks in between.
    private void norm(Norm norm, Rows x, Rows out, Site scale, Site normalized, int layer) {
        Watch scales = watches.at(scale, layer);
        Watch values = watches.at(normalized, layer);
        if (scales != null || values != null) steps.add(new OpenStep.Normalise(norm, x, s.scale, out, scales, values));
        else if (steps.getLast() instanceof Step.Add(Rows more, Rows to) && to == x) steps.set(steps.size() - 1, new Step.AddNormalise(more, norm, x, out));
        else steps.add(new Step.Normalise(norm, x, out));
    }

    private void scale(Rows rows, float factor) {
        if (factor != 1) steps.add(new Step.Scale(rows, factor));
    }

    private void watch(Site site, int layer, Rows rows) {
        Watch watch = watches.at(site, layer);
        if (watch != null) steps.add(new OpenStep.Probed(watch, rows));
    }
}
