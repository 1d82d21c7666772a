package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Heads that sort texts into classes or rank them, against transformers.
class ClassifierTest extends TextCase {
    private static final double TOLERANCE = 2e-5;

    private static Classification classify(Classifier classifier, Map<?, ?> each) {
        String text = (String) each.get("text");
        return each.get("second") == null ? classifier.classify(text) : classifier.classify(text, (String) each.get("second"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-labels", "bert-several", "roberta-labels", "xlmr-reranker", "modernbert-labels", "modernbert-reranker", "qwen3-labels"})
    void sameAsTransformers(String name) {
        try (Model model = load(name)) {
            for (Map<?, ?> each : cases(name)) {
                Classification found = classify(model.classifier(), each);
                assertThat(largestDifference(found.logits(), numbers(each.get("logits")))).as(each.get("text") + " / " + each.get("second")).isLessThan(TOLERANCE);
            }
        }
    }

    /// GGUF has words for heads and for the classes' names.
    @ParameterizedTest
    @ValueSource(strings = {"bert-labels", "bert-several", "roberta-labels", "xlmr-reranker", "modernbert-labels", "modernbert-reranker", "qwen3-labels"})
    void sameAfterConversion(String name) {
        int[] ids = integers(cases(name).getFirst().get("ids"));
        try (Model original = load(name); Model gguf = load(gguf(folder(name))); Model back = load(back(temporary.resolve("model.gguf")))) {
            for (Model model : new Model[] {gguf, back}) {
                assertThat(model.classifier().labels()).isEqualTo(original.classifier().labels());
                assertThat(model.classifier().classify(ids).probabilities()).isEqualTo(original.classifier().classify(ids).probabilities());
                for (Map<?, ?> each : cases(name)) {
                    int[] tokens = integers(each.get("ids"));
                    assertThat(model.classifier().classify(tokens).logits()).isEqualTo(original.classifier().classify(tokens).logits());
                }
                // The vocabulary of the GGUF cuts texts, and puts pairs together, as the folder's does.
                if (model == gguf) for (Map<?, ?> each : cases(name)) assertThat(classify(model.classifier(), each).logits()).isEqualTo(classify(original.classifier(), each).logits());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-labels", "modernbert-labels", "qwen3-labels"})
    void aListGivesTheBitsOfEachAlone(String name) {
        List<String> texts = cases(name).stream().map(each -> (String) each.get("text")).toList();
        try (Model model = load(name)) {
            List<Classification> together = model.classifier().classify(texts);
            for (int i = 0; i < texts.size(); i++) assertThat(together.get(i).logits()).isEqualTo(model.classifier().classify(texts.get(i)).logits());
            assertThat(model.classifier().classify(List.of())).isEmpty();
        }
    }

    @Test
    void probabilities() {
        try (Model exclusive = load("bert-labels"); Model several = load("bert-several"); Model one = load("xlmr-reranker")) {
            Classification found = exclusive.classifier().classify("the cat sat");
            assertThat(exclusive.classifier().labels()).containsExactly("sad", "neutral", "happy");
            assertThat(Arrays.stream(found.probabilities()).sum()).isCloseTo(1, within(1e-9));
            assertThat(found.probability(found.label())).isEqualTo(Arrays.stream(found.probabilities()).max().orElseThrow());
            assertThatThrownBy(() -> found.probability("angry")).isInstanceOf(ModelException.class).hasMessageContaining("sad");
            for (Classification each : List.of(several.classifier().classify("the cat sat"), one.classifier().classify("the cat sat")))
                for (int i = 0; i < each.logits().length; i++) assertThat(each.probabilities()[i]).isCloseTo(1 / (1 + Math.exp(-each.logits()[i])), within(1e-12));
        }
    }

    @Test
    void ranksByIndexAndKeepsDuplicates() {
        List<String> documents = List.of("the sea is blue", "the cat sat on the mat", "the sea is blue", "");
        try (Model model = load("xlmr-reranker")) {
            List<Ranked> ranked = model.classifier().rerank("who sat on the mat?", documents);
            assertThat(ranked.stream().map(Ranked::index).toList()).containsExactlyInAnyOrder(0, 1, 2, 3);
            for (int i = 1; i < ranked.size(); i++) assertThat(ranked.get(i - 1).score()).isGreaterThanOrEqualTo(ranked.get(i).score());
            for (Ranked each : ranked) assertThat(each.logit()).isEqualTo(model.classifier().classify("who sat on the mat?", documents.get(each.index())).logits()[0]);
            List<Integer> twice = ranked.stream().map(Ranked::index).filter(i -> i != 1 && i != 3).toList();
            assertThat(twice).containsExactly(0, 2);
            assertThat(model.classifier().rerank("who?", List.of())).isEmpty();
            assertThat(model.classifier().rerank("who?", List.of("rain"), Probe.record(Site.POOLED)).getFirst().trace().names()).containsExactly("hook_pooled");
        }
        try (Model model = load("bert-labels")) {
            assertThatThrownBy(() -> model.classifier().rerank("a", documents)).isInstanceOf(ModelException.class).hasMessageContaining("3 classes");
        }
    }

    /// What does not fit is told.
    @Test
    void longTextsAreCut() {
        try (Model model = load("bert-labels")) {
            Classification found = model.classifier().classify("sun ".repeat(60));
            assertThat(found.tokens()).isEqualTo(48);
            assertThat(found.dropped()).isEqualTo(14);
            Classification pair = model.classifier().classify("sun ".repeat(60), "sea");
            assertThat(pair.tokens()).isEqualTo(48);
            assertThat(pair.dropped()).isEqualTo(16);
        }
    }

    @ParameterizedTest
    @CsvSource({"bert-labels, true", "modernbert-labels, true", "qwen3-labels, false"})
    void probesSeeAndChangeTheHead(String name, boolean inner) {
        try (Model model = load(name)) {
            Classifier classifier = model.classifier();
            Classification seen = classifier.classify("the sea is blue", Probe.record(Site.POOLED), Probe.record(Site.RESID_POST));
            float[] pooled = seen.trace().get(Site.POOLED).toArray();
            assertThat(pooled).hasSize(32);
            Classification other = classifier.classify("rain", Probe.edit(Site.POOLED, a -> {
                for (int i = 0; i < pooled.length; i++) a.set(pooled[i], 0, i);
            }));
            assertThat(other.logits()).isEqualTo(seen.logits());
            Probe look = Probe.record(Site.POOLER_OUT);
            if (inner) assertThat(classifier.classify("rain", look).trace().get(Site.POOLER_OUT).shape()).containsExactly(1, 32);
            else assertThatThrownBy(() -> classifier.classify("rain", look)).isInstanceOf(ModelException.class).hasMessageContaining("pooler.hook_pooler_out");
            assertThatThrownBy(() -> classifier.classify("rain", Probe.record(Site.LOGITS))).isInstanceOf(ModelException.class).hasMessageContaining("unembed.hook_out");
        }
    }

    @Test
    void onlyWhereThereIsAHead() {
        try (Model model = load("bert-masked"); Model classes = load("qwen3-labels"); Session session = classes.session()) {
            assertThatThrownBy(model::classifier).isInstanceOf(ModelException.class).hasMessageContaining("no classification head");
            assertThatThrownBy(() -> session.feed(1, 2)).isInstanceOf(ModelException.class).hasMessageContaining("no head");
        }
    }

    /// A head for tokens has the names of one for texts; what it says of a text would be nonsense.
    @Test
    void aHeadForTokensIsNone() throws IOException {
        Path copy = Files.createDirectory(temporary.resolve("tokens"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) Files.copy(folder("modernbert-labels").resolve(file), copy.resolve(file));
        Path config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("ForSequenceClassification", "ForTokenClassification"));
        try (Model model = load(copy)) {
            assertThatThrownBy(model::classifier).isInstanceOf(ModelException.class).hasMessageContaining("no classification head");
        }
        assertThatThrownBy(() -> gguf(copy)).isInstanceOf(ModelException.class).hasMessageContaining("classifier");
    }
}
