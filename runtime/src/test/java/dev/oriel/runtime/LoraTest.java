package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Adapters of both kinds on models of both kinds, against PEFT in float32 (`make.py` beside them).
class LoraTest {
    private static final double TOLERANCE = 1e-4;
    /// Adapter and model.
    private static final Map<String, String> CASES = new TreeMap<>(Map.ofEntries(Map.entry("llama", "llama-bias"), Map.entry("llama-patterns", "llama-bias"), Map.entry("llama-tied", "llama-bias"),
            Map.entry("llama-saved", "llama-linear"), Map.entry("qwen2", "qwen2-window"), Map.entry("gpt2", "gpt2-unscaled"), Map.entry("phi3", "phi3-partial"), Map.entry("neox", "neox-seq"),
            Map.entry("falcon", "falcon-new"), Map.entry("gemma2", "gemma2"), Map.entry("cohere", "cohere-qk"), Map.entry("deepseek", "deepseek-lite"), Map.entry("bert", "bert"),
            Map.entry("mixtral", "mixtral-6")));

    @TempDir
    Path temporary;

    private static Path folder(String name) {
        try {
            return Path.of(LoraTest.class.getResource("/goldens/lora").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] logits(Path model, String backend, LoadOptions options) {
        try (Model m = Goldens.load(model, backend, options)) {
            return m.run(VariantGoldenTest.ids()).logits();
        }
    }

    private Path gguf(String variant) throws IOException {
        Path gguf = temporary.resolve(variant + ".gguf");
        try (Checkpoint source = Checkpoints.open(VariantGoldenTest.folder(variant))) {
            GgufForm form = GgufForm.of(source).orElseThrow();
            GgufWriter.write(gguf, form.metadata(), form.tensors());
        }
        return gguf;
    }

    static Stream<Arguments> cases() { return CASES.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue())); }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void sameAsPeft(String name, String variant) throws IOException {
        float[] expected = Goldens.tensor(folder(name).resolve("golden.safetensors"), "logits");
        float[] plain = logits(VariantGoldenTest.folder(variant), "scalar", Goldens.exact(1));
        assertThat(Goldens.deviation(plain, expected)).as("without the adapter").isGreaterThan(0.1);
        LoadOptions options = Goldens.exact(2).withLora(folder(name), 1);
        for (String backend : new String[] {"scalar", "vector"})
            assertThat(Goldens.deviation(logits(VariantGoldenTest.folder(variant), backend, options), expected)).as(backend).isLessThan(TOLERANCE);
        // GGUF has no place for an encoder's head, which this adapter changes.
        if (!name.equals("bert")) assertThat(Goldens.deviation(logits(gguf(variant), "scalar", options), expected)).as("on GGUF").isLessThan(TOLERANCE);
    }

    /// Adapters that llama.cpp's converter made of those of PEFT.
    @ParameterizedTest
    @CsvSource({"llama, llama-bias", "llama-tied, llama-bias", "phi3, phi3-partial", "neox, neox-seq", "falcon, falcon-new", "gemma2, gemma2", "cohere, cohere-qk", "mixtral, mixtral-6"})
    void ggufAdaptersAreTheSame(String name, String variant) throws IOException {
        float[] expected = Goldens.tensor(folder(name).resolve("golden.safetensors"), "logits");
        LoadOptions options = Goldens.exact(2).withLora(folder(name).resolve("adapter.gguf"), 1);
        for (Path model : new Path[] {gguf(variant), VariantGoldenTest.folder(variant)})
            assertThat(Goldens.deviation(logits(model, "scalar", options), expected)).as(model.toString()).isLessThan(TOLERANCE);
    }

    @Test
    void severalEachWithAScale() {
        LoadOptions options = Goldens.exact(1).withLora(folder("llama"), 0.5f).withLora(folder("llama-tied"), -1.5f);
        float[] found = logits(VariantGoldenTest.folder("llama-bias"), "vector", options);
        assertThat(Goldens.deviation(found, Goldens.tensor(folder("two.safetensors"), "logits"))).isLessThan(TOLERANCE);
    }
}
