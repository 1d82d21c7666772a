package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tokenizers;
import java.io.IOException;
import java.io.StringReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Models from Hugging Face's form into GGUF's and back: held against the files of llama.cpp's converter, and against the logits of what was converted.
class ExportTest {
    /// What llama.cpp's converter did not take from the folder: for want of a length it writes the width, and its tokenizer of Qwen 2 adds a token that is in no file.
    private static final Map<String, List<String>> NOT_IN_THE_FOLDER = Map.of("bloom", List.of("bloom.context_length"),
            "qwen2", List.of("tokenizer.ggml.tokens", "tokenizer.ggml.token_type"));

    @TempDir
    Path temporary;

    static Stream<String> architectures() { return Goldens.withGguf(); }

    static Stream<String> all() { return Goldens.ARCHITECTURES.stream(); }

    private Path gguf(String architecture) {
        Path file = temporary.resolve(architecture + ".gguf");
        try (Checkpoint source = Checkpoints.open(Goldens.folder(architecture))) {
            GgufForm form = GgufForm.of(source).orElseThrow();
            GgufWriter.write(file, form.metadata(), form.tensors());
        }
        return file;
    }

    private Path huggingFace(String architecture, Path gguf) throws IOException {
        Path folder = Files.createDirectory(temporary.resolve(architecture));
        try (Checkpoint source = Checkpoints.open(gguf)) {
            HuggingFaceForm form = HuggingFaceForm.of(source).orElseThrow();
            SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of("format", "pt"), form.tensors());
            Files.writeString(folder.resolve("config.json"), Json.write(form.config()));
        }
        return folder;
    }

    private static float[] logits(String architecture, Path path) {
        try (Model model = Goldens.load(path, "scalar", Goldens.exact(1))) {
            return model.run(Goldens.ids(architecture, "input_ids")).logits();
        }
    }

    /// GGUF keeps the factors of Llama 3's rope rule as floats, so a frequency may differ in its last bit.
    private static void assertSame(String architecture, float[] converted, float[] original) {
        if (architecture.equals("llama3-rope")) assertThat(Goldens.deviation(converted, original)).isLessThan(1e-5);
        else assertThat(converted).isEqualTo(original);
    }

    @ParameterizedTest
    @MethodSource("all")
    void ggufGivesTheSameLogits(String architecture) {
        assertSame(architecture, logits(architecture, gguf(architecture)), logits(architecture, Goldens.folder(architecture)));
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void ggufHasTheTensorsOfTheGolden(String architecture) {
        try (Checkpoint ours = Checkpoints.open(gguf(architecture)); Checkpoint golden = Checkpoints.open(Goldens.model(architecture, "gguf"))) {
            assertThat(ours.tensors().keySet()).containsExactlyInAnyOrderElementsOf(golden.tensors().keySet());
            golden.tensors().forEach((name, expected) -> {
                Tensor found = ours.tensors().get(name);
                assertThat(found.format()).as(name).isEqualTo(expected.format());
                assertThat(found.shape()).as(name).isEqualTo(expected.shape());
                assertThat(found.values()).as(name).isEqualTo(expected.values());
            });
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void ggufHasTheKeysOfTheGolden(String architecture) {
        try (Checkpoint ours = Checkpoints.open(gguf(architecture)); Checkpoint golden = Checkpoints.open(Goldens.model(architecture, "gguf"))) {
            Map<String, Object> expected = new LinkedHashMap<>(golden.metadata().values());
            // How many parameters, in words.
            expected.remove("general.size_label");
            NOT_IN_THE_FOLDER.getOrDefault(architecture, List.of()).forEach(expected::remove);
            assertThat(ours.metadata().values()).containsKeys(expected.keySet().toArray(String[]::new));
            expected.forEach((key, value) -> {
                Object found = ours.metadata().values().get(key);
                if (key.equals("general.name")) assertThat(plainName(found)).isEqualTo(plainName(value));
                else assertThat(found).as(key).isEqualTo(value);
            });
        }
    }

    /// The converter puts a folder's name into title case; here it stays as it is.
    private static String plainName(Object name) { return String.valueOf(name).replace('-', ' ').toLowerCase(Locale.ROOT); }

    @ParameterizedTest
    @MethodSource("architectures")
    void huggingFaceGivesTheSameLogits(String architecture) throws IOException {
        Path golden = Goldens.model(architecture, "gguf");
        assertSame(architecture, logits(architecture, huggingFace(architecture, golden)), logits(architecture, golden));
    }

    @ParameterizedTest
    @MethodSource("all")
    void thereAndBackChangesNoNumber(String architecture) throws IOException {
        try (Checkpoint back = Checkpoints.open(huggingFace(architecture, gguf(architecture))); Checkpoint original = Checkpoints.open(Goldens.folder(architecture))) {
            assertThat(back.tensors().keySet()).containsExactlyInAnyOrderElementsOf(original.tensors().keySet());
            original.tensors().forEach((name, tensor) -> {
                assertThat(back.tensors().get(name).shape()).as(name).isEqualTo(tensor.shape());
                assertThat(back.tensors().get(name).values()).as(name).isEqualTo(tensor.values());
            });
        }
    }

    /// Keys that transformers wrote and that say what a model computes have the same values in what is written here.
    @ParameterizedTest
    @MethodSource("architectures")
    void configSaysTheSame(String architecture) {
        Map<?, ?> original = (Map<?, ?>) Json.parse(Goldens.folder(architecture).resolve("config.json"));
        try (Checkpoint golden = Checkpoints.open(Goldens.model(architecture, "gguf"))) {
            Map<?, ?> ours = (Map<?, ?>) Json.parse(new StringReader(Json.write(HuggingFaceForm.of(golden).orElseThrow().config())));
            List<String> compared = new ArrayList<>();
            ours.forEach((key, value) -> {
                Object said = original.get(key); // gelu_new is another name of gelu_pytorch_tanh
                boolean noWindow = key.equals("sliding_window") && Long.valueOf(0).equals(said) && value == null;
                if (said == null || key.equals("rope_scaling") || noWindow) return;
                compared.add((String) key);
                if (value instanceof Number n) assertThat(n.doubleValue()).as((String) key).isEqualTo(((Number) said).doubleValue());
                else assertThat(List.of(said, "gelu_new".equals(said) ? "gelu_pytorch_tanh" : said)).as((String) key).contains(value);
            });
            assertThat(compared).hasSizeGreaterThanOrEqualTo(11);
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void vocabularyCutsTextAsBefore(String architecture) {
        try (Checkpoint ours = Checkpoints.open(gguf(architecture)); Checkpoint golden = Checkpoints.open(Goldens.model(architecture, "gguf"))) {
            Tokenizer found = Tokenizers.from(ours.metadata());
            Tokenizer expected = Tokenizers.from(golden.metadata());
            String text = "</s>The other  café, in 2024: ](x)\n\n\tIt's <s>";
            assertThat(found.encode(text)).isEqualTo(expected.encode(text)).hasSizeGreaterThan(20);
        }
    }

    @Test
    void otherKindsAndFamiliesHaveNoForm() {
        try (Checkpoint folder = Checkpoints.open(Goldens.folder("llama")); Checkpoint gguf = Checkpoints.open(Goldens.model("llama", "gguf"))) {
            assertThat(GgufForm.of(gguf)).isEmpty();
            assertThat(HuggingFaceForm.of(folder)).isEmpty();
            var strange = new Metadata("strange", Map.of("model_type", "strange", "general.architecture", "strange"));
            assertThat(GgufForm.of(new Checkpoint(folder.path(), folder.kind(), strange, folder.tensors(), folder.folder(), folder.arena()))).isEmpty();
            assertThat(HuggingFaceForm.of(new Checkpoint(gguf.path(), gguf.kind(), strange, gguf.tensors(), gguf.folder(), gguf.arena()))).isEmpty();
        }
    }

    @Test
    void tensorsThatTheFamilyDoesNotKnowAreNotLost() {
        for (Path path : List.of(Goldens.folder("llama"), Goldens.model("llama", "gguf"))) {
            try (Checkpoint c = Checkpoints.open(path)) {
                Map<String, Tensor> more = new LinkedHashMap<>(c.tensors());
                more.put("surplus.weight", new Tensor("surplus.weight", Format.F32, new long[] {1}, MemorySegment.ofArray(new float[1])));
                Checkpoint odd = new Checkpoint(c.path(), c.kind(), c.metadata(), more, c.folder(), c.arena());
                assertThatThrownBy(() -> {
                    GgufForm.of(odd).ifPresent(GgufForm::tensors);
                    HuggingFaceForm.of(odd).ifPresent(HuggingFaceForm::tensors);
                }).isInstanceOf(ModelException.class).hasMessageContaining("surplus.weight");
            }
        }
    }

    /// Block formats, which safetensors lacks, arrive as the numbers that they stand for.
    @Test
    void quantisedModelsAreDecoded() throws IOException {
        Path quantised = temporary.resolve("q8.gguf");
        try (Checkpoint source = Checkpoints.open(Goldens.model("llama", "gguf"))) {
            List<TensorSource> tensors = source.tensors().values().stream().map(t -> t.shape().length == 1 ? TensorSource.of(t) : quantised(t)).toList();
            GgufWriter.write(quantised, source.metadata().values(), tensors);
        }
        assertThat(logits("llama", huggingFace("llama", quantised))).isEqualTo(logits("llama", quantised));
    }

    static TensorSource quantised(Tensor t) {
        return new TensorSource(t.name(), Format.Q8_0, t.shape(), (first, count, out) -> {
            float[] row = new float[t.columns()];
            for (long i = 0; i < count; i++) {
                t.decodeRow(first + i, row, 0);
                Format.Q8_0.encode(row, 0, row.length, out, i * Format.Q8_0.bytes(row.length));
            }
        });
    }
}
