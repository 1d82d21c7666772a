package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    /// A model in bfloat16 keeps the sum as F16; bfloat16 would cost eight times as much.
    @Test
    void whatIsNotExactIsNearlySo() {
        LoadOptions options = LoadOptions.defaults().withThreads(1).withKvFormat(Format.F32).withLora(folder("llama"), 1);
        float[] found = logits(VariantGoldenTest.folder("llama-bias"), "scalar", options);
        double deviation = Goldens.deviation(found, Goldens.tensor(folder("llama/golden.safetensors"), "logits"));
        System.out.println("sums as F16: " + deviation);
        assertThat(deviation).isBetween(1e-5, 5e-3);
    }

    @Test
    void oneModelWithAndWithoutIsTwo() {
        Path session = temporary.resolve("session.safetensors");
        LoadOptions options = Goldens.exact(1).withLora(folder("llama"), 1);
        try (Model model = Goldens.load(VariantGoldenTest.folder("llama-bias"), "scalar", options); Session s = model.session()) {
            s.feed(1, 2, 3);
            s.save(session);
            model.session(session).close();
        }
        for (LoadOptions other : List.of(Goldens.exact(1), Goldens.exact(1).withLora(folder("llama"), 0.5f), Goldens.exact(1).withLora(folder("llama-patterns"), 1)))
            try (Model model = Goldens.load(VariantGoldenTest.folder("llama-bias"), "scalar", other)) {
                assertThatThrownBy(() -> model.session(session)).isInstanceOf(ModelException.class);
            }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "phi3/adapter.gguf|llama-bias|general.architecture: expected llama, found phi3",
        "gpt2/adapter.gguf|gpt2-unscaled|blk.0.attn_qkv.weight: expected a product of 96 rows and 32 columns, as the model's has, found 32 and 96",
        "gpt2|llama-bias|transformer.h.0.attn.c_attn.weight: expected a tensor that llama has, found this one",
        "llama|qwen3-bias|self_attn.q_proj.weight: expected a product of 64 rows and 32 columns, as the model's has, found 48 and 32",
        "llama|phi3-partial|expected a tensor that phi3 has, found this one",
        "nowhere|llama-bias|expected a GGUF file or a PEFT folder, found nothing",
        "golden|llama-bias|expected adapter_model.safetensors, found nothing of that name",
        "two.safetensors|llama-bias|expected adapter_config.json beside it, found nothing of that name"})
    void whatDoesNotFitIsRefused(String adapter, String variant, String message) {
        Path path = adapter.equals("golden") ? VariantGoldenTest.folder("llama-bias") : folder(adapter);
        LoadOptions options = Goldens.exact(1).withLora(path, 1);
        assertThatThrownBy(() -> Model.load(VariantGoldenTest.folder(variant), options)).isInstanceOf(ModelException.class).hasMessageContaining(message).hasMessageNotContaining("\n");
    }

    @Test
    void aModelIsNoAdapter() throws IOException {
        Path model = gguf("llama-bias");
        assertThatThrownBy(() -> Model.load(model, Goldens.exact(1).withLora(model, 1))).isInstanceOf(ModelException.class).hasMessageContaining("general.type: expected adapter, found model");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "\"use_dora\": false;\"use_dora\": true;use_dora: expected nothing, for this kind of LoRA is not supported, found true",
        "\"peft_type\": \"LORA\";\"peft_type\": \"LOHA\";peft_type: expected LORA, found LOHA",
        "\"init_lora_weights\": true;\"init_lora_weights\": \"pissa\";found pissa",
        "\"lora_alpha\": 6;\"lora_alpha\": null;lora_alpha: expected a number, found null",
        "\"alpha_pattern\": {};\"alpha_pattern\": {\"(a|aa|.)+*(\": 1};alpha_pattern: expected a regular expression",
        "\"alpha_pattern\": {};\"alpha_pattern\": {\"((.|.)*)*!\": 1};alpha_pattern: expected a regular expression",
        "\"target_parameters\": null;\"target_parameters\": [\"experts.down_proj\"];target_parameters: expected nothing"})
    void otherKindsAreRefused(String from, String to, String message) throws IOException {
        Files.copy(folder("llama/adapter_model.safetensors"), temporary.resolve("adapter_model.safetensors"));
        String config = Files.readString(folder("llama/adapter_config.json"));
        assertThat(config).contains(from);
        Files.writeString(temporary.resolve("adapter_config.json"), config.replace(from, to));
        assertThatThrownBy(() -> Model.load(VariantGoldenTest.folder("llama-bias"), Goldens.exact(1).withLora(temporary, 1)))
                .isInstanceOf(ModelException.class).hasMessageContaining(message).hasMessageNotContaining("\n");
    }

    /// An adapter to a model that sees names the language model inside it.
    @Test
    void ofALanguageModelInsideALargerOne() throws IOException {
        Files.copy(folder("llama/adapter_config.json"), temporary.resolve("adapter_config.json"));
        try (Checkpoint source = Checkpoints.open(folder("llama/adapter_model.safetensors"))) {
            List<TensorSource> tensors = source.tensors().values().stream().map(TensorSource::of)
                    .map(t -> new TensorSource(t.name().replace("model.model.", "model.model.language_model."), t.format(), t.shape(), t.rows())).toList();
            SafetensorsWriter.write(temporary.resolve("adapter_model.safetensors"), Map.of(), tensors);
        }
        float[] found = logits(VariantGoldenTest.folder("llama-bias"), "scalar", Goldens.exact(1).withLora(temporary, 1));
        assertThat(Goldens.deviation(found, Goldens.tensor(folder("llama/golden.safetensors"), "logits"))).isLessThan(TOLERANCE);
    }

    @Test
    void halfAnAdapterIsRefused() throws IOException {
        Files.copy(folder("llama/adapter_config.json"), temporary.resolve("adapter_config.json"));
        for (String missing : List.of(".lora_A.weight", ".lora_B.weight")) {
            try (Checkpoint source = Checkpoints.open(folder("llama/adapter_model.safetensors"))) {
                List<TensorSource> tensors = source.tensors().values().stream().filter(t -> !t.name().equals("base_model.model.model.layers.1.mlp.up_proj" + missing)).map(TensorSource::of).toList();
                SafetensorsWriter.write(temporary.resolve("adapter_model.safetensors"), Map.of(), tensors);
            }
            assertThatThrownBy(() -> Model.load(VariantGoldenTest.folder("llama-bias"), Goldens.exact(1).withLora(temporary, 1)))
                    .isInstanceOf(ModelException.class).hasMessageContaining("model.layers.1.mlp.up_proj.weight: expected both matrices of a LoRA, found");
        }
    }
}
