package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `trace` on SmolLM2 against transformers: where all heads of all layers look, from the GGUF file and from safetensors that `convert` makes of it.
@Tag("slow")
class AttentionGoldenTest extends CommandLineCase {
    private static final int LAYERS = 30;
    private static final double BOUND = 2e-3;

    @Test
    void everyHeadOfEveryLayer() throws IOException {
        String gguf = model("smollm2-135m-instruct-q4_1.gguf");
        String converted = Files.createDirectories(folder.resolve("smollm2")).resolve("model.safetensors").toString();
        oriel("convert", gguf, converted, "--type", "F32").succeeded();
        check(gguf);
        check(converted);
    }

    private void check(String model) {
        Path golden = Needed.shared("goldens/smollm2-attention.safetensors");
        Path out = folder.resolve("trace.safetensors");
        try (Checkpoint expected = Checkpoints.open(golden)) {
            String ids = expected.metadata().requireText("__metadata__.ids");
            oriel("trace", "-m", model, "--ids", ids, "--sites", "blocks.*.attn.hook_pattern,blocks.*.hook_resid_pre", "--exact", "-o", out.toString()).succeeded();
            try (Checkpoint found = Checkpoints.open(out)) {
                for (int layer = 0; layer < LAYERS; layer++) {
                    float[] pattern = found.tensors().get("blocks." + layer + ".attn.hook_pattern").values();
                    float[] reference = expected.tensors().get("attention." + layer).values();
                    assertThat(pattern).hasSameSizeAs(reference);
                    for (int i = 0; i < pattern.length; i++) assertThat(Math.abs(pattern[i] - reference[i])).as("%s, layer %d, weight %d", model, layer, i).isLessThanOrEqualTo((float) BOUND);
                    if (expected.tensors().containsKey("hidden." + layer))
                        assertStream(found.tensors().get("blocks." + layer + ".hook_resid_pre").values(), expected.tensors().get("hidden." + layer).values(), model + ", input of layer " + layer);
                }
            }
        }
    }

    /// A few numbers of this model's residual stream are thousands of times larger than the rest, so differences are measured against the length of the whole.
    private static void assertStream(float[] found, float[] expected, String what) {
        double error = 0;
        double size = 0;
        for (int i = 0; i < found.length; i++) {
            error += Math.pow(found[i] - (double) expected[i], 2);
            size += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error / size)).as(what).isLessThan(1e-3);
    }
}
