package dev.oriel.loaders.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a model may be called, and which files that means.
class NamesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", value = {
        "owner/repo | owner/repo | main | -", "hf:owner/repo | owner/repo | main | -", "owner/repo:Q8_0 | owner/repo | main | Q8_0", "hf:a/b.c_d-1@v1.0:q4_k_m | a/b.c_d-1 | v1.0 | q4_k_m",
        "gpt2 | gpt2 | main | -", "o/r@refs/pr/7 | o/r | refs/pr/7 | -", "o/r:sub/m.gguf | o/r | main | sub/m.gguf"})
    void names(String text, String repository, String revision, String quant) {
        assertThat(Reference.parse(text)).isEqualTo(new Reference(repository, revision, quant == null ? "" : quant));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hf:", "/", "a/", "/b", "a/b/c", "a b/c", "a/b:", "a/b@", "a/b@:x", "a/b:c:d", "../b", "a/..", "a/.b", "a/b.", "-a/b", "a--b/c", "a/b..c", "a/b.git", "a/b@../../x", "a/b@x//y", "a/b@nul",
        "a/b@/etc", "a/ü", "https://host/a/b", "//a/b", "a\\b", "a/b\n", "a/b\u0000"})
    void noNames(String text) {
        assertThatThrownBy(() -> Reference.parse(text)).isInstanceOf(ModelException.class).message().contains("OWNER/REPO[@REVISION][:QUANT]").hasLineCount(1);
    }

    @Test
    void hubOrFile() {
        assertThat(List.of("hf:a/b", "hf:")).allMatch(Hub::names);
        assertThat(List.of("a/b", "model.gguf", "HF:a/b", "./hf:a")).noneMatch(Hub::names);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        // Without a wish.
        " | m-BF16.gguf m-Q4_K_M.gguf m-Q8_0.gguf | m-Q4_K_M.gguf", " | m-BF16.gguf m-Q8_0.gguf | m-Q8_0.gguf", " | m-Q5_K_M.gguf m-Q6_K.gguf | m-Q5_K_M.gguf",
        " | mmproj-m-Q4_K_M.gguf m-imatrix.gguf x/mmproj.gguf mtp-m-Q8_0.gguf y.gguf | y.gguf", " | m.q4_k_m.gguf n-f16.gguf | m.q4_k_m.gguf", " | M.GGUF a.txt | M.GGUF",
        // With one, in any case; and no other that only ends like it.
        "q8_0 | m-Q4_K_M.gguf m-Q8_0.gguf | m-Q8_0.gguf", "F16 | m-BF16.gguf m-F16.gguf | m-F16.gguf", "Q4_K | m-Q4_K_M.gguf m-Q4_K.gguf | m-Q4_K.gguf", "Q4_K_M | m-UD-Q4_K_M.gguf | m-UD-Q4_K_M.gguf",
        "Q8_0 | Q4_0/m.gguf Q8_0/m.gguf | Q8_0/m.gguf", "m-Q4_0.gguf | m-Q4_0.gguf m-Q8_0.gguf | m-Q4_0.gguf", "SUB/M.GGUF | a.gguf sub/m.gguf | sub/m.gguf", "x+y | m-x+y.gguf | m-x+y.gguf"})
    void theFileMeant(String quant, String paths, String chosen) {
        Choice choice = Choice.of(reference(quant), Arrays.asList(paths.split(" ")));
        assertThat(choice.opens()).isEqualTo(chosen);
        assertThat(choice.files()).containsExactly(chosen);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"Q8_0 | m-Q4_0.gguf | expected Q8_0, found m-Q4_0.gguf", "Q8_0 | config.json model.safetensors | expected Q8_0, found none at all", "F16 | m-BF16.gguf | expected F16",
        " | mmproj.gguf | expected a .gguf file", " | config.json pytorch_model.bin | expected a .gguf file", " | model.safetensors | config.json with model.safetensors", "Q4_0 | m-Q4_0-00001-of-00000.gguf | number of parts",
        "Q4_0 | m-Q4_0-00002-of-00002.gguf | found none", "Q4_0 | m-Q4_0-00001-of-99999.gguf | part 2 of 99999"})
    void noFileMeant(String quant, String paths, String line) {
        assertThatThrownBy(() -> Choice.of(reference(quant), Arrays.asList(paths.split(" ")))).isInstanceOf(ModelException.class).message().contains(line);
    }

    @Test
    void folders() {
        List<String> both = List.of("config.json", "m-Q4_K_M.gguf", "model.safetensors", "model.safetensors.index.json", "optimizer.json", "tokenizer.model");
        assertThat(Choice.of(reference("safetensors"), both)).isEqualTo(new Choice(List.of("config.json", "tokenizer.model", "model.safetensors.index.json"), ""));
        assertThat(Choice.of(reference(""), List.of("adapter_config.json", "adapter_model.safetensors", "README.md"))).isEqualTo(new Choice(List.of("adapter_config.json", "adapter_model.safetensors"), ""));
        assertThat(Choice.of(reference(""), List.of("1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors", "config.json", "config_sentence_transformers.json", "model.fp16.safetensors",
                "model.safetensors", "modules.json", "onnx/config.json", "sentence_bert_config.json", "special_tokens_map.json", "x/1_Pooling/config.json")).files()).containsExactly("1_Pooling/config.json",
                "2_Dense/config.json", "2_Dense/model.safetensors", "config.json", "config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "special_tokens_map.json", "model.safetensors");
    }

    private static Reference reference(String quant) { return new Reference("owner/repo", "main", quant == null ? "" : quant); }
}
