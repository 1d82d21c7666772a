package dev.oriel.inspect;

import static dev.oriel.inspect.ActivationPatching.Axis.HEAD;
import static dev.oriel.inspect.ActivationPatching.Axis.LAYER;
import static dev.oriel.inspect.ActivationPatching.Axis.POSITION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The interventions on a real model, against independent references.
@Tag("slow")
class SmolLm2MovesTest {
    private static final Goldens.Value A = Goldens.shared("methods/inspect-a.json");
    private static final Goldens.Value B = Goldens.shared("methods/inspect-b.json");
    private static final Goldens.Value INTERVENE = Goldens.shared("methods/intervene.json");
    private static final int MARY = 5099;
    private static final int JOHN = 2322;
    private static Model model;

    @BeforeAll
    static void load() { model = Goldens.smolLm2(); }

    @AfterAll
    static void close() {
        if (model != null) model.close();
    }

    /// The patching grid of "When Mary and John went to the store, John gave a drink to".
    @Test
    void indirectObject() {
        Goldens.Value ioi = Goldens.shared("smollm2-heads.json").at("ioi");
        int[] clean = model.tokenizer().encode(ioi.at("clean").text());
        int[] swapped = model.tokenizer().encode(ioi.at("swapped").text());
        assertThat(model.tokenizer().encode(" Mary")).containsExactly(MARY);
        Goldens.Value patch = ioi.at("patch_resid_pre_from_swapped_into_clean");
        ActivationPatching patching = ActivationPatching.of(model, clean, swapped).positions(patch.at("positions").ids());
        PatchGrid grid = patching.sweep(Site.RESID_PRE, Metric.logitDifference(MARY, JOHN), LAYER, POSITION);
        Goldens.assertClose("both runs", new double[] {grid.into(), grid.from()}, ioi.at("mary_minus_john").numbers(), 0.02);
        Goldens.assertClose("patched", Goldens.doubles(grid.values()), patch.at("mary_minus_john_by_layer").numbers(), 0.02);
        System.out.println(grid.normalised().grid().table());
    }

    @Test
    void headsPatchedAndPaths() {
        Goldens.Value golden = INTERVENE.at("activation_patch");
        Goldens.Value in = golden.at("inputs");
        int[] clean = in.at("clean_ids").ids();
        int[] corrupted = in.at("corrupted_ids").ids();
        Metric metric = Metric.logitDifference(in.at("right").integer(), in.at("wrong").integer());
        double tolerance = golden.at("tolerance", "normalised").number();
        PatchGrid z = ActivationPatching.of(model, clean, corrupted).positions(clean.length - 1).sweep(Site.Z, metric, LAYER, HEAD);
        Goldens.assertClose("z at the end", Goldens.flat(z.normalised().heads()), tensor("intervene", "activation_patch.z_at_end"), tolerance);
        PathPatching paths = PathPatching.of(model, clean, corrupted);
        HeadGrid toLogits = paths.heads(metric).normalised(z.from());
        Goldens.assertClose("paths to the logits", Goldens.flat(toLogits), tensor("intervene", "activation_patch.path_to_logits"), tolerance);
        assertThat(toLogits.top(1).getFirst()).hasToString("23.3");
        var queries = in.at("receivers_q").list().stream().map(head -> Site.Q.at(head.ids()[0]).heads(head.ids()[1])).toArray(Selection[]::new);
        int[] sender = in.at("sender").ids();
        double toQueries = paths.to(queries).from(List.of(new HeadGrid.Head(sender[0], sender[1], 0)), metric);
        assertThat((toQueries - z.into()) / (z.from() - z.into())).isCloseTo(golden.at("expected", "sender_to_receiver_queries").number(), within(tolerance));
    }

    @Test
    void arithmeticPaths() {
        Goldens.Value golden = A.at("models", "PathPatching", "SmolLM2");
        Goldens.Value in = golden.at("inputs");
        PathPatching paths = PathPatching.of(model, in.at("ids").ids(), in.at("ids_counterfactual").ids());
        Metric metric = Metric.logit(in.at("target").integer());
        HeadEffects heads = paths.heads(metric);
        HeadGrid relative = heads.relative();
        float[] mlps = paths.mlps(metric);
        assertThat(heads.unchanged()).isCloseTo(golden.at("expected", "clean_logit").number(), within(0.01));
        double tolerance = golden.at("tolerance", "abs").number();
        int compared = 0;
        for (Goldens.Value effect : golden.at("expected", "effect").list()) {
            int layer = effect.at(1).integer();
            boolean head = effect.at(0).text().equals("head");
            double found = head ? relative.get(layer, effect.at(2).integer()) : (mlps[layer] - heads.unchanged()) / heads.unchanged();
            List<?> parts = (List<?>) effect.json();
            assertThat(found).as(parts.toString()).isCloseTo(((Number) parts.getLast()).doubleValue(), within(tolerance));
            compared++;
        }
        assertThat(compared).isEqualTo(280);
    }

    @Test
    void headsAblated() {
        Goldens.Value golden = B.at("HeadAblation");
        int[] ids = golden.at("inputs", "ids").ids();
        Metric difference = Metric.logitDifference(golden.at("inputs", "target").integer(), golden.at("inputs", "other").integer());
        Metric probability = Metric.probability(golden.at("inputs", "target").integer());
        HeadAblation zero = HeadAblation.of(model, ids, Replacement.zero());
        HeadEffects effects = zero.sweep(difference);
        assertThat(effects.unchanged()).isCloseTo(golden.at("expected", "logit_difference").number(), within(0.005));
        double[] differences = tensor("inspect-b", "HeadAblation.difference");
        double[] probabilities = tensor("inspect-b", "HeadAblation.probability");
        Goldens.assertClose("differences", Goldens.flat(effects.differences()), differences, golden.at("tolerance", "difference").number());
        Goldens.assertClose("probabilities", Goldens.flat(zero.sweep(probability).differences()), probabilities, golden.at("tolerance", "probability").number());
        Goldens.Value mean = golden.at("expected", "mean_replaced");
        List<HeadGrid.Head> one = List.of(new HeadGrid.Head(mean.at("layer").integer(), mean.at("head").integer(), 0));
        double replaced = HeadAblation.of(model, ids, Replacement.mean(model, List.of(ids))).without(one, difference);
        assertThat(replaced).isCloseTo(mean.at("logit_difference").number(), within(0.005));
    }

    /// Michel et al.: the loss of a text without each head of a layer, with one head of a layer left, and how it answers to a gate.
    @Test
    void sixteenHeads() {
        Goldens.Value golden = INTERVENE.at("head_gate");
        double tolerance = golden.at("tolerance", "delta").number();
        int[] ids = golden.at("inputs", "ids", 0).ids();
        Metric loss = Metric.loss(ids);
        double plain = loss.of(model.run(ids));
        assertThat(plain).isCloseTo(golden.at("expected", "base_nll").number(), within(golden.at("tolerance", "nll").number()));
        HeadAblation zero = HeadAblation.of(model, ids, Replacement.zero());
        for (int layer : new int[] {10, 20}) {
            double[] left = Goldens.doubles(zero.allButOne(layer, loss));
            for (int head = 0; head < left.length; head++) left[head] -= plain;
            Goldens.assertClose("only one head in layer " + layer, left, golden.at("expected", "all_but_one_delta_nll", Integer.toString(layer)).numbers(), tolerance);
        }
        for (var gradient : ((Map<?, ?>) golden.at("expected", "finite_difference").json()).entrySet()) {
            String[] head = gradient.getKey().toString().split(",");
            List<HeadGrid.Head> gated = List.of(new HeadGrid.Head(Integer.parseInt(head[0]), Integer.parseInt(head[1]), 0));
            double up = HeadAblation.of(model, ids, Replacement.scaled(1.01f)).without(gated, loss);
            double down = HeadAblation.of(model, ids, Replacement.scaled(0.99f)).without(gated, loss);
            double expected = ((Number) gradient.getValue()).doubleValue();
            assertThat((up - down) / 0.02).as("gradient of the gate " + gradient.getKey()).isCloseTo(expected, within(2e-4 + 0.02 * Math.abs(expected)));
        }
        double[] leftOut = tensor("intervene", "head_gate.loo_delta_nll");
        for (int head = 0; head < 9; head++) {
            double without = zero.without(List.of(new HeadGrid.Head(24, head, 0)), loss);
            assertThat(without - plain).as("without 24." + head).isCloseTo(leftOut[24 * 9 + head], within(tolerance));
        }
    }

    @Test
    void subjectsCutOff() {
        Goldens.Value golden = A.at("models", "AttentionKnockout", "SmolLM2 subject to last");
        var tolerance = within(golden.at("tolerance", "abs").number());
        for (Goldens.Value one : golden.at("expected").list()) {
            int[] ids = one.at("ids").ids();
            int target = one.at("target").integer();
            for (String what : List.of("subject", "control")) {
                Range[] keys = Arrays.stream(one.at(what).ids()).mapToObj(Range::at).toArray(Range[]::new);
                AttentionKnockout.Cut cut = AttentionKnockout.of(model, ids).cut(Range.LAST, keys);
                assertThat(Metric.probability(target).of(cut.clean())).isCloseTo(one.at("p").number(), tolerance);
                assertThat(Metric.probability(target).of(cut.cut())).as(one.at("prompt").text()).isCloseTo(one.at("p_without_" + what).number(), tolerance);
                assertThat(cut.jsd(ids.length - 1)).isCloseTo(one.at("jsd_" + what).number(), tolerance);
            }
        }
    }

    @Test
    void sentencesCutOff() {
        Goldens.Value golden = A.at("models", "AttentionKnockout", "SmolLM2 sentences");
        List<Range> spans = golden.at("inputs", "spans").list().stream().map(span -> Range.of(span.ids()[0], span.ids()[1])).toList();
        float[][] kl = AttentionKnockout.of(model, golden.at("inputs", "ids").ids()).spans(spans);
        Goldens.assertClose("sentences", Goldens.flat(kl), golden.at("expected", "kl").numbers(), golden.at("tolerance", "abs").number(), golden.at("tolerance", "rel").number());
    }

    @Test
    void columnsHidden() {
        Goldens.Value golden = B.at("SinkMasking");
        int[] ids = golden.at("inputs", "ids").ids();
        Metric loss = Metric.loss(ids);
        var tolerance = within(golden.at("tolerance", "abs").number());
        assertThat(loss.of(model.run(ids))).isCloseTo(golden.at("expected", "nll").number(), tolerance);
        for (int column : golden.at("inputs", "columns").ids()) {
            Run cut = model.run(ids, AttentionKnockout.of(model, ids).probes(Range.from(column + 1), Range.at(column)).toArray(Probe[]::new));
            assertThat(loss.of(cut)).isCloseTo(golden.at("expected", "masked", Integer.toString(column)).number(), tolerance);
        }
    }

    @Test
    void sitesPatched() {
        Goldens.Value golden = B.at("ActivationPatching");
        Goldens.Value in = golden.at("inputs");
        int row = in.at("row").integer();
        Metric metric = Metric.logitDifference(in.at("a").integer(), in.at("b").integer());
        ActivationPatching patching = ActivationPatching.of(model, in.at("clean").ids(), in.at("other").ids()).positions(row);
        double tolerance = golden.at("tolerance", "abs").number();
        for (var site : Map.of(Site.RESID_PRE, "resid_pre", Site.MLP_OUT, "mlp_out", Site.Z, "z_all_heads").entrySet())
            Goldens.assertClose(site.getValue(), Goldens.doubles(patching.sweep(site.getKey(), metric, LAYER).values()), golden.at("expected", site.getValue()).numbers(), tolerance);
    }

    @Test
    void subspaces() {
        Goldens.Value golden = B.at("SubspaceProjection");
        Goldens.Value in = golden.at("inputs");
        int[] clean = in.at("clean").ids();
        int layer = in.at("layer").integer();
        int head = in.at("head").integer();
        Metric metric = Metric.logitDifference(B.at("ActivationPatching", "inputs", "a").integer(), B.at("ActivationPatching", "inputs", "b").integer());
        List<int[]> prompts = List.of(clean, in.at("other").ids());
        SubspaceProjection q = SubspaceProjection.of(model, Site.Q.at(layer).heads(head), prompts);
        SubspaceProjection v = SubspaceProjection.of(model, Site.V.at(layer).heads(head / 3), prompts);
        var tolerance = within(golden.at("tolerance", "abs").number());
        for (int rank : new int[] {0, 8, 64}) {
            assertThat(metric.of(model.run(clean, q.keep(rank)))).as("q " + rank).isCloseTo(golden.at("expected", "q rank " + rank).number(), tolerance);
            assertThat(metric.of(model.run(clean, v.keep(rank)))).as("v " + rank).isCloseTo(golden.at("expected", "v rank " + rank).number(), tolerance);
        }
    }

    @Test
    void memoryInjected() {
        Goldens.Value golden = INTERVENE.at("memory_injection");
        Goldens.Value in = golden.at("inputs");
        int[] ids = in.at("ids").ids();
        float[] memory = SteeringTest.memory(model, in.at("memory_ids").ids());
        assertThat(Math.sqrt(Steering.dot(memory, memory))).isCloseTo(golden.at("expected", "norm_of_B").number(), within(1e-4));
        Metric metric = Metric.probability(in.at("answer").integer());
        double plain = metric.of(model.run(ids));
        for (int layer : new int[] {0, 14, 29}) {
            for (String tau : List.of("1.0", "6.0")) {
                double injected = metric.of(model.run(ids, Steering.add(Site.ATTN_OUT.at(layer), memory, Float.parseFloat(tau))));
                double expected = golden.at("expected", "relative_change_by_layer", tau, layer).number();
                assertThat(injected / plain - 1).as(layer + " " + tau).isCloseTo(expected, within(1e-3 + 2e-3 * Math.abs(expected)));
            }
        }
    }

    @Test
    void directions() {
        Goldens.Value golden = B.at("ActivationDirection");
        Goldens.Value expected = golden.at("expected");
        int layer = golden.at("inputs", "layer").integer();
        float beta = (float) golden.at("inputs", "beta").number();
        List<int[]> texts = golden.at("inputs", "sentences").list().stream().map(text -> model.tokenizer().encode(text.text())).toList();
        List<ActivationDirection> axes = ActivationDirection.principal(ActivationDirection.states(model, Site.RESID_POST.at(layer), texts));
        double relative = golden.at("tolerance", "rel").number();
        ActivationDirection first = axes.getFirst();
        Goldens.assertClose("variances", axes.stream().mapToDouble(ActivationDirection::variance).toArray(), expected.at("variances").numbers(), 0, relative);
        Goldens.assertClose("projections", Goldens.doubles(first.projections()), expected.at("projections").numbers(), 0.02, relative);
        Goldens.assertClose("direction", Goldens.doubles(first.vector()), tensor("inspect-b", "ActivationDirection.w"), 0.001);
        int[] ids = texts.getFirst();
        Probe[] record = {Probe.record(Site.RESID_POST.at(layer, 29))};
        Run plain = model.run(ids, record);
        Run steered = model.run(ids, Steering.add(Site.RESID_POST.at(layer), first.vector(), beta), record[0]);
        assertThat(shift(plain, steered, layer, first.vector())).isCloseTo(expected.at("shift").number(), within(0.01));
        assertThat(shift(plain, steered, 29, first.vector())).isCloseTo(expected.at("shift_at_last_layer").number(), within(0.02));
        assertThat(Divergence.kl(plain.lastLogits(), steered.lastLogits())).isCloseTo(expected.at("kl_last").number(), within(golden.at("tolerance", "kl").number()));
    }

    private static double[] tensor(String file, String name) { return Goldens.doubles(Goldens.sharedTensor("methods/" + file + ".safetensors", name)); }

    /// How far the mean state over all positions moved along a direction.
    private static double shift(Run plain, Run steered, int layer, float[] direction) {
        Activation before = plain.trace().get(Site.RESID_POST.at(layer));
        Activation after = steered.trace().get(Site.RESID_POST.at(layer));
        double sum = 0;
        int rows = before.shape()[0];
        for (int row = 0; row < rows; row++) sum += Steering.dot(after.row(row), direction) - Steering.dot(before.row(row), direction);
        return sum / rows;
    }
}
