package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.runtime.text.TokenFiles.Golden;
import dev.oriel.testing.Needed;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Ids and decoded text against llama.cpp's own.
class TokenGoldenTest {
    @Test
    void stories260K() { check("stories260K", TokenFiles.resource("stories260K-f32.gguf")); }

    @ParameterizedTest
    @ValueSource(strings = {"bert-bge", "deepseek-llm", "falcon", "gpt-2", "gpt-neox", "llama-spm", "mpt", "phi-3", "refact"})
    void vocabulary(String name) { check(name, Needed.shared("vocabs/ggml-vocab-" + name + ".gguf")); }

    /// Kinds of vocabularies that few models have, on a few hundred tokens made for this test; `merges-outside` has merges whose tokens the vocabulary lacks.
    @ParameterizedTest
    @ValueSource(strings = {"rwkv", "plamo2", "whitespace", "gemma4", "merges-outside"})
    void smallVocabulary(String name) { check("gguf-" + name, TokenFiles.resource("gguf-" + name + ".gguf")); }

    @ParameterizedTest
    @CsvSource({"smollm2, smollm2-135m-instruct-q4_1.gguf", "gemma3, gemma-3-270m-q4_k_m.gguf"})
    void model(String name, String file) { check(name, Needed.model(file)); }

    private static void check(String name, Path gguf) {
        Tokenizer tokenizer = TokenFiles.gguf(gguf);
        assertThat(TokenFiles.goldens(name)).isNotEmpty().allSatisfy(golden -> check(tokenizer, golden));
    }

    private static void check(Tokenizer tokenizer, Golden golden) {
        assertThat(tokenizer.encode(golden.text())).as("ids of '%s'", golden.text()).containsExactly(golden.ids());
        if (golden.decoded() != null) assertThat(tokenizer.decode(golden.ids(), false)).as("text of '%s'", golden.text()).isEqualTo(golden.decoded());
    }
}
