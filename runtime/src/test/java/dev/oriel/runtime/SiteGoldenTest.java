package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.testing.Needed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every site against TransformerLens' own values.
class SiteGoldenTest {
    /// Below this a score counts as masked.
    private static final float MASKED = -1e30f;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "qwen3", "gemma2", "gpt-neox"})
    void everySite(String architecture) {
        Path file = Needed.shared("goldens/arch/" + architecture + "/hooks.safetensors");
        try (Checkpoint golden = Checkpoints.open(file); Model model = Goldens.load(Goldens.model(architecture, "safetensors"), "vector", Goldens.exact(1))) {
            List<Probe> probes = new ArrayList<>();
            for (String name : golden.tensors().keySet()) probes.add(Probe.record(Site.named(name).orElseThrow(() -> new AssertionError("no site is called " + name))));
            Run run = model.run(Goldens.ids(architecture, "input_ids"), probes.toArray(Probe[]::new));
            golden.tensors().forEach((name, tensor) -> {
                Activation found = run.trace().get(name);
                assertThat(found.shape()).as(name).containsExactly(Arrays.stream(tensor.shape()).mapToInt(Math::toIntExact).toArray());
                float[] values = found.toArray();
                float[] expected = tensor.values();
                for (int i = 0; i < values.length; i++) {
                    if (expected[i] < MASKED) assertThat(values[i]).as(name).isEqualTo(Float.NEGATIVE_INFINITY);
                    if (expected[i] < MASKED) values[i] = expected[i] = 0;
                }
                assertThat(Goldens.deviation(values, expected)).as(name).isLessThan(1e-3);
            });
        }
    }
}
