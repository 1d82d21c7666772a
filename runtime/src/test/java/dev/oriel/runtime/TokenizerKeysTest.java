package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tokenizers;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tokenizers of Hugging Face folders as GGUF keys: text is cut as the folder's own tokenizer cuts it.
class TokenizerKeysTest {
    private static final String CONFIG = "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\", \"chat_template\": \"{{ messages }}\"}";

    @TempDir
    Path folder;

    private Map<String, Object> keys(String name, String config, int size) throws IOException {
        Files.copy(resource(name + ".tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        try (Checkpoint c = Checkpoints.open(Goldens.folder("llama"))) {
            return TokenizerKeys.of(new Checkpoint(c.path(), c.kind(), c.metadata(), c.tensors(), folder, c.arena()), size);
        }
    }

    private static Path resource(String name) throws IOException {
        try {
            return Path.of(TokenizerKeysTest.class.getResource("/tokens/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    /// Values as a reader gives them.
    private static Map<String, Object> wide(Map<String, Object> keys) {
        Map<String, Object> wide = new LinkedHashMap<>();
        keys.forEach((key, value) -> wide.put(key, wide(value)));
        return wide;
    }

    private static Object wide(Object value) {
        return switch (value) {
            case Integer i -> i.longValue();
            case Float f -> f.doubleValue();
            case Byte b -> b & 0xFFL;
            case List<?> list -> list.stream().map(TokenizerKeysTest::wide).toList();
            default -> value;
        };
    }

    /// But for what GGUF cannot express: `<mask>` swallows spaces in these, qwen's composes letters first, and WordPiece keeps of a Hangul syllable the first letter only.
    @ParameterizedTest
    @ValueSource(strings = {"json-llama", "json-gemma", "json-qwen", "json-bert"})
    void cutsTextAsBefore(String name) throws IOException {
        Tokenizer converted = Tokenizers.from(new Metadata("converted", wide(keys(name, CONFIG, 530))));
        Tokenizer original = Tokenizers.fromJson(folder.resolve("tokenizer.json"), folder.resolve("tokenizer_config.json"));
        int compared = 0;
        for (Object test : (List<?>) Json.parse(resource(name + ".json"))) {
            String text = (String) ((Map<?, ?>) test).get("text");
            if (text.contains("<mask>") || !Normalizer.isNormalized(text, Normalizer.Form.NFC) || name.equals("json-bert") && text.matches("(?s).*\\p{IsHangul}.*")) continue;
            assertThat(converted.encode(text)).as(text).isEqualTo(original.encode(text));
            compared++;
        }
        assertThat(compared).isGreaterThan(30);
    }

    @ParameterizedTest
    @CsvSource({"json-llama,llama,default,true,true", "json-gemma,llama,default,false,true", "json-metaspace,llama,default,true,true", "json-qwen,gpt2,qwen2,,false"})
    void saysOfWhichKindItIs(String name, String model, String pre, Boolean spaceBefore, boolean bos) throws IOException {
        Map<String, Object> keys = keys(name, CONFIG, 530);
        assertThat(keys).containsEntry("tokenizer.ggml.model", model).containsEntry("tokenizer.ggml.pre", pre).containsEntry("tokenizer.ggml.add_bos_token", bos)
                .containsEntry("tokenizer.ggml.add_eos_token", false).containsEntry("tokenizer.chat_template", "{{ messages }}");
        assertThat(keys.get("tokenizer.ggml.add_space_prefix")).isEqualTo(spaceBefore);
        assertThat(((List<?>) keys.get("tokenizer.ggml.tokens")).get(529)).isEqualTo("[PAD529]");
        assertThat(((List<?>) keys.get("tokenizer.ggml.token_type")).get(529)).isEqualTo(5);
    }

    @Test
    void idsComeFromTheConfigWhereTheTokenizerNamesNone() throws IOException {
        Map<String, Object> keys = keys("json-qwen", "{\"eos_token\": {\"content\": \"<|im_end|>\"}}", 530);
        assertThat(keys).containsEntry("tokenizer.ggml.bos_token_id", 1).containsEntry("tokenizer.ggml.eos_token_id", 422).doesNotContainKey("tokenizer.chat_template");
    }

    @Test
    void aFolderWithoutTokenizerHasNoKeys() {
        try (Checkpoint c = Checkpoints.open(Goldens.folder("llama"))) {
            assertThat(TokenizerKeys.of(new Checkpoint(c.path(), c.kind(), c.metadata(), c.tensors(), folder, c.arena()), 384)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"json-t5,530,normalizer", "json-roberta,530,pre_tokenizer", "json-llama,520,id of token <mask>"})
    void whatGgufCannotExpressIsAnError(String name, int size, String what) {
        assertThatThrownBy(() -> keys(name, CONFIG, size)).isInstanceOf(ModelException.class).hasMessageContaining("tokenizer.json: " + what);
    }

    /// The rules of published models, as their `tokenizer.json` has them.
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+;true;llama-bpe",
        "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+;false;dbrx",
        "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+;false;qwen2"})
    void patternsHaveNames(String words, boolean wholeWords, String name) {
        Map<String, Object> split = split("(?i:'s|'t|'re|'ve|'m|'ll|'d)|" + words);
        Map<String, Object> bytes = Map.of("type", "ByteLevel", "use_regex", false);
        Map<String, Object> sequence = Map.of("type", "Sequence", "pretokenizers", List.of(split, bytes));
        assertThat(SplitNames.of(folder, sequence, wholeWords, true)).isEqualTo(name);
        assertThatThrownBy(() -> SplitNames.of(folder, split, wholeWords, true)).isInstanceOf(ModelException.class).hasMessageContaining("pre_tokenizer");
    }

    /// Steps of published models.
    @Test
    void sequencesHaveNames() {
        Map<String, Object> bytes = Map.of("type", "ByteLevel", "use_regex", false, "add_prefix_space", false);
        assertThat(SplitNames.of(folder, Map.of("type", "Sequence", "pretokenizers", List.of(split("\\p{N}{1,3}"), split("[一-龥\u3040-ゟ゠-ヿ]+"),
                split("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"), bytes)),
                false, false)).isEqualTo("deepseek-v3");
        assertThat(SplitNames.of(folder, Map.of("type", "Sequence", "pretokenizers", List.of(split(" ?[^(\\s|[.,!?…。，、।۔،])]+"), bytes)), false, true)).isEqualTo("bloom");
        assertThat(SplitNames.of(folder, Map.of("type", "Sequence", "pretokenizers", List.of(Map.of("type", "Punctuation", "behavior", "Contiguous"),
                Map.of("type", "ByteLevel", "use_regex", true, "add_prefix_space", false), Map.of("type", "Digits", "individual_digits", false), split("[0-9][0-9][0-9]"))), false, true)).isEqualTo("falcon");
    }

    private static Map<String, Object> split(String regex) { return Map.of("type", "Split", "pattern", Map.of("Regex", regex), "behavior", "Isolated", "invert", false); }

    @Test
    void digitsApartAreStarcodersOrSmollms() {
        Map<String, Object> sequence = Map.of("type", "Sequence", "pretokenizers",
                List.of(Map.of("type", "Digits", "individual_digits", true), Map.of("type", "ByteLevel", "use_regex", true)));
        assertThat(SplitNames.of(folder, sequence, false, true)).isEqualTo("starcoder");
        assertThat(SplitNames.of(folder, sequence, false, false)).isEqualTo("smollm");
    }
}
