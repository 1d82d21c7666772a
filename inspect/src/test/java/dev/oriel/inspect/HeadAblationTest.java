package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Phase;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadAblationTest {
    private static final int[] IDS = {4, 314, 156, 21, 266, 207, 281, 318};
    private static final int[] OTHER = {83, 234, 156, 245, 108, 3, 104, 371};
    private static final Metric METRIC = Metric.logitDifference(7, 11);

    @Test
    void golden() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/HeadAblation");
        Goldens.Value in = golden.at("inputs");
        Metric metric = Metric.logitDifference(in.at("a").integer(), in.at("b").integer());
        double tolerance = golden.at("tolerance", "abs").number();
        try (Model model = Goldens.tiny("llama")) {
            HeadAblation ablation = HeadAblation.of(model, in.at("ids").ids(), Replacement.zero());
            Goldens.assertClose("without each head", Goldens.flat(ablation.sweep(metric).changed()), golden.at("expected", "difference_without_head").numbers(), tolerance);
            assertThat(ablation.without(layer(model, 1), metric)).isCloseTo(golden.at("expected", "all_of_layer_1").number(), within(tolerance));
        }
    }

    /// Gates of any size, Michel et al.'s xi.
    @Test
    void gates() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/head_gate");
        try (Model model = Goldens.tiny("llama")) {
            List<Probe> probes = new ArrayList<>();
            for (int l = 0; l < 3; l++) for (int h = 0; h < 4; h++)
                probes.addAll(HeadAblation.probes(List.of(new HeadGrid.Head(l, h, 0)), Replacement.scaled((float) golden.at("inputs", "gates", l, h).number())));
            float[] logits = model.run(golden.at("inputs", "ids").ids(), probes.toArray(Probe[]::new)).lastLogits();
            Goldens.assertClose("gated", Goldens.doubles(logits), golden.at("expected").numbers(), golden.at("tolerance").number());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "qwen3", "gpt-neox"})
    void sweepsAreBitEqualToRunsOneByOne(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            List<int[]> prompts = List.of(IDS, OTHER);
            for (Replacement replacement : List.of(Replacement.zero(), Replacement.mean(model, prompts), Replacement.meanByPosition(model, prompts), Replacement.resampled(model, OTHER))) {
                for (Range positions : List.of(Range.ALL, Range.LAST, Range.of(2, 5))) {
                    HeadAblation ablation = HeadAblation.of(model, IDS, replacement).at(positions);
                    for (Metric metric : List.of(METRIC, Metric.loss(IDS))) {
                        HeadEffects effects = ablation.sweep(metric);
                        assertThat(effects.unchanged()).isEqualTo(metric.of(model.run(IDS)));
                        for (int layer = 0; layer < effects.changed().layers(); layer++)
                            for (int head = 0; head < 4; head++)
                                assertThat(effects.changed().get(layer, head)).isEqualTo((float) ablation.without(List.of(new HeadGrid.Head(layer, head, 0)), metric));
                    }
                }
            }
        }
    }

    /// More rows than one pass takes.
    @Test
    void manyBatches() {
        int[] ids = new int[100];
        Arrays.setAll(ids, i -> (i * 37 + 5) % 384);
        try (Model model = Goldens.tiny("llama")) {
            List<Integer> done = new ArrayList<>();
            HeadAblation ablation = HeadAblation.of(model, ids, Replacement.zero()).withProgress((at, total) -> done.add(at));
            HeadGrid found = ablation.sweep(METRIC).changed();
            assertThat(done).containsExactly(2, 4, 6, 8, 10, 12);
            for (HeadGrid.Head head : found.top(12)) assertThat(head.value()).isEqualTo((float) ablation.without(List.of(head), METRIC));
        }
    }

    @Test
    void noReplacementChangesNothing() {
        try (Model model = Goldens.tiny("llama")) {
            double plain = METRIC.of(model.run(IDS));
            for (Replacement own : List.of(Replacement.scaled(1), Replacement.resampled(model, IDS), Replacement.meanByPosition(model, List.of(IDS))))
                for (float value : HeadAblation.of(model, IDS, own).sweep(METRIC).changed().values()[1]) assertThat(value).isEqualTo((float) plain);
            assertThat(HeadAblation.of(model, IDS, Replacement.zero()).without(List.of(), METRIC)).isEqualTo(plain);
        }
    }

    @Test
    void means() {
        try (Model model = Goldens.tiny("llama")) {
            int[] shorter = {9, 8, 7};
            Activation a = model.run(IDS, Probe.record(Site.Z.at(1))).trace().get(Site.Z.at(1));
            Activation b = model.run(shorter, Probe.record(Site.Z.at(1))).trace().get(Site.Z.at(1));
            double mean = 0;
            for (int row = 0; row < 8; row++) mean += a.get(row, 2, 5) / 11.0;
            for (int row = 0; row < 3; row++) mean += b.get(row, 2, 5) / 11.0;
            List<Probe> probes = new ArrayList<>(HeadAblation.probes(List.of(new HeadGrid.Head(1, 2, 0)), Replacement.mean(model, List.of(IDS, shorter))));
            probes.add(Probe.record(Site.Z.at(1)));
            Activation z = model.run(IDS, probes.toArray(Probe[]::new)).trace().get(Site.Z.at(1));
            for (int row = 0; row < 8; row++) assertThat((double) z.get(row, 2, 5)).isCloseTo(mean, within(1e-6));
            assertThat(z.get(3, 1, 5)).isEqualTo(a.get(3, 1, 5));
            assertThatThrownBy(() -> Replacement.meanByPosition(model, List.of(IDS, shorter))).isInstanceOf(ModelException.class).hasMessageContaining("found one of 3");
            HeadAblation tooLong = HeadAblation.of(model, IDS, Replacement.meanByPosition(model, List.of(shorter)));
            assertThatThrownBy(() -> tooLong.sweep(METRIC)).isInstanceOf(ModelException.class).hasMessageContaining("found position 3");
        }
    }

    @Test
    void allButOne() {
        try (Model model = Goldens.tiny("llama")) {
            HeadAblation ablation = HeadAblation.of(model, IDS, Replacement.zero());
            float[] left = ablation.allButOne(1, METRIC);
            for (int head = 0; head < 4; head++) {
                int kept = head;
                assertThat(left[head]).isEqualTo((float) ablation.without(layer(model, 1).stream().filter(h -> h.head() != kept).toList(), METRIC));
            }
        }
    }

    /// The same edits act in generation, and in one phase only where that is asked for.
    @Test
    void generation() {
        try (Model model = Goldens.tiny("llama")) {
            List<Probe> out = HeadAblation.probes(layer(model, 1), Replacement.zero());
            assertThat(generated(model, out)).isNotEqualTo(generated(model, List.of()));
            assertThat(generated(model, out.stream().map(p -> p.during(Phase.GENERATION)).toList())[0]).isEqualTo(generated(model, List.of())[0]);
        }
    }

    private static int[] generated(Model model, List<Probe> probes) {
        try (Session session = model.session()) {
            return session.generate(Input.of(IDS), Sampling.greedy(), 6, List.of(), probes, token -> { }).ids();
        }
    }

    private static List<HeadGrid.Head> layer(Model model, int layer) {
        List<HeadGrid.Head> heads = new ArrayList<>();
        for (int head = 0; head < model.hyper().attention().heads(); head++) heads.add(new HeadGrid.Head(layer, head, 0));
        return heads;
    }
}
