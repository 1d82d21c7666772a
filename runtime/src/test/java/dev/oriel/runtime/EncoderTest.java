package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// What is different about models whose tokens see those after them.
class EncoderTest {
    static final List<String> ENCODERS = Goldens.ENCODERS;

    private static Model load(String architecture) { return Goldens.load(Goldens.model(architecture, "safetensors"), "vector", Goldens.exact(2)); }

    @ParameterizedTest
    @FieldSource("ENCODERS")
    void textsOfOneBatchKeepApart(String architecture) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        int[] some = Arrays.copyOf(ids, 11);
        try (Model model = load(architecture); Session a = model.session(); Session b = model.session()) {
            List<Run> together = model.run(List.of(new Model.Feed(a, some), new Model.Feed(b, ids)));
            assertThat(together.get(0).logits()).isEqualTo(model.run(some).logits());
            assertThat(together.get(1).logits()).isEqualTo(model.run(ids).logits());
        }
    }

    /// Longer than a pass of a decoder is.
    @Test
    void aLongTextIsReadWhole() {
        int[] ids = new int[254];
        Arrays.setAll(ids, i -> 3 + i * 7 % 300);
        try (Model model = load("modernbert")) {
            float[] whole = model.run(ids).logits(0);
            ids[253] = 5;
            assertThat(model.run(ids).logits(0)).isNotEqualTo(whole);
        }
    }

    @Test
    void aTextIsReadOnceAndWhole() {
        try (Model model = load("bert"); Session session = model.session()) {
            session.feed(1, 2, 3);
            assertThatThrownBy(() -> session.feed(4)).isInstanceOf(ModelException.class).hasMessageContaining("encoder");
        }
    }

    @Test
    void withoutAHeadThereAreNoLogits() {
        try (Model model = Goldens.load(Goldens.model("bert", "gguf"), "vector", Goldens.exact(1)); Session session = model.session()) {
            assertThatThrownBy(() -> session.feed(1, 2, 3)).isInstanceOf(ModelException.class).hasMessageContaining("no head");
            Run run = model.run(new int[] {1, 2, 3});
            assertThat(run.positions()).isEqualTo(3);
            assertThatThrownBy(() -> run.logits(0)).isInstanceOf(ModelException.class).hasMessageContaining("no head");
            assertThatThrownBy(() -> model.unembed(new float[64])).isInstanceOf(ModelException.class).hasMessageContaining("no head");
        }
    }

    @Test
    void theSecondTextOfAPairHasAnotherType() {
        int[] ids = {1, 20, 30, 2, 40, 2};
        try (Model model = load("bert")) {
            float[] usual = model.run(ids).logits();
            assertThat(model.run(Input.of(ids).withTypes(0, 0, 0, 0, 0, 0)).logits()).isEqualTo(usual);
            assertThat(model.run(Input.of(ids).withTypes(0, 0, 0, 0, 1, 1)).logits()).isNotEqualTo(usual);
            assertThatThrownBy(() -> model.run(Input.of(ids).withTypes(0, 0, 0, 0, 2, 2))).isInstanceOf(ModelException.class).hasMessageContaining("0..1, found 2");
        }
    }
}
