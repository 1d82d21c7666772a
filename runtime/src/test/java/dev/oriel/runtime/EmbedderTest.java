package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Vectors of texts against sentence-transformers, and what is promised about lists, lengths, empty texts and probes.
class EmbedderTest extends TextCase {
    private static final double TOLERANCE = 1e-5;

    private static Embedder prompted(Embedder embedder, Map<?, ?> each) { return each.get("prompt") == null ? embedder : embedder.withPrompt((String) each.get("prompt")); }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3-embedding", "bert-dense", "roberta-mean"})
    void sameAsSentenceTransformers(String name) {
        try (Model model = load(name)) {
            for (Map<?, ?> each : cases(name)) {
                Embedding found = prompted(model.embedder(), each).embed((String) each.get("text"));
                assertThat(found.tokens()).isEqualTo(integers(each.get("ids")).length);
                assertThat(largestDifference(found.vector(), numbers(each.get("embedding")))).as(each.get("prompt") + " " + each.get("text")).isLessThan(TOLERANCE);
            }
        }
    }

    /// Pooling, normalisation, length, prompts and the vocabulary are in the GGUF too; and, but for the vocabulary, in what is made of that.
    @ParameterizedTest
    @ValueSource(strings = {"qwen3-embedding", "roberta-mean"})
    void sameAfterConversion(String name) throws IOException {
        try (Model original = load(name); Model gguf = load(gguf(folder(name)))) {
            Path back = back(temporary.resolve("model.gguf"));
            for (String file : List.of("tokenizer.json", "tokenizer_config.json")) Files.copy(folder(name).resolve(file), back.resolve(file));
            try (Model again = load(back)) {
                for (Model model : new Model[] {gguf, again}) {
                    assertThat(model.embedder().rule()).isEqualTo(original.embedder().rule());
                    for (Map<?, ?> each : cases(name)) {
                        String text = (String) each.get("text");
                        assertThat(prompted(model.embedder(), each).embed(text).vector()).isEqualTo(prompted(original.embedder(), each).embed(text).vector());
                    }
                }
            }
        }
    }

    @Test
    void denseModulesHaveNoPlaceInGguf() {
        assertThatThrownBy(() -> gguf(folder("bert-dense"))).isInstanceOf(ModelException.class).hasMessageContaining("modules.json").hasMessageContaining("Dense");
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3-embedding", "bert-dense", "roberta-mean"})
    void aListGivesTheBitsOfEachAlone(String name) {
        long seed = 7;
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 70; i++) texts.add("the sea is blue and the cat sat ".substring(0, random.nextInt(32)).strip());
        try (Model model = load(name)) {
            List<Embedding> together = model.embedder().embed(texts);
            for (int i = 0; i < texts.size(); i++) assertThat(together.get(i).vector()).as("seed " + seed + ", text " + i).isEqualTo(model.embedder().embed(texts.get(i)).vector());
            assertThat(model.embedder().embed(List.of())).isEmpty();
            Collections.reverse(texts);
            assertThat(model.embedder().embed(texts).getFirst().vector()).isEqualTo(together.getLast().vector());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Pooling.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void poolings(Pooling pooling) {
        String text = "the sea is blue";
        try (Model model = load("roberta-mean")) {
            Embedder plain = model.embedder().normalised(false);
            float[][] tokens = plain.embedTokens(text);
            float[] expected = new float[tokens[0].length];
            int n = tokens.length;
            for (int i = 0; i < expected.length; i++) {
                double sum = 0;
                double weighted = 0;
                float most = Float.NEGATIVE_INFINITY;
                for (int t = 0; t < n; t++) {
                    sum += tokens[t][i];
                    weighted += (t + 1.0) * tokens[t][i];
                    most = Math.max(most, tokens[t][i]);
                }
                expected[i] = (float) switch (pooling) {
                    case MEAN -> sum / n;
                    case CLS -> tokens[0][i];
                    case LAST -> tokens[n - 1][i];
                    case MAX -> most;
                    case MEAN_SQRT -> sum / Math.sqrt(n);
                    case WEIGHTED_MEAN -> weighted / (n * (n + 1) / 2.0);
                    case NONE -> throw new AssertionError();
                };
            }
            assertThat(largestDifference(plain.withPooling(pooling).embed(text).vector(), expected)).isLessThan(1e-6);
        }
    }

    @Test
    void asTold() {
        try (Model model = load("roberta-mean")) {
            Embedder embedder = model.embedder();
            assertThat(embedder.rule().normalised()).isFalse();
            assertThat(embedder.rule().maxTokens()).isEqualTo(40);
            assertThat(Embedding.length(embedder.normalised(true).embed("rain").vector())).isCloseTo(1, within(1e-6));
            float[] first = embedder.normalised(true).withDimensions(8).embed("rain").vector();
            assertThat(first).hasSize(8);
            assertThat(Embedding.length(first)).isCloseTo(1, within(1e-6));
            assertThat(embedder.withDimensions(8).dimensions()).isEqualTo(8);
            assertThat(embedder.withPrefix("the ").embed("sea").vector()).isEqualTo(embedder.embed("the sea").vector());
            assertThatThrownBy(() -> embedder.withPrompt("query")).isInstanceOf(ModelException.class).hasMessageContaining("names none");
            assertThatThrownBy(() -> embedder.withDimensions(33)).isInstanceOf(ModelException.class).hasMessageContaining("1..32");
            assertThatThrownBy(() -> embedder.withMaxTokens(47)).isInstanceOf(ModelException.class).hasMessageContaining("1..46");
            assertThatThrownBy(() -> embedder.withPooling(Pooling.NONE).embed("rain")).isInstanceOf(ModelException.class).hasMessageContaining("embedTokens");
            assertThatThrownBy(() -> embedder.withMaxTokens(2).embed("rain")).isInstanceOf(ModelException.class).hasMessageContaining("tokenizer adds");
            assertThat(embedder.embed("rain").similarity(embedder.embed("rain"))).isCloseTo(1, within(1e-6));
        }
        try (Model model = load("bert-dense")) {
            assertThat(model.embedder().dimensions()).isEqualTo(20);
            assertThat(model.embedder().rule().pooling()).isEqualTo(Pooling.CLS);
            assertThatThrownBy(() -> model.embedder().withPrompt("other")).isInstanceOf(ModelException.class).hasMessageContaining("query");
        }
    }

    @Test
    void longTextsAreCutAndSaySo() {
        try (Model model = load("bert-dense")) {
            Embedding found = model.embedder().embed("sun ".repeat(30));
            assertThat(found.tokens()).isEqualTo(12);
            assertThat(found.dropped()).isEqualTo(20);
            assertThat(found.vector()).isEqualTo(model.embedder().embed("sun ".repeat(10)).vector());
            assertThat(model.embedder().embed("sun").dropped()).isZero();
            assertThat(model.embedder().withMaxTokens(48).embed("sun ".repeat(30)).tokens()).isEqualTo(32);
        }
    }

    /// A decoder's long text is read in pieces, with the same result as in one.
    @Test
    void aDecoderReadsLongTexts() {
        try (Model model = load("qwen3-embedding"); Model longer = Goldens.load(folder("qwen3-embedding"), "vector", Goldens.exact(1).withContext(2000))) {
            int[] ids = new int[1200];
            for (int i = 0; i < ids.length; i++) ids[i] = 60 + i * 7 % 50;
            for (Pooling pooling : new Pooling[] {Pooling.LAST, Pooling.MEAN, Pooling.CLS}) {
                float[] pieces = longer.embedder().withPooling(pooling).embed(ids).vector();
                float[] whole = longer.embedder().withPooling(pooling).embed(ids, Probe.edit(Site.RESID_PRE.at(0), a -> { })).vector();
                assertThat(pieces).isEqualTo(whole);
            }
            assertThatThrownBy(() -> model.embedder().embed(ids)).isInstanceOf(ModelException.class).hasMessageContaining("context");
        }
    }

    @Test
    void probesLookAndChange() {
        try (Model model = load("qwen3-embedding")) {
            Embedder embedder = model.embedder();
            List<Embedding> found = embedder.embed(List.of("the sea", "the cat sat"), Probe.record(Site.PATTERN.at(1)), Probe.record(Site.POOLED), Probe.record(Site.FINAL_NORMALIZED));
            for (Embedding each : found) {
                assertThat(each.trace().get(Site.PATTERN.at(1)).shape()).containsExactly(4, each.tokens(), each.tokens());
                assertThat(each.trace().get(Site.POOLED).shape()).containsExactly(1, 32);
                assertThat(each.trace().get(Site.FINAL_NORMALIZED).shape()).containsExactly(1, 32);
                assertThat(each.trace().ids()).hasSize(each.tokens());
            }
            assertThat(found.getFirst().vector()).isEqualTo(embedder.embed("the sea").vector());
            Embedding doubled = embedder.normalised(false).embed("the sea", Probe.edit(Site.POOLED, a -> a.scale(2f)));
            float[] twice = embedder.normalised(false).embed("the sea").vector();
            for (int i = 0; i < twice.length; i++) twice[i] *= 2;
            assertThat(doubled.vector()).isEqualTo(twice);
            assertThat(embedder.embed("the sea", Probe.edit(Site.Z.at(0).heads(1), a -> a.fill(0f))).vector()).isNotEqualTo(found.getFirst().vector());
            assertThatThrownBy(() -> embedder.embed("rain", Probe.record(Site.POOLER_OUT))).isInstanceOf(ModelException.class).hasMessageContaining("hook_pooled");
            assertThatThrownBy(() -> embedder.embed("rain", Probe.record(Site.LOGITS))).isInstanceOf(ModelException.class).hasMessageContaining("unembed.hook_out");
            assertThatThrownBy(() -> model.run(new int[] {1, 2}, Probe.record(Site.POOLED))).isInstanceOf(ModelException.class).hasMessageContaining("hook_pooled");
        }
    }

    @Test
    void aTextWithoutTokens() {
        try (Model model = Goldens.load(Goldens.folder("llama"), "vector", Goldens.exact(1))) {
            assertThat(model.embedder().rule().pooling()).isEqualTo(Pooling.LAST);
            assertThatThrownBy(() -> model.embedder().embed(List.of("Hello", ""))).isInstanceOf(ModelException.class).hasMessageContaining("text 1").hasMessageContaining("empty");
            assertThat(model.embedder().withPooling(Pooling.MEAN).embed("Hello").vector()).hasSize(64);
        }
    }

    @Test
    void modulesThatAreNotKnown() throws IOException {
        String dense = Files.readString(folder("bert-dense").resolve("modules.json"));
        assertRefused(dense.replace("models.Dense", "models.CNN"), "CNN");
        assertRefused(dense.replace("2_Dense", "../2_Dense"), "../2_Dense");
        assertRefused(dense.replace("models.Pooling", "models.Dropout"), "Dense");
        assertRefused("[]", "modules");
    }

    @Test
    void poolingsThatAreNotOne() throws IOException {
        Path copy = copy();
        Path config = copy.resolve("1_Pooling/config.json");
        Files.writeString(config, Files.readString(config).replace("\"pooling_mode_max_tokens\": false", "\"pooling_mode_max_tokens\": true"));
        try (Model model = load(copy)) {
            assertThatThrownBy(model::embedder).isInstanceOf(ModelException.class).hasMessageContaining("pooling_mode").hasMessageContaining("MAX");
        }
    }

    private void assertRefused(String modules, String part) throws IOException {
        Path copy = copy();
        Files.writeString(copy.resolve("modules.json"), modules);
        try (Model model = load(copy)) {
            // It runs; only its vectors cannot be had.
            model.run(new int[] {1, 2, 3});
            assertThatThrownBy(model::embedder).isInstanceOf(ModelException.class).hasMessageContaining("modules.json").hasMessageContaining(part);
        }
    }

    private Path copy() throws IOException {
        Path copy = Files.createTempDirectory(temporary, "copy");
        Path source = folder("bert-dense");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) Files.createDirectories(target);
                else Files.copy(file, target);
            }
        }
        return copy;
    }
}
