package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatchingTest {
    private static final int[] CLEAN = {4, 314, 156, 21, 266, 207, 281, 318};
    private static final int[] OTHER = {83, 234, 156, 245, 108, 3, 104, 371};
    private static final Metric METRIC = Metric.logitDifference(7, 11);

    @Test
    void fromItselfNothingTravels() {
        try (Model model = Goldens.tiny("llama")) {
            PathPatching same = PathPatching.of(model, CLEAN, CLEAN);
            assertThat(Goldens.flat(same.heads(METRIC).differences())).containsOnly(0);
            for (float changed : same.mlps(METRIC)) assertThat(changed).isEqualTo((float) METRIC.of(model.run(CLEAN)));
        }
    }

    /// Against whole runs written out with edits of `hook_result`, as the papers define it.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2"})
    void headsToLogits(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            Trace clean = model.run(CLEAN, Probe.record(Site.RESULT), Probe.record(Site.MLP_OUT)).trace();
            Trace other = model.run(OTHER, Probe.record(Site.RESULT), Probe.record(Site.MLP_OUT)).trace();
            for (boolean frozen : new boolean[] {false, true}) {
                PathPatching patching = PathPatching.of(model, CLEAN, OTHER);
                HeadGrid found = (frozen ? patching.withMlpsFrozen() : patching).heads(METRIC).changed();
                for (int layer = 0; layer < found.layers(); layer++) {
                    for (int head = 0; head < model.hyper().attention().heads(); head++) {
                        List<Probe> probes = new ArrayList<>();
                        probes.add(Probe.record(Site.RESULT));
                        for (int l = 0; l < found.layers(); l++) probes.add(Patch.from(clean, Site.RESULT.at(l)));
                        if (frozen) for (int l = 0; l < found.layers(); l++) probes.add(Patch.from(clean, Site.MLP_OUT.at(l)));
                        probes.add(Patch.from(other, Site.RESULT.at(layer).heads(head).lastRow()));
                        assertThat((double) found.get(layer, head)).as(layer + "." + head).isCloseTo(METRIC.of(model.run(CLEAN, probes.toArray(Probe[]::new))), within(1e-4));
                    }
                }
            }
        }
    }

    /// With all positions, all receivers' own layers between, and one path only: the head below is heard by the query of the head above, and by nobody else.
    @Test
    void receivers() {
        try (Model model = Goldens.tiny("llama")) {
            Trace clean = model.run(CLEAN, Probe.record(Site.Z)).trace();
            Trace other = model.run(OTHER, Probe.record(Site.Z)).trace();
            Run spoken = model.run(CLEAN, Patch.from(clean, Site.Z.at(1)), Patch.from(other, Site.Z.at(0).heads(1)), Probe.record(Site.Q), Probe.record(Site.K));
            double expected = METRIC.of(model.run(CLEAN, Patch.from(spoken.trace(), Site.Q.at(2).heads(3)), Patch.from(spoken.trace(), Site.K.at(1).heads(0))));
            PathPatching patching = PathPatching.of(model, CLEAN, OTHER).at(Range.ALL).to(Site.Q.at(2).heads(3), Site.K.at(1).heads(0));
            assertThat(patching.heads(METRIC).changed().get(0, 1)).isEqualTo((float) expected);
            assertThat(patching.from(List.of(new HeadGrid.Head(0, 1, 0)), METRIC)).isEqualTo((float) expected);
            assertThat(expected).isNotEqualTo(METRIC.of(model.run(CLEAN)));
        }
    }

    /// A receiver below the sender hears nothing, and neither does a query at a position before the sender's.
    @Test
    void nothingTravelsDown() {
        try (Model model = Goldens.tiny("llama")) {
            float plain = (float) METRIC.of(model.run(CLEAN));
            HeadGrid toFirst = PathPatching.of(model, CLEAN, OTHER).to(Site.Q.at(1)).heads(METRIC).changed();
            for (int head = 0; head < 4; head++) {
                assertThat(toFirst.get(1, head)).isEqualTo(plain);
                assertThat(toFirst.get(2, head)).isEqualTo(plain);
                assertThat(toFirst.get(0, head)).isNotEqualTo(plain);
            }
            float[] mlps = PathPatching.of(model, CLEAN, OTHER).to(Site.RESID_PRE.at(1)).mlps(METRIC);
            assertThat(mlps[0]).isNotEqualTo(plain);
            assertThat(mlps[1]).isEqualTo(plain);
        }
    }

    /// In one layer without anything after it, the path to the logits is all there is.
    @Test
    void lastLayerEqualsActivationPatching() {
        try (Model model = Goldens.tiny("qwen3")) {
            int last = model.hyper().layers().size() - 1;
            float[] paths = PathPatching.of(model, CLEAN, OTHER).heads(METRIC).changed().values()[last];
            float[] patches = ActivationPatching.of(model, CLEAN, OTHER).layers(last).positions(CLEAN.length - 1).sweep(Site.Z, METRIC, ActivationPatching.Axis.HEAD).values();
            assertThat(paths).isEqualTo(patches);
        }
    }

    @Test
    void errors() {
        try (Model model = Goldens.tiny("llama")) {
            assertThatThrownBy(() -> PathPatching.of(model, CLEAN, new int[] {1})).isInstanceOf(ModelException.class).hasMessageContaining("found 8 and 1 tokens");
            assertThatThrownBy(() -> PathPatching.of(model, CLEAN, OTHER).to(Site.Q)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("expected one layer");
            assertThatThrownBy(() -> PathPatching.of(model, CLEAN, OTHER).from(List.of(), METRIC)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
