package dev.oriel.runtime;

import static dev.oriel.runtime.Activation.ALL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.testing.Needed;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Five edits against TransformerLens' run_with_hooks.
class InterventionGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "qwen3", "gemma2"})
    void interventions(String architecture) {
        Path file = Needed.shared("goldens/arch/" + architecture + "/interventions.safetensors");
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model model = Goldens.load(Goldens.model(architecture, "safetensors"), "vector", Goldens.exact(1))) {
            int last = model.hyper().layers().size() - 1;
            check(file, "ablate_head_L1H2", model.run(ids, Probe.edit(Site.Z.at(1), a -> a.slice(ALL, 2, ALL).fill(0))));
            check(file, "knockout_5_to_3_L0_all_heads", model.run(ids, Probe.edit(Site.ATTN_SCORES.at(0), a -> a.slice(ALL, 5, 3).fill(-1e30f))));
            check(file, "uniform_pattern_L0H1", model.run(ids, Probe.edit(Site.PATTERN.at(0), InterventionGoldenTest::uniform)));
            check(file, "steer_resid_post_L1_linspace_x3", model.run(ids, Probe.edit(Site.RESID_POST.at(1), a -> a.add(ramp(model.hyper().width())))));
            Activation reversed = model.run(reversed(ids), Probe.record(Site.RESID_PRE.at(last))).trace().get(Site.RESID_PRE.at(last));
            check(file, "patch_resid_pre_last_layer_pos4_from_reversed",
                    model.run(ids, Probe.edit(Site.RESID_PRE.at(last), a -> a.slice(4, ALL).copyFrom(reversed.slice(4, ALL)))));
        }
    }

    private static void check(Path file, String name, Run run) {
        assertThat(Goldens.deviation(run.logits(), Goldens.tensor(file, name))).as(name).isLessThan(1e-3);
    }

    private static void uniform(Activation pattern) {
        for (int query = 0; query < pattern.shape()[1]; query++) {
            pattern.slice(1, query, ALL).fill(0);
            pattern.slice(Range.at(1), Range.at(query), Range.of(0, query + 1)).fill(1f / (query + 1));
        }
    }

    private static float[] ramp(int width) {
        float[] values = new float[width];
        for (int i = 0; i < width; i++) values[i] = 3 * (-1 + 2f * i / (width - 1));
        return values;
    }

    private static int[] reversed(int[] ids) {
        int[] out = ids.clone();
        for (int i = 1; i < ids.length; i++) out[i] = ids[ids.length - i];
        return out;
    }
}
