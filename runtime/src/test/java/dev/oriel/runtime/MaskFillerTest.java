package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Masked tokens against transformers.
class MaskFillerTest extends TextCase {
    @ParameterizedTest
    @ValueSource(strings = {"bert-masked", "roberta-masked"})
    void sameAsTransformers(String name) {
        try (Model model = load(name)) {
            for (Map<?, ?> each : cases(name)) {
                List<Filled> found = model.maskFiller().fill((String) each.get("text"), 5);
                List<?> masks = (List<?>) each.get("masks");
                assertThat(found).hasSameSizeAs(masks);
                for (int i = 0; i < found.size(); i++) {
                    Map<?, ?> mask = (Map<?, ?>) masks.get(i);
                    List<Filled.Guess> guesses = found.get(i).guesses();
                    assertThat(found.get(i).position()).isEqualTo(((Long) mask.get("position")).intValue());
                    assertThat(guesses.stream().mapToInt(Filled.Guess::id).toArray()).isEqualTo(integers(mask.get("ids")));
                    float[] expected = numbers(mask.get("probabilities"));
                    for (int k = 0; k < expected.length; k++) assertThat(Math.abs(guesses.get(k).probability() - expected[k])).isLessThan(1e-6);
                }
            }
        }
    }

    @Test
    void theTextWithAGuess() {
        try (Model model = load("bert-masked")) {
            List<Filled> found = model.maskFiller().fill("The [MASK] sat on the [MASK].", model.hyper().vocabulary());
            assertThat(found).hasSize(2);
            assertThat(found.get(0).guesses()).anySatisfy(guess -> assertThat(guess.whole()).isEqualTo("The cat sat on the [MASK]."));
            assertThat(found.get(1).guesses()).anySatisfy(guess -> assertThat(guess.whole()).isEqualTo("The [MASK] sat on the mat."));
            assertThat(found.get(1).guesses()).anySatisfy(guess -> assertThat(guess.whole()).isEqualTo("The [MASK] sat on thes."));
            assertThat(found.get(0).guesses().stream().mapToDouble(Filled.Guess::probability).sum()).isBetween(0.9999, 1.0001);
        }
    }

    @Test
    void anEditedModelFillsInSomethingElse() {
        try (Model model = load("bert-masked")) {
            String text = "the cat sat on the [MASK].";
            List<Filled.Guess> usual = model.maskFiller().fill(text, 3).getFirst().guesses();
            List<Filled.Guess> edited = model.maskFiller().fill(text, 3, Probe.edit(Site.RESID_POST.at(0), a -> a.fill(0f))).getFirst().guesses();
            assertThat(edited).isNotEqualTo(usual);
            assertThat(model.maskFiller().fill(text, 3, Probe.record(Site.PATTERN.at(0))).getFirst().trace().names()).containsExactly("blocks.0.attn.hook_pattern");
        }
    }

    @Test
    void clearErrors() {
        try (Model model = load("bert-masked"); Model decoder = load("qwen3-embedding"); Model bare = load("bert-dense")) {
            assertThatThrownBy(() -> model.maskFiller().fill("the cat", 3)).isInstanceOf(ModelException.class).hasMessageContaining("[MASK]");
            assertThatThrownBy(decoder::maskFiller).isInstanceOf(ModelException.class).hasMessageContaining("encoder");
            assertThatThrownBy(bare::maskFiller).isInstanceOf(ModelException.class).hasMessageContaining("no head");
        }
    }
}
