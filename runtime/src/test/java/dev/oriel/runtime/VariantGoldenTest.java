package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.SafetensorsWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The switches of every family, one small model each, against Hugging Face transformers in float32 (`make.py` beside the models); and each of these models as GGUF, and back.
class VariantGoldenTest {
    private static final double TOLERANCE = 1e-4;
    private static final MeasuredTable MEASURED = new MeasuredTable(VariantGoldenTest.class, true);

    @TempDir
    Path temporary;

    @AfterAll
    static void page() { MEASURED.finish(); }

    /// What a model gives: the input of its last layer, and logits where it has a head.
    private record Results(float[] hidden, float[] logits) {
        static Results of(Path path, String backend) {
            try (Model model = Goldens.load(path, backend, Goldens.exact(1))) {
                Selection last = Site.RESID_PRE.at(model.hyper().layers().size() - 1);
                Run run = model.run(ids(), Probe.record(last));
                return new Results(run.trace().get(last).toArray(), run.logits());
            }
        }
    }

    static Path folder(String name) {
        try {
            return Path.of(VariantGoldenTest.class.getResource("/goldens/variants").toURI()).resolve(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<String> variants() throws IOException {
        try (Stream<Path> folders = Files.list(folder(""))) {
            return folders.filter(Files::isDirectory).map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    /// The tokens of all these goldens.
    static int[] ids() {
        int[] ids = new int[24];
        for (int i = 0; i < ids.length; i++) ids[i] = (7 * i * i + 13 * i + 5) % 50 + 10;
        return ids;
    }

    /// What its row on the page is known by; of a language model inside a larger one, that one's.
    private static String family(String name) {
        try (Checkpoint c = Checkpoints.open(folder(name))) {
            Arch arch = Arch.of(TextPart.of(c));
            return arch == Arch.XLM_ROBERTA ? Arch.ROBERTA.modelType : arch == Arch.GEMMA3_ENCODER ? arch.ggufName : arch.modelType;
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void sameAsTransformers(String name) {
        for (String backend : new String[] {"scalar", "vector"}) {
            Results found = Results.of(folder(name), backend);
            Path golden = folder(name).resolve("golden.safetensors");
            double deviation = Goldens.deviation(found.hidden, Goldens.tensor(golden, "hidden"));
            if (found.logits.length > 0) deviation = Math.max(deviation, Goldens.deviation(found.logits, Goldens.tensor(golden, "logits")));
            MEASURED.add(family(name), "switches", name, deviation);
            assertThat(deviation).as(backend).isLessThan(TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void sameAsGgufAndBack(String name) throws IOException {
        Path gguf = temporary.resolve("model.gguf");
        try (Checkpoint source = Checkpoints.open(folder(name))) {
            GgufForm form = GgufForm.of(source).orElseThrow();
            GgufWriter.write(gguf, form.metadata(), form.tensors());
        }
        Path back = Files.createDirectory(temporary.resolve("back"));
        try (Checkpoint source = Checkpoints.open(gguf)) {
            HuggingFaceForm form = HuggingFaceForm.of(source).orElseThrow();
            SafetensorsWriter.write(back.resolve("model.safetensors"), Map.of("format", "pt"), form.tensors());
            Files.writeString(back.resolve("config.json"), Json.write(form.config()));
        }
        Results original = Results.of(folder(name), "scalar");
        for (Path path : new Path[] {gguf, back}) {
            Results found = Results.of(path, "scalar");
            // GGUF keeps factors of rope as floats, so a frequency may differ in its last bit.
            assertThat(Goldens.deviation(found.hidden, original.hidden)).as(path.toString()).isLessThan(1e-5);
            if (found.logits.length > 0) assertThat(Goldens.deviation(found.logits, original.logits)).as(path.toString()).isLessThan(1e-5);
        }
    }
}
