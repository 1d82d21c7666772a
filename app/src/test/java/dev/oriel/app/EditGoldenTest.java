package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.testing.Needed;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Five edits, as a user types them, against TransformerLens' run_with_hooks.
class EditGoldenTest extends CommandLineCase {
    private static final double BOUND = 1e-3;

    @ParameterizedTest
    @CsvSource({"llama, .", "gpt2, .", "qwen3, .", "gemma2, .", "llama, model-bf16.gguf"})
    void interventions(String architecture, String file) throws IOException {
        Path golden = Needed.shared("goldens/arch/" + architecture);
        String model = golden.resolve(file).normalize().toString();
        List<Integer> ids = ids(golden);
        Map<?, ?> config = (Map<?, ?>) Json.parse("config.json", Files.newBufferedReader(golden.resolve("config.json")));
        int last = ((Number) config.get(config.containsKey("n_layer") ? "n_layer" : "num_hidden_layers")).intValue() - 1;
        int width = ((Number) config.get(config.containsKey("n_embd") ? "n_embd" : "hidden_size")).intValue();
        String values = values(ids.size(), width);
        String patch = "blocks." + last + ".hook_resid_pre";
        Path reversed = folder.resolve("reversed.safetensors");
        oriel("trace", "-m", model, "--exact", "--ids", list(reversed(ids)), "--sites", patch + "[4]", "-o", reversed.toString()).succeeded();

        check(golden, "ablate_head_L1H2", model, ids, "blocks.1.attn.hook_z[:,2,:]=0");
        check(golden, "knockout_5_to_3_L0_all_heads", model, ids, "blocks.0.attn.hook_attn_scores[:,5,3]=-1e30");
        check(golden, "uniform_pattern_L0H1", model, ids, "blocks.0.attn.hook_pattern[1]=@" + values + ":uniform");
        check(golden, "steer_resid_post_L1_linspace_x3", model, ids, "blocks.1.hook_resid_post+=@" + values + ":ramp");
        check(golden, "patch_resid_pre_last_layer_pos4_from_reversed", model, ids, patch + "[4:5]=@" + reversed + ":" + patch);
    }

    private void check(Path golden, String name, String model, List<Integer> ids, String edit) {
        Path file = folder.resolve("logits.safetensors");
        oriel("logits", "-m", model, "--exact", "--ids", list(ids), "--edit", edit, "-o", file.toString()).succeeded();
        assertThat(deviation(values(file, "logits"), values(golden.resolve("interventions.safetensors"), name))).as(name).isLessThan(BOUND);
    }

    /// The file of values that edits refer to.
    private String values(int rows, int width) {
        float[] uniform = new float[rows * rows];
        for (int query = 0; query < rows; query++) for (int key = 0; key <= query; key++) uniform[query * rows + key] = 1f / (query + 1);
        float[] ramp = new float[width];
        for (int i = 0; i < width; i++) ramp[i] = 3 * (-1 + 2f * i / (width - 1));
        Path file = folder.resolve("values.safetensors");
        SafetensorsWriter.write(file, Map.of(), List.of(TensorSource.of("uniform", uniform, rows, rows), TensorSource.of("ramp", ramp, width)));
        return file.toString();
    }

    /// Largest difference, in standard deviations of what is expected.
    private static double deviation(float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        double mean = IntStream.range(0, expected.length).mapToDouble(i -> expected[i]).average().orElseThrow();
        double variance = IntStream.range(0, expected.length).mapToDouble(i -> Math.pow(expected[i] - mean, 2)).average().orElseThrow();
        return IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(found[i] - expected[i])).max().orElseThrow() / Math.sqrt(variance);
    }

    private static List<Integer> ids(Path golden) throws IOException {
        try (Reader reader = Files.newBufferedReader(golden.resolve("golden.json"))) {
            return ((List<?>) ((Map<?, ?>) Json.parse("golden.json", reader)).get("input_ids")).stream().map(id -> ((Number) id).intValue()).toList();
        }
    }

    /// The first id, then the others from the last on.
    private static List<Integer> reversed(List<Integer> ids) { return IntStream.range(0, ids.size()).mapToObj(i -> ids.get(i == 0 ? 0 : ids.size() - i)).toList(); }

    private static String list(List<Integer> ids) { return ids.stream().map(String::valueOf).collect(Collectors.joining(",")); }
}
