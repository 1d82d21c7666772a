package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.ops.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// Mixtures against what llama-quantize does with models of several shapes (`mixtures.py` among the tools).
class RecipeTest {
    @Test
    void sameFormatsAsLlamaQuantize() throws IOException {
        Recipe recipe = null;
        Recipe.Shape shape = null;
        int compared = 0;
        for (String line : Files.readAllLines(Path.of("src/test/resources/mixtures.txt"))) {
            String[] words = line.split(" ");
            if (words[0].equals("#")) {
                shape = new Recipe.Shape(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]), words[4].equals("tied"));
                recipe = Recipe.of(words[5].toLowerCase(Locale.ROOT));
                assertThat(recipe.fileType()).contains(Integer.parseInt(words[6]));
                continue;
            }
            if (words[0].contains("ffn_gate_inp")) continue;
            assertThat(recipe.of(words[0], Integer.parseInt(words[words.length - 2]), shape)).as(shape + " " + recipe + " " + line).isEqualTo(Format.valueOf(words[words.length - 1]));
            compared++;
        }
        assertThat(compared).isGreaterThan(2000);
    }
}
