package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/// What the tests of whole texts share: small models with heads and tokenizers (`make.py` beside them), and what transformers and sentence-transformers made of them.
class TextCase {
    @TempDir Path temporary;

    static Path folder(String name) {
        try {
            return Path.of(TextCase.class.getResource("/goldens/heads").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Model load(Path path) { return Goldens.load(path, "vector", Goldens.exact(1)); }

    static Model load(String name) { return load(folder(name)); }

    static List<Map<?, ?>> cases(String name) {
        Map<?, ?> golden = (Map<?, ?>) Json.parse(folder(name).resolve("golden.json"));
        return ((List<?>) golden.get("cases")).stream().<Map<?, ?>>map(each -> (Map<?, ?>) each).toList();
    }

    static float[] numbers(Object list) {
        List<?> all = (List<?>) list;
        float[] out = new float[all.size()];
        for (int i = 0; i < out.length; i++) out[i] = ((Number) all.get(i)).floatValue();
        return out;
    }

    static int[] integers(Object list) { return ((List<?>) list).stream().mapToInt(n -> ((Number) n).intValue()).toArray(); }

    static double largestDifference(float[] a, float[] b) {
        double worst = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(a.length, b.length); i++) worst = Math.max(worst, Double.isNaN(a[i]) ? Double.POSITIVE_INFINITY : Math.abs(a[i] - b[i]));
        return worst;
    }

    /// The weights and the configuration as GGUF; the tokenizer's keys where GGUF has words for it.
    Path gguf(Path folder) {
        Path file = temporary.resolve("model.gguf");
        try (Checkpoint source = Checkpoints.open(folder)) {
            GgufForm form = GgufForm.of(source).orElseThrow();
            GgufWriter.write(file, form.metadata(), form.tensors());
        }
        return file;
    }

    /// And back, without a tokenizer.
    Path back(Path gguf) {
        try (Checkpoint source = Checkpoints.open(gguf)) {
            Path back = Files.createDirectory(temporary.resolve("back"));
            HuggingFaceForm form = HuggingFaceForm.of(source).orElseThrow();
            Collection<TensorSource> tensors = form.tensors();
            SafetensorsWriter.write(back.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
            for (Map.Entry<String, Object> file : form.files().entrySet()) {
                Files.createDirectories(back.resolve(file.getKey()).getParent());
                Files.writeString(back.resolve(file.getKey()), Json.write(file.getValue()));
            }
            return back;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
