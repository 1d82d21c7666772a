package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Ops;
import dev.oriel.ops.far.FarOps;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// What the builder makes of a model, and of the probes it is given.
class PlanTest {
    static final List<String> ARCHITECTURES = Goldens.ARCHITECTURES;

    private static Plan plan(String architecture, Probe... probes) {
        LoadOptions options = Goldens.exact(1);
        try (Checkpoint c = Checkpoints.open(Goldens.model(architecture)); Ops ops = Goldens.ops("scalar", options)) {
            Hyper hyper = new HyperReader(Arch.of(c), c).read();
            try (Adapters none = new Adapters(List.of(), Arch.of(c), hyper, true); Weights weights = new Weights(Arch.of(c), c, hyper, none, true)) {
                return Plan.compile(hyper, Parameters.pack(hyper, weights, ops), new Scratch(hyper, ops, 4), Plan.Course.USUAL, List.of(List.of(probes)));
            }
        }
    }

    private static long open(Plan plan) { return plan.steps().stream().filter(s -> s instanceof OpenStep.Attend).count(); }

    private static List<String> kinds(Plan plan) { return plan.steps().stream().map(s -> s.getClass().getSimpleName()).toList(); }

    private static List<Step> open(List<Step> steps) { return steps.stream().filter(OpenStep.class::isInstance).toList(); }

    @ParameterizedTest
    @FieldSource("ARCHITECTURES")
    void noProbeNoStep(String architecture) {
        assertThat(open(plan(architecture).steps())).isEmpty();
        assertThat(kinds(plan(architecture))).doesNotContain("Clear", "Resume");
    }

    @Test
    void onlyTheWatchedLayerIsOpened() {
        Plan plan = plan("llama", Probe.record(Site.PATTERN.at(1)));
        assertThat(open(plan)).isEqualTo(1);
        assertThat(kinds(plan)).isEqualTo(kinds(plan("llama")));
    }

    /// What a layer adds is normed for the next in the same step, unless somebody looks in between.
    @Test
    void sumsAndNormsAreOneStep() {
        int layers = 3;
        assertThat(Collections.frequency(kinds(plan("llama")), "AddNormalise")).isEqualTo(2 * layers - 1);
        assertThat(Collections.frequency(kinds(plan("llama")), "Normalise")).isEqualTo(1);
        assertThat(Collections.frequency(kinds(plan("llama", Probe.record(Site.RESID_MID.at(1)), Probe.record(Site.LN1_SCALE.at(2)))), "AddNormalise")).isEqualTo(2 * layers - 3);
    }

    @Test
    void anAbsentSiteIsAnErrorThatListsThePresentOnes() {
        assertThatThrownBy(() -> plan("llama", Probe.record(Site.POS_EMBED))).isInstanceOf(ModelException.class)
                .hasMessageContaining("no hook_pos_embed").hasMessageContaining("blocks.0.hook_resid_pre");
        assertThatThrownBy(() -> plan("gpt-neox", Probe.record(Site.RESID_MID))).isInstanceOf(ModelException.class).hasMessageContaining("hook_resid_mid");
    }

    @Test
    void anAbsentLayerIsAnError() {
        assertThatThrownBy(() -> plan("llama", Probe.record(Site.Z.at(3)))).isInstanceOf(ModelException.class).hasMessageContaining("layers 0..2");
    }

    @Test
    void anAbsentHeadIsAnError() {
        assertThatThrownBy(() -> plan("llama", Probe.record(Site.Z.at(1).heads(4)))).isInstanceOf(ModelException.class).hasMessageContaining("blocks.1.attn.hook_z").hasMessageContaining("heads 0..3, found 4");
        assertThatThrownBy(() -> plan("llama", Probe.record(Site.K.heads(2)))).isInstanceOf(ModelException.class).hasMessageContaining("heads 0..1, found 2");
    }

    @Test
    void twoPartsOfASiteDoNotFitOneTrace() {
        assertThatThrownBy(() -> plan("llama", Probe.record(Site.Z.heads(1)), Probe.record(Site.Z.at(2)))).isInstanceOf(ModelException.class).hasMessageContaining("one part of a site");
        plan("llama", Probe.record(Site.Z.at(1).heads(1)), Probe.record(Site.Z.at(2)));
    }

    @ParameterizedTest
    @FieldSource("ARCHITECTURES")
    void oneTransferInAndOneOut(String architecture) {
        LoadOptions options = Goldens.exact(1);
        FarOps far = new FarOps(Goldens.ops("scalar", options));
        try (Checkpoint c = Checkpoints.open(Goldens.model(architecture)); Model model = Model.of(c, options, far); Session session = model.session()) {
            int in = far.transfersIn();
            int out = far.transfersOut();
            session.feed(1, 2, 3, 4, 5);
            session.feed(6);
            assertThat(far.transfersIn() - in).isEqualTo(2);
            assertThat(far.transfersOut() - out).isEqualTo(2);
        }
    }
}
