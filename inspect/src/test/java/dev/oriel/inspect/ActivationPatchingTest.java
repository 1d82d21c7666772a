package dev.oriel.inspect;

import static dev.oriel.inspect.ActivationPatching.Axis.HEAD;
import static dev.oriel.inspect.ActivationPatching.Axis.KEY;
import static dev.oriel.inspect.ActivationPatching.Axis.LAYER;
import static dev.oriel.inspect.ActivationPatching.Axis.POSITION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationPatchingTest {
    private static final int[] CLEAN = {4, 314, 156, 21, 266, 207, 281, 318};
    private static final int[] OTHER = {83, 234, 156, 245, 108, 3, 104, 371};
    private static final Metric METRIC = Metric.logitDifference(7, 11);

    @Test
    void golden() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/ActivationPatching");
        Goldens.Value in = golden.at("inputs");
        Goldens.Value expected = golden.at("expected");
        int row = in.at("row").integer();
        Metric metric = Metric.logitDifference(in.at("a").integer(), in.at("b").integer());
        try (Model model = Goldens.tiny("llama")) {
            ActivationPatching patching = ActivationPatching.of(model, in.at("clean").ids(), in.at("other").ids()).positions(row);
            double tolerance = golden.at("tolerance", "abs").number();
            for (Site site : List.of(Site.RESID_PRE, Site.RESID_POST, Site.MLP_OUT, Site.Z)) {
                String name = site == Site.Z ? "z" : site.name(0).substring(site.name(0).indexOf("hook_") + 5);
                Goldens.assertClose(name, Goldens.doubles(patching.sweep(site, metric, LAYER).values()), expected.at(name).numbers(), tolerance);
            }
            PatchGrid grid = patching.sweep(Site.RESID_PRE, metric, LAYER, POSITION);
            Goldens.assertClose("both runs", new double[] {grid.into(), grid.from()}, new double[] {expected.at("clean").number(), expected.at("other").number()}, tolerance);
            assertThat(ActivationPatching.of(model, in.at("clean").ids(), in.at("clean").ids()).patch(metric, Site.Z, Site.MLP_OUT)).isEqualTo(grid.into());
            assertThat(patching.positions(row).patch(metric, Site.RESID_POST)).isEqualTo(grid.from());
        }
    }

    /// Whatever is shared between the runs of a sweep, its numbers are those of whole runs, one by one.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "qwen3", "gpt-neox", "gemma2", "gemma3", "mixtral"})
    void sweepsAreBitEqualToRunsOneByOne(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            ActivationPatching patching = ActivationPatching.of(model, CLEAN, OTHER);
            for (Site site : model.sites()) {
                if (!site.perLayer()) continue;
                PatchGrid grid = patching.sweep(site, METRIC, LAYER, POSITION);
                Trace source = model.run(OTHER, Probe.record(site)).trace();
                for (int layer = 0; layer < model.hyper().layers().size(); layer++) {
                    for (int position = 0; position < CLEAN.length; position++) {
                        Probe patch = Patch.from(source, site.at(layer).positions(Range.at(position)));
                        assertThat(grid.get(layer, position)).as(site + " " + layer + " " + position).isEqualTo((float) METRIC.of(model.run(CLEAN, patch)));
                    }
                }
            }
        }
    }

    @Test
    void axesOfAPattern() {
        try (Model model = Goldens.tiny("llama")) {
            ActivationPatching patching = ActivationPatching.of(model, CLEAN, OTHER).layers(1, 2).positions(5, 7).keys(0, 3).heads(3, 1);
            PatchGrid grid = patching.sweep(Site.PATTERN, METRIC, HEAD, LAYER, KEY, POSITION);
            Trace source = model.run(OTHER, Probe.record(Site.PATTERN)).trace();
            Selection one = Site.PATTERN.at(2).heads(3).keys(Range.at(3)).positions(Range.at(5));
            assertThat(grid.get(0, 1, 1, 0)).isEqualTo((float) METRIC.of(model.run(CLEAN, Patch.from(source, one))));
            assertThat(grid.values()).hasSize(16);
            assertThat(grid.grid().rows().name()).isEqualTo("head.layer.key");
            assertThat(grid.grid().rows().labels()).startsWith("3.1.0", "3.1.3", "3.2.0").hasSize(8);
            assertThat(grid.grid().columns().labels()).containsExactly("5", "7");
            assertThat(grid.grid(List.of("a", "b", "c", "d", "e", "f", "g", "h")).columns().labels()).containsExactly("5 f", "7 h");
            assertThat(grid.grid().values()[3][0]).isEqualTo(grid.get(0, 1, 1, 0));
            List<Probe> all = new ArrayList<>();
            for (int layer : new int[] {1, 2}) for (int position : new int[] {5, 7}) for (int key : new int[] {0, 3})
                all.add(Patch.from(source, Site.PATTERN.at(layer).heads(3, 1).positions(Range.at(position)).keys(Range.at(key))));
            assertThat(patching.patch(METRIC, Site.PATTERN)).isEqualTo(METRIC.of(model.run(CLEAN, all.toArray(Probe[]::new))));
        }
    }

    /// A metric that looks at every position gets whole runs.
    @Test
    void metricOfAllPositions() {
        Metric loss = Metric.loss(CLEAN);
        try (Model model = Goldens.tiny("llama")) {
            PatchGrid grid = ActivationPatching.of(model, CLEAN, OTHER).sweep(Site.Z, loss, LAYER, POSITION, HEAD);
            Trace source = model.run(OTHER, Probe.record(Site.Z)).trace();
            assertThat(grid.get(2, 3, 1)).isEqualTo((float) loss.of(model.run(CLEAN, Patch.from(source, Site.Z.at(2).heads(1).positions(Range.at(3))))));
            assertThat(grid.into()).isEqualTo(loss.of(model.run(CLEAN)));
        }
    }

    @Test
    void normalised() {
        PatchGrid grid = new PatchGrid("g", List.of(new PatchGrid.Side("layer", new int[] {0, 1}), new PatchGrid.Side("head", new int[] {0})), new float[] {3, 5}, 2, 4);
        assertThat(grid.normalised().values()).containsExactly(0.5f, 1.5f);
        assertThat(grid.heads().get(1, 0)).isEqualTo(5);
        PatchGrid flat = new PatchGrid("g", grid.sides(), grid.values(), 2, 2);
        assertThatThrownBy(flat::normalised).hasMessageContaining("nothing to share");
        assertThatThrownBy(() -> grid.get(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void progress() {
        List<Integer> done = new ArrayList<>();
        try (Model model = Goldens.tiny("llama")) {
            ActivationPatching.of(model, CLEAN, OTHER).withProgress((at, total) -> {
                assertThat(total).isEqualTo(12);
                done.add(at);
            }).sweep(Site.Z, METRIC, LAYER, HEAD);
        }
        assertThat(done).isSorted().endsWith(12);
    }

    @Test
    void whatCannotBePatchedIsAnError() {
        try (Model model = Goldens.tiny("llama")) {
            ActivationPatching patching = ActivationPatching.of(model, CLEAN, OTHER);
            assertThatThrownBy(() -> ActivationPatching.of(model, CLEAN, Arrays.copyOf(OTHER, 5))).isInstanceOf(ModelException.class).hasMessageContaining("found 8 and 5 tokens");
            assertThatThrownBy(() -> patching.sweep(Site.EMBED, METRIC, POSITION)).isInstanceOf(ModelException.class).hasMessageContaining("stands in no layer");
            assertThatThrownBy(() -> patching.sweep(Site.MLP_OUT, METRIC, LAYER, HEAD)).isInstanceOf(ModelException.class).hasMessageContaining("no axis to sweep by head");
            assertThatThrownBy(() -> patching.sweep(Site.POS_EMBED, METRIC, LAYER)).isInstanceOf(ModelException.class);
            assertThatThrownBy(() -> patching.layers(9).sweep(Site.Z, METRIC, LAYER)).isInstanceOf(ModelException.class).hasMessageContaining("layer: expected 0..2, found 9");
            assertThatThrownBy(() -> patching.heads(2).sweep(Site.K, METRIC, LAYER, HEAD)).isInstanceOf(ModelException.class).hasMessageContaining("head: expected 0..1, found 2");
            assertThatThrownBy(() -> patching.sweep(Site.Z, METRIC)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> patching.sweep(Site.LN1_POST_SCALE, METRIC, LAYER)).isInstanceOf(ModelException.class).hasMessageContaining("this model has no");
            Trace part = model.run(OTHER, Probe.record(Site.Z.at(1).positions(3, 5))).trace();
            assertThatThrownBy(() -> model.run(CLEAN, Patch.from(part, Site.Z.at(1).positions(4, 6)))).isInstanceOf(ModelException.class).hasMessageContaining("pos 5 was not recorded");
            assertThatThrownBy(() -> model.run(CLEAN, Patch.from(part, Site.Z.at(1)))).isInstanceOf(ModelException.class).hasMessageContaining("pos 0 was not recorded");
        }
    }
}
