package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RepeatedTokensTest {
    @Test
    void repeatsDifferentTokens() {
        for (long seed = 0; seed < 50; seed++) {
            RepeatedTokens tokens = RepeatedTokens.random(5, 40, id -> id % 2 == 1, 19, 3, seed);
            int[] ids = tokens.ids();
            assertThat(ids).as("seed " + seed).hasSize(1 + 3 * 19).startsWith(5);
            assertThat(Arrays.stream(ids, 1, 20).distinct().count()).as("seed " + seed).isEqualTo(19);
            assertThat(Arrays.stream(ids, 1, 20)).allMatch(id -> id % 2 == 1 && id != 5 && id < 40);
            assertThat(Arrays.copyOfRange(ids, 20, 39)).isEqualTo(Arrays.copyOfRange(ids, 1, 20));
            assertThat(Arrays.copyOfRange(ids, 39, 58)).isEqualTo(Arrays.copyOfRange(ids, 1, 20));
            assertThat(RepeatedTokens.random(5, 40, id -> id % 2 == 1, 19, 3, seed)).isEqualTo(tokens);
        }
        assertThat(RepeatedTokens.random(0, 1000, _ -> true, 30, 2, 1)).isNotEqualTo(RepeatedTokens.random(0, 1000, _ -> true, 30, 2, 2));
    }

    @Test
    void ofAModelHasNoControlTokens() {
        try (Model model = Goldens.tiny("llama")) {
            int[] ids = RepeatedTokens.random(model, 100, 2, 3).ids();
            assertThat(Arrays.stream(ids, 1, ids.length)).noneMatch(id -> model.tokenizer().isControl(id));
        }
    }

    @Test
    void wrongOnesAreRefused() {
        assertThatThrownBy(() -> RepeatedTokens.random(5, 40, id -> id % 2 == 1, 20, 2, 1)).isInstanceOf(ModelException.class).hasMessageContaining("1..19");
        assertThatThrownBy(() -> new RepeatedTokens(new int[] {0, 1, 2, 1, 3}, 1, 2, 2)).isInstanceOf(ModelException.class)
                .hasMessage("repeated tokens: expected 2 again at position 4, found 3");
        assertThatThrownBy(() -> new RepeatedTokens(new int[] {0, 1, 2, 1}, 1, 2, 2)).isInstanceOf(ModelException.class).hasMessageContaining("expected 5 ids");
        assertThatThrownBy(() -> new RepeatedTokens(new int[] {1, 2}, 0, 2, 1)).isInstanceOf(ModelException.class).hasMessageContaining("copies >= 2");
    }
}
