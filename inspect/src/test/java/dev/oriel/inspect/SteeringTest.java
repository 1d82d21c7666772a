package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Phase;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SteeringTest {
    private static final int[] IDS = {4, 314, 156, 21, 266, 207, 281, 318};
    private static final long SEED = 11;

    /// Memory injection: unembedding rows of distinct tokens, added to what attention says.
    @Test
    void golden() {
        Goldens.Value golden = Goldens.shipped("moves.json").at("tiny/memory_injection");
        Goldens.Value in = golden.at("inputs");
        try (Model model = Goldens.tiny("llama")) {
            float[] memory = memory(model, in.at("memory_ids").ids());
            Probe inject = Steering.add(Site.ATTN_OUT.at(in.at("layer").integer()), memory, (float) in.at("tau").number());
            Goldens.assertClose("injected", Goldens.doubles(model.run(in.at("ids").ids(), inject).lastLogits()), golden.at("expected").numbers(), golden.at("tolerance").number());
        }
    }

    static float[] memory(Model model, int... ids) {
        float[] sum = new float[model.hyper().width()];
        for (int id : Arrays.stream(ids).distinct().toArray()) {
            float[] row = model.weights().unembedding(id, 1);
            for (int d = 0; d < sum.length; d++) sum[d] += row[d];
        }
        return sum;
    }

    @Test
    void rulesAlongADirection() {
        try (Model model = Goldens.tiny("llama")) {
            Selection where = Site.RESID_POST.at(1);
            float[] direction = direction(model.hyper().width());
            double length = Math.sqrt(Steering.dot(direction, direction));
            float[] plain = along(model, direction);
            for (int row = 0; row < IDS.length; row++) {
                assertThat((double) along(model, direction, Steering.add(where, direction, 2))[row]).isCloseTo(plain[row] + 2 * length, within(1e-4));
                assertThat((double) along(model, direction, Steering.projectOut(where, direction))[row]).isCloseTo(0, within(1e-4));
                assertThat((double) along(model, direction, Steering.clamp(where, direction, -1.5f))[row]).isCloseTo(-1.5, within(1e-4));
                assertThat((double) along(model, direction, Steering.cap(where, direction, -0.1f, 0.1f))[row]).isCloseTo(Math.clamp(plain[row], -0.1f, 0.1f), within(1e-4));
            }
        }
    }

    /// Across the direction nothing moves, and at positions that were not selected nothing at all.
    @Test
    void onlyThere() {
        try (Model model = Goldens.tiny("llama")) {
            float[] direction = new float[model.hyper().width()];
            direction[3] = 2;
            Activation plain = state(model);
            Activation edited = state(model, Steering.clamp(Site.RESID_POST.at(1).positions(2, 4), direction, 9));
            for (int row = 0; row < IDS.length; row++) {
                float[] expected = plain.row(row);
                if (row == 2 || row == 3) expected[3] = 9;
                assertThat(edited.row(row)).containsExactly(expected, within(1e-5f));
            }
            Probe without = Steering.projectOut(Site.Z.at(1).heads(2), unit(model.hyper().attention().valueDim(), 1));
            Activation heads = model.run(IDS, without, Probe.record(Site.Z.at(1))).trace().get(Site.Z.at(1));
            for (int row = 0; row < IDS.length; row++) {
                assertThat(heads.get(row, 2, 1)).isZero();
                assertThat(heads.get(row, 1, 1)).isNotZero();
            }
        }
    }

    @Test
    void settingsThatChangeNothing() {
        try (Model model = Goldens.tiny("llama")) {
            float[] direction = direction(model.hyper().width());
            float[] plain = model.run(IDS).logits();
            assertThat(model.run(IDS, Steering.add(Site.RESID_POST, direction, 0)).logits()).isEqualTo(plain);
            assertThat(model.run(IDS, Steering.cap(Site.RESID_POST, direction, -1e9f, 1e9f)).logits()).isEqualTo(plain);
        }
    }

    @Test
    void phases() {
        try (Model model = Goldens.tiny("llama")) {
            Probe push = Steering.add(Site.RESID_POST.at(2), direction(model.hyper().width()), 30);
            int[] plain = generated(model);
            assertThat(generated(model, push.during(Phase.step(1)))).startsWith(plain[0], plain[1]).isNotEqualTo(plain);
            assertThat(generated(model, push.during(Phase.PROMPT))[0]).isEqualTo(generated(model, push)[0]).isNotEqualTo(plain[0]);
        }
    }

    private static int[] generated(Model model, Probe... probes) {
        try (Session session = model.session()) {
            return session.generate(Input.of(IDS), Sampling.greedy(), 6, List.of(), List.of(probes), token -> { }).ids();
        }
    }

    @Test
    void errors() {
        try (Model model = Goldens.tiny("llama")) {
            assertThatThrownBy(() -> Steering.projectOut(Site.RESID_POST.at(1), new float[64])).hasMessageContaining("length 0");
            assertThatThrownBy(() -> Steering.cap(Site.RESID_POST.at(1), new float[] {1}, 2, 1)).hasMessageContaining("least <= most");
            assertThatThrownBy(() -> model.run(IDS, Steering.clamp(Site.RESID_POST.at(1), new float[] {1, 2}, 0))).hasMessageContaining("found 2");
        }
    }

    /// Two clouds that differ along one axis: both ways to a direction find it.
    @Test
    void directions() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        float[][] low = new float[20][12];
        float[][] high = new float[20][12];
        for (int i = 0; i < 20; i++) for (int d = 0; d < 12; d++) {
            low[i][d] = (float) random.nextGaussian() + (d == 4 ? 0 : 3);
            high[i][d] = (float) random.nextGaussian() + (d == 4 ? 40 : 3);
        }
        ActivationDirection means = ActivationDirection.differenceOfMeans(low, high);
        assertThat(means.vector()[4]).isGreaterThan(0.99f);
        assertThat(means.projections()[0]).isNegative();
        assertThat(means.projections()[39]).isPositive();
        float[][] all = new float[40][];
        System.arraycopy(low, 0, all, 0, 20);
        System.arraycopy(high, 0, all, 20, 20);
        List<ActivationDirection> axes = ActivationDirection.principal(all);
        assertThat(axes).hasSize(12);
        assertThat(axes.getFirst().vector()[4]).isGreaterThan(0.99f);
        assertThat(axes.get(0).variance()).isCloseTo(410, within(40.0));
        assertThat(axes.stream().mapToDouble(ActivationDirection::variance).toArray()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(Steering.dot(axes.get(0).vector(), axes.get(1).vector())).isCloseTo(0, within(1e-5));
    }

    private static float[] along(Model model, float[] direction, Probe... probes) {
        Activation state = state(model, probes);
        double length = Math.sqrt(Steering.dot(direction, direction));
        float[] along = new float[IDS.length];
        for (int row = 0; row < along.length; row++) along[row] = (float) (Steering.dot(state.row(row), direction) / length);
        return along;
    }

    private static Activation state(Model model, Probe... probes) {
        Probe[] all = Arrays.copyOf(probes, probes.length + 1);
        all[probes.length] = Probe.record(Site.RESID_POST.at(1));
        return model.run(IDS, all).trace().get(Site.RESID_POST.at(1));
    }

    private static float[] direction(int width) {
        float[] direction = new float[width];
        for (int d = 0; d < width; d++) direction[d] = (float) Math.sin(d + 1);
        return direction;
    }

    private static float[] unit(int width, int axis) {
        float[] unit = new float[width];
        unit[axis] = 1;
        return unit;
    }
}
