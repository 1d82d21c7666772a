package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tokenizers;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Folders without a tokenizer.json.
class TokenizerFilesTest {
    @TempDir
    Path folder;

    private static Path resource(String name) throws IOException {
        try {
            return Path.of(TokenizerFilesTest.class.getResource("/tokens/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }

    /// Small models that SentencePiece itself trained and used.
    @ParameterizedTest
    @ValueSource(strings = {"sp-bpe", "sp-unigram", "sp-unigram-bytes"})
    void sentencePiecesOwnFile(String name) throws IOException {
        Files.copy(resource(name + ".model"), folder.resolve("tokenizer.model"));
        Tokenizer tokenizer = TokenizerFiles.tokenizer(folder);
        for (Object test : (List<?>) Json.parse(resource(name + ".model.json"))) {
            Map<?, ?> golden = (Map<?, ?>) test;
            String text = (String) golden.get("text");
            int[] ids = ids(golden.get("ids"));
            if (text.isEmpty()) continue;
            assertThat(tokenizer.encode(text, false, false)).as("'%s'", text).containsExactly(ids);
        }
        assertThat(tokenizer.encode("a")).as("BOS before BPE, EOS after unigram").satisfies(all -> assertThat(name.equals("sp-bpe") ? all[0] : all[all.length - 1]).isEqualTo(name.equals("sp-bpe") ? 1 : 2));
    }

    @Test
    void tokensThatWereAddedLater() throws IOException {
        Files.copy(resource("sp-bpe.model"), folder.resolve("tokenizer.model"));
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<|im_end|>\": 423}");
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"tokenizer_class": "LlamaTokenizer", "add_bos_token": false, "add_eos_token": true, "eos_token": "<|im_end|>",
                 "added_tokens_decoder": {"424": {"content": "<tool>", "special": false}}}""");
        Tokenizer tokenizer = TokenizerFiles.tokenizer(folder);
        assertThat(tokenizer.size()).isEqualTo(425);
        assertThat(tokenizer.encode("a<|im_end|><tool>")).endsWith(423, 424, 423);
        assertThat(tokenizer.endsGeneration(423)).isTrue();
        assertThat(tokenizer.isControl(424)).isFalse();
    }

    @Test
    void damagedModelsAreErrors() throws IOException {
        byte[] good = Files.readAllBytes(resource("sp-bpe.model"));
        System.out.println("TokenizerFilesTest: seed 20261125");
        Random random = new Random(20261125);
        Path file = folder.resolve("tokenizer.model");
        int refused = 0;
        for (int round = 0; round < 400; round++) {
            byte[] bad = round % 4 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int n = random.nextInt(4); n >= 0 && bad.length > 0; n--) bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            Files.write(file, bad);
            try {
                assertThat(TokenizerFiles.tokenizer(folder).encode("Hello world, 日本")).isNotNull();
            } catch (ModelException e) {
                refused++;
                assertThat(e).hasMessageContaining("tokenizer.model").message().doesNotContain("\n");
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    /// The parts of a tokenizer.json in files of their own give the same ids as it does.
    @Test
    void vocabularyAndMerges() throws IOException {
        Map<?, ?> json = (Map<?, ?>) Json.parse(resource("json-qwen.tokenizer.json"));
        Map<?, ?> model = (Map<?, ?>) json.get("model");
        Files.writeString(folder.resolve("vocab.json"), Json.write(model.get("vocab")));
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n" + ((List<?>) model.get("merges")).stream()
                .map(merge -> merge instanceof List<?> pair ? pair.getFirst() + " " + pair.getLast() : (String) merge).collect(Collectors.joining("\n")) + "\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), Json.write(Map.of("tokenizer_class", "Qwen2Tokenizer", "added_tokens_decoder",
                ((List<?>) json.get("added_tokens")).stream().map(token -> (Map<?, ?>) token).collect(Collectors.toMap(token -> String.valueOf(token.get("id")), token -> token)))));
        sameIds("json-qwen");
    }

    @Test
    void wordPieceOnePerLine() throws IOException {
        Map<?, ?> vocabulary = (Map<?, ?>) ((Map<?, ?>) ((Map<?, ?>) Json.parse(resource("json-bert.tokenizer.json"))).get("model")).get("vocab");
        Files.write(folder.resolve("vocab.txt"), vocabulary.entrySet().stream().sorted(Comparator.comparing(entry -> (Long) entry.getValue())).map(entry -> (String) entry.getKey()).toList());
        sameIds("json-bert");
    }

    private void sameIds(String name) throws IOException {
        Tokenizer original = Tokenizers.fromJson(resource(name + ".tokenizer.json"), null);
        Tokenizer tokenizer = TokenizerFiles.tokenizer(folder);
        List<?> tests = (List<?>) Json.parse(resource(name + ".json"));
        assertThat(tests).hasSizeGreaterThan(30);
        for (Object test : tests) {
            String text = (String) ((Map<?, ?>) test).get("text");
            assertThat(tokenizer.encode(text)).as("'%s'", text).containsExactly(original.encode(text));
            assertThat(tokenizer.decode(original.encode(text), false)).isEqualTo(original.decode(original.encode(text), false));
        }
    }

    @Test
    void aFolderWithoutAnySaysWhatIsLookedFor() {
        assertThatThrownBy(() -> TokenizerFiles.tokenizer(folder)).isInstanceOf(ModelException.class)
                .hasMessageContaining("expected a file tokenizer.json, tokenizer.model, vocab.json with merges.txt, or vocab.txt, found none");
    }

    private static int[] ids(Object list) { return ((List<?>) list).stream().mapToInt(id -> ((Long) id).intValue()).toArray(); }
}
