package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The rows of [PreTokenizer] against the `tokenizers` library, which was given the models' own patterns.
class TokenWordsTest {
    @Test
    void wordsAreThoseOfTheOriginalPatterns() {
        for (Object row : (List<?>) Json.parse(TokenFiles.resource("words.json"))) {
            Map<?, ?> golden = (Map<?, ?>) row;
            Splitter splitter = PreTokenizer.named("test", (String) golden.get("pre")).words();
            for (Object pair : (List<?>) golden.get("words")) {
                String text = (String) ((List<?>) pair).get(0);
                if (text.contains("\u3000") && List.of("deepseek-llm", "deepseek-coder").contains(golden.get("pre"))) continue; // cut as llama.cpp does: the next test
                assertThat(words(splitter, text)).as("%s: '%s'", golden.get("pre"), text).isEqualTo(((List<?>) pair).get(1));
            }
        }
    }

    /// But for those whose patterns look for capitals or marks, which llama.cpp's do not know beyond ASCII.
    @Test
    void wordsAreLlamaCpps() {
        Map<?, ?> golden = (Map<?, ?>) Json.parse(TokenFiles.resource("words-llama.json"));
        List<?> texts = (List<?>) golden.get("texts");
        for (Object row : (List<?>) golden.get("rows")) {
            for (Object pre : (List<?>) ((Map<?, ?>) row).get("pre")) {
                Splitter splitter = PreTokenizer.named("test", (String) pre).words();
                for (int i = 0; i < texts.size(); i++)
                    assertThat(words(splitter, (String) texts.get(i))).as("%s: '%s'", pre, texts.get(i)).isEqualTo(((List<?>) ((Map<?, ?>) row).get("words")).get(i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PreTokenizer.class)
    void noTextIsLostAndLongTextsTakeNoLongTime(PreTokenizer row) {
        Splitter splitter = row.words();
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (String unit : List.of("a", " ", "\n", "7", "A", "'", "é", "中", "🙂", " x", "\r\n ", "aB", "?\n", "IMGIMG")) {
                String text = unit.repeat(30_000 / unit.length());
                assertThat(String.join("", words(splitter, text))).isEqualTo(text);
                assertThat(String.join("", words(splitter, text + "x"))).isEqualTo(text + "x");
            }
        });
    }

    @Test
    void unknownNamesAreAnErrorThatListsTheKnown() {
        assertThatThrownBy(() -> PreTokenizer.named("model.gguf", "gpt-99")).isInstanceOf(ModelException.class)
                .hasMessageStartingWith("model.gguf: tokenizer.ggml.pre: expected one of ").hasMessageEndingWith("found 'gpt-99'");
    }

    @Test
    void aPatternThatBacktracksWithoutEndIsAnError() {
        Splitter splitter = RegexSplitter.of("(a|aa)+\\1?$");
        assertThatThrownBy(() -> words(splitter, "a".repeat(60) + "b")).isInstanceOf(ModelException.class).hasMessageContaining("backtracks");
    }

    @Test
    void aPatternThatIsNoneIsAnError() {
        assertThatThrownBy(() -> RegexSplitter.of("(")).isInstanceOf(ModelException.class).hasMessageContaining("regular expression");
    }

    private static List<String> words(Splitter splitter, String text) {
        List<String> words = new ArrayList<>();
        splitter.split(Aligned.plain(text), true, word -> words.add(word.text()));
        return words;
    }
}
