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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Folders whose matrices are codes of 8 bits with scales beside them, against transformers on the numbers they stand for (`make.py` beside the models).
class ScaledCodesTest {
    @TempDir
    Path temporary;

    private static Path folder(String name) {
        try {
            return Path.of(ScaledCodesTest.class.getResource("/goldens/codes").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float[] logits(Path model, String backend, LoadOptions options) {
        try (Model m = Goldens.load(model, backend, options)) {
            return m.run(VariantGoldenTest.ids()).logits();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp8-blocks", "fp8-experts", "fp8-rows", "fp8-whole", "fp8-e5m2", "int8-rows", "int8-zero", "int8-scb"})
    void sameAsTransformers(String name) throws IOException {
        float[] expected = Goldens.tensor(folder(name).resolve("golden.safetensors"), "logits");
        for (String backend : new String[] {"scalar", "vector"})
            assertThat(Goldens.deviation(logits(folder(name), backend, Goldens.exact(1)), expected)).as(backend).isLessThan(1e-4);
        // Kept as F16 (in Q8_0 where that is exact), with float32 activations in plain loops.
        assertThat(Goldens.deviation(logits(folder(name), "scalar", LoadOptions.defaults().withThreads(1).withKvFormat(Format.F32)), expected)).as("as F16").isLessThan(1e-2);
        Path gguf = temporary.resolve("model.gguf");
        try (Checkpoint source = Checkpoints.open(folder(name))) {
            GgufForm form = GgufForm.of(source).orElseThrow();
            GgufWriter.write(gguf, form.metadata(), form.tensors());
        }
        assertThat(Goldens.deviation(logits(gguf, "scalar", Goldens.exact(1)), expected)).as("as GGUF").isLessThan(1e-4);
    }

    @Test
    void integersBecomeQ8WhereThatIsExact() {
        try (Checkpoint rows = Checkpoints.open(folder("int8-rows"))) {
            List<TensorSource> tensors = List.copyOf(GgufForm.of(rows).orElseThrow().tensors());
            assertThat(tensors).filteredOn(t -> t.name().endsWith("attn_q.weight")).hasSize(3).allMatch(t -> t.format() == Format.Q8_0);
            // Its rows are no multiple of 32.
            assertThat(tensors).filteredOn(t -> t.name().endsWith("ffn_down.weight")).hasSize(3).allMatch(t -> t.format() == Format.F32);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"fp8\"|\"gptq\"|quantization_config.quant_method: expected one of fp8, fbgemm_fp8, modelopt, compressed-tensors, bitsandbytes, mxfp4, found gptq",
        "\"fp8\"|\"awq\"|found awq",
        "\"fp8\"|\"bitsandbytes\", \"load_in_4bit\": true|expected bitsandbytes with 8 bits, found bitsandbytes with 4 bits",
        "\"fp8\"|\"compressed-tensors\", \"format\": \"pack-quantized\"|quantization_config.format: expected one of float-quantized, int-quantized, naive-quantized, found pack-quantized",
        "\"fp8\"|\"modelopt\", \"quant_algo\": \"NVFP4\"|quantization_config.quant_algo: expected FP8, found NVFP4",
        "weight_block_size|ignored_size|weight_scale_inv: expected scales of rows of",
        "[16, 12]|[16, 16]|blocks of [16, 16], found [2, 3]",
        "[16, 12]|[0, 12]|expected rows and columns of a block, found [0, 12]"})
    void otherWaysAreRefused(String from, String to, String message) throws IOException {
        Path changed = copy("fp8-blocks", config -> config.replaceAll("\\s+", " ").replace("[ 16, 12 ]", "[16, 12]").replace(from, to), _ -> true);
        assertThatThrownBy(() -> Model.load(changed)).isInstanceOf(ModelException.class).hasMessageContaining(message).hasMessageNotContaining("\n");
    }

    @Test
    void codesWithoutScalesAreNoNumbers() throws IOException {
        Path changed = copy("int8-rows", UnaryOperator.identity(), name -> !name.equals("model.layers.1.mlp.up_proj.weight_scale"));
        assertThatThrownBy(() -> Model.load(changed)).isInstanceOf(ModelException.class)
                .hasMessageContaining("model.layers.1.mlp.up_proj.weight: expected a weight_scale beside codes in I8, found none");
    }

    private Path copy(String name, UnaryOperator<String> config, Predicate<String> kept) throws IOException {
        try (Checkpoint source = Checkpoints.open(folder(name))) {
            List<TensorSource> tensors = new ArrayList<>();
            source.tensors().values().stream().filter(t -> kept.test(t.name())).forEach(t -> tensors.add(TensorSource.of(t)));
            SafetensorsWriter.write(temporary.resolve("model.safetensors"), Map.of("format", "pt"), tensors);
        }
        String before = Files.readString(folder(name).resolve("config.json"));
        Files.writeString(temporary.resolve("config.json"), config.apply(before));
        return temporary;
    }
}
