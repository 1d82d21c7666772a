package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// tokenizer.json files against the `tokenizers` library: small vocabularies trained for these tests, put together as the families named do it.
class TokenJsonTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"json-qwen", "json-llama", "json-gemma", "json-metaspace", "json-bert", "json-t5", "json-roberta", "json-wordend"})
    void likeTheOriginal(String name) {
        Tokenizer tokenizer = Tokenizers.fromJson(TokenFiles.resource(name + ".tokenizer.json"), null);
        for (TokenFiles.Golden golden : TokenFiles.goldens(name)) {
            assertThat(tokenizer.encode(golden.text())).as("ids of '%s'", golden.text()).containsExactly(golden.ids());
            assertThat(tokenizer.decode(golden.ids(), false)).as("text of '%s'", golden.text()).isEqualTo(golden.decoded());
        }
    }

    /// One small tokenizer for each part that a tokenizer.json may be made of, trained and asked with the `tokenizers` library.
    @Test
    void everyPartLikeTheOriginal() throws IOException {
        List<?> kinds = (List<?>) Json.parse(TokenFiles.resource("json-kinds.json"));
        assertThat(kinds).hasSizeGreaterThan(25);
        for (Object kind : kinds) {
            Map<?, ?> golden = (Map<?, ?>) kind;
            Tokenizer tokenizer = Tokenizers.fromJson(Files.writeString(folder.resolve("tokenizer.json"), Json.write(golden.get("tokenizer"))), null);
            for (Object test : (List<?>) golden.get("tests")) {
                String text = (String) ((Map<?, ?>) test).get("text");
                int[] ids = ((List<?>) ((Map<?, ?>) test).get("ids")).stream().mapToInt(id -> ((Long) id).intValue()).toArray();
                assertThat(tokenizer.encode(text)).as("%s: ids of '%s'", golden.get("name"), text).containsExactly(ids);
                assertThat(tokenizer.encodeWithOffsets(text).ids()).as("%s: ids with offsets of '%s'", golden.get("name"), text).containsExactly(ids);
                assertThat(tokenizer.decode(ids, false)).as("%s: text of '%s'", golden.get("name"), text).isEqualTo(((Map<?, ?>) test).get("decoded"));
            }
        }
    }

    @Test
    void configurationNamesBosAndEosAndRulesWhetherTheyAreAdded() throws IOException {
        Path file = TokenFiles.resource("json-llama.tokenizer.json");
        Path config = Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"tokenizer_class": "LlamaTokenizer", "bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": false, "add_eos_token": true}""");
        Tokenizer tokenizer = Tokenizers.fromJson(file, config);
        assertThat(tokenizer.bos()).isEqualTo(1);
        assertThat(tokenizer.eos()).isEqualTo(2);
        assertThat(tokenizer.encode("the")).endsWith(2).doesNotContain(1);
        assertThat(tokenizer.encode("the", false, true)).doesNotContain(1, 2);
        assertThat(tokenizer.endsGeneration(2)).isTrue();
        assertThat(tokenizer.endsGeneration(1)).isFalse();
        assertThat(tokenizer.isControl(1)).isTrue();
    }

    @Test
    void generationConfigurationAddsEndings() throws IOException {
        Path file = Files.copy(TokenFiles.resource("json-qwen.tokenizer.json"), folder.resolve("tokenizer.json"));
        int letter = Tokenizers.fromJson(file, null).encode("a")[0];
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [" + letter + ", 99999999]}");
        Tokenizer tokenizer = Tokenizers.fromJson(file, folder.resolve("tokenizer_config.json"));
        assertThat(tokenizer.endsGeneration(letter)).isTrue();
        assertThat(tokenizer.eos()).isEqualTo(letter);
    }

    @Test
    void specialTokensAreOnlyReadWhereAskedFor() {
        Tokenizer tokenizer = Tokenizers.fromJson(TokenFiles.resource("json-qwen.tokenizer.json"), null);
        assertThat(tokenizer.encode("<|im_end|>", true, true)).hasSize(1);
        assertThat(tokenizer.encode("<|im_end|>", true, false)).hasSizeGreaterThan(1);
        assertThat(tokenizer.encode("<tool>", true, false)).as("user-defined").hasSize(1);
        assertThat(tokenizer.decode(tokenizer.encode("a<|im_end|>b"), true)).isEqualTo("a<|im_end|>b");
        assertThat(tokenizer.decode(tokenizer.encode("a<|im_end|>b"), false)).isEqualTo("ab");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}|model",
        "[]|content",
        "{\"model\": {\"type\": \"Magic\", \"vocab\": {\"a\": 0}}}|model.type",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}|model.vocab",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}}}|model.vocab",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 4000000000}}}|model.vocab",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}}}|model.vocab",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"ab\"]}}|merge",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [7]}}|model.merges",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"normalizer\": {\"type\": \"Magic\"}}|normalizer.type",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"pre_tokenizer\": {\"type\": \"Magic\"}}|pre_tokenizer.type",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"Magic\"}}|decoder.type",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"added_tokens\": [{\"id\": 0, \"content\": \"b\"}]}|added_tokens[0].content",
        "{\"model\": {\"type\": \"Unigram\", \"unk_id\": 5, \"vocab\": [[\"a\", 0.5]]}}|model.unk_id",
        "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[\"a\"]]}}|model.vocab",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}}|precompiled_charsmap",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}}, \"post_processor\": {\"type\": \"BertProcessing\", \"cls\": [\"a\", 9], \"sep\": [\"a\", 0]}}|post_processor"})
    void malformedFilesAreErrorsThatSayWhere(String json, String where) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> Tokenizers.fromJson(file, null)).isInstanceOf(ModelException.class)
                .hasMessageContaining(where).hasMessageContaining("tokenizer.json").message().doesNotContain("\n");
    }
}
