package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.ops.Backend;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Tensor;
import dev.oriel.ops.far.FarOps;
import dev.oriel.testing.Needed;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// What independent programs computed, and the models they computed it on.
final class Goldens {
    /// Families whose models are in the resources, and those whose models are not.
    static final List<String> SHIPPED = List.of("llama", "llama3-rope", "gemma2", "gemma3", "qwen3", "gpt2", "gpt-neox", "mixtral");
    private static final List<String> SHARED = List.of("mistral", "qwen2", "qwen2-moe", "qwen3-moe", "olmo2", "olmoe", "gemma", "phi2", "phi3", "stablelm", "starcoder2",
            "falcon", "bloom", "cohere", "granite", "smollm3", "deepseek2", "gpt-oss");
    /// Families of which there is no GGUF.
    private static final List<String> SAFETENSORS_ONLY = List.of("mistral", "gpt-oss", "roberta", "modernbert");
    static final List<String> ENCODERS = List.of("bert", "roberta", "modernbert");
    /// All that generate.
    static final List<String> ARCHITECTURES = Stream.concat(SHIPPED.stream(), SHARED.stream()).toList();
    static final List<String> BACKENDS = List.of("scalar", "vector", "emitted", "far");

    private Goldens() {}

    /// Families of which there is a GGUF.
    static Stream<String> withGguf() { return ARCHITECTURES.stream().filter(a -> !SAFETENSORS_ONLY.contains(a)); }

    /// The kinds of file of a family.
    static Stream<String> kinds(String architecture) { return SAFETENSORS_ONLY.contains(architecture) ? Stream.of("safetensors") : Stream.of("gguf", "safetensors"); }

    static Path folder(String architecture) {
        if (!SHIPPED.contains(architecture)) return Needed.shared("goldens/arch/" + architecture);
        try {
            return Path.of(Goldens.class.getResource("/goldens/arch/" + architecture).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path model(String architecture, String kind) { return folder(architecture).resolve(kind.equals("gguf") ? "model-bf16.gguf" : "model.safetensors"); }

    /// The model, in the first kind of file that there is.
    static Path model(String architecture) { return model(architecture, kinds(architecture).findFirst().orElseThrow()); }

    /// A tensor of the architecture's golden file.
    static float[] golden(String architecture, String name) { return tensor(folder(architecture).resolve("golden.safetensors"), name); }

    static float[] tensor(Path file, String name) {
        try (Checkpoint c = Checkpoints.open(file)) {
            Tensor t = c.tensors().get(name);
            assertThat(t).as(file + ": " + name).isNotNull();
            return t.values();
        }
    }

    static int[] ids(String architecture, String key) {
        Map<?, ?> json = (Map<?, ?>) Json.parse(folder(architecture).resolve("golden.json"));
        return ((List<?>) json.get(key)).stream().mapToInt(n -> ((Long) n).intValue()).toArray();
    }

    static LoadOptions exact(int threads) { return LoadOptions.defaults().withThreads(threads).exact(); }

    static Model load(Path path, String backend, LoadOptions options) {
        try (Checkpoint c = Checkpoints.open(path)) {
            return Model.of(c, options, ops(backend, options));
        }
    }

    static Ops ops(String backend, LoadOptions options) {
        Backend cpu = ServiceLoader.load(Backend.class).findFirst().orElseThrow();
        boolean far = backend.equals("far");
        try {
            Ops ops = cpu.open(new Backend.Options(options.threads(), options.float32(), far ? "scalar" : backend));
            return far ? new FarOps(ops) : ops;
        } catch (UnsupportedOperationException e) {
            return Assumptions.abort(e.getMessage());
        }
    }

    /// Largest |a - b| in units of b's standard deviation.
    static double deviation(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double mean = 0;
        for (float v : b) mean += v / (double) b.length;
        double variance = 0;
        double worst = 0;
        for (int i = 0; i < b.length; i++) {
            variance += (b[i] - mean) * (b[i] - mean) / b.length;
            worst = Math.max(worst, Float.isNaN(a[i]) ? Double.POSITIVE_INFINITY : Math.abs(a[i] - (double) b[i]));
        }
        return worst / Math.sqrt(variance);
    }
}
