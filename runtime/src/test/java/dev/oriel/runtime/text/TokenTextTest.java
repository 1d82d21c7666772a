package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Metadata;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What must hold for any text: nothing fails, nothing takes long, and what is lossless comes back.
class TokenTextTest {
    private static final String[] SNIPPETS = {"a", "Z", " ", "  ", "\n", "\t", "\0", "é", "e\u0301", "\u200D", "\u202Eعربي", "日本", "🙂", "👨‍👩‍👧", "\uFFFD", "<s>", "</s>", "<|im_end|>",
        "<0x41>", "##", "\u2581", "123456", "'s", "?!", "\uD800", "\uDC00"};

    static Stream<Tokenizer> tokenizers() {
        return Stream.concat(Stream.concat(Stream.of(TokenFiles.stories(), byteLevel(), wordPiece()), Stream.of("rwkv", "plamo2", "whitespace", "gemma4")
                .map(name -> TokenFiles.gguf(TokenFiles.resource("gguf-" + name + ".gguf")))), Stream.of("qwen", "llama", "gemma", "metaspace", "bert", "t5", "roberta", "wordend")
                .map(name -> Tokenizers.fromJson(TokenFiles.resource("json-" + name + ".tokenizer.json"), null)));
    }

    static Stream<Tokenizer> lossless() {
        return Stream.of(TokenFiles.stories(), byteLevel(), TokenFiles.gguf(TokenFiles.resource("gguf-rwkv.gguf")), Tokenizers.fromJson(TokenFiles.resource("json-gemma.tokenizer.json"), null));
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void longTextsTakeNoLongTime(Tokenizer tokenizer) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (String unit : List.of("a", " ", "\n", "<", "7", "🙂", "e\u0301")) assertThat(tokenizer.encode(unit.repeat(100_000) + "a")).isNotEmpty();
            assertThat(tokenizer.encode("Once upon a time, there was a little girl named Lily.\n".repeat(20_000)).length).isGreaterThan(100_000);
        });
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void anyTextCanBeEncodedAndDecoded(Tokenizer tokenizer) {
        Random random = seeded("anyTextCanBeEncodedAndDecoded");
        for (int round = 0; round < 300; round++) {
            int[] ids = tokenizer.encode(text(random), random.nextBoolean(), random.nextBoolean());
            assertThat(IntStream.of(ids).filter(id -> id < 0 || id >= tokenizer.size())).isEmpty();
            assertThat(tokenizer.decode(ids, true)).isNotNull();
            assertThat(Unicode.wellFormed(tokenizer.decode(ids, false))).isEqualTo(tokenizer.decode(ids, false));
        }
    }

    @ParameterizedTest
    @MethodSource("lossless")
    void textComesBack(Tokenizer tokenizer) {
        Random random = seeded("textComesBack");
        for (int round = 0; round < 500; round++) {
            // SentencePiece cannot tell its own mark from a space.
            String text = Unicode.wellFormed(text(random).replace("\u2581", "").replace("e\u0301", ""));
            assertThat(tokenizer.decode(tokenizer.encode(text, false, false), true)).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @MethodSource("lossless")
    void tokenBytesStreamedGiveTheWholeText(Tokenizer tokenizer) {
        int[] ids = tokenizer.encode("x 日本 🙂 é\n", false, false);
        var stream = new Utf8Stream();
        var out = new StringBuilder();
        for (int id : ids) out.append(stream.feed(tokenizer.bytes(id, false)));
        out.append(stream.flush());
        // Only decode knows which space is the tokenizer's own.
        assertThat(out.toString().stripLeading()).isEqualTo(tokenizer.decode(ids, false));
    }

    @Test
    void nothingIsNothing() {
        assertThat(TokenFiles.stories().encode("")).containsExactly(1);
        assertThat(TokenFiles.stories().encode("", false, true)).isEmpty();
        assertThat(TokenFiles.stories().decode(new int[0], true)).isEmpty();
    }

    @Test
    void loneSurrogatesAreTheReplacementCharacter() {
        Tokenizer tokenizer = TokenFiles.stories();
        assertThat(tokenizer.encode("a\uD83D b")).isEqualTo(tokenizer.encode("a\uFFFD b"));
        assertThat(tokenizer.encode("\uDE42\uD83D")).isEqualTo(tokenizer.encode("\uFFFD\uFFFD"));
        assertThat(tokenizer.encode("\uD83D\uDE42")).isEqualTo(tokenizer.encode("🙂"));
    }

    @Test
    void whatTheVocabularySaysOfItsTokens() {
        Tokenizer tokenizer = TokenFiles.stories();
        assertThat(tokenizer.size()).isEqualTo(512);
        assertThat(tokenizer.bos()).isEqualTo(1);
        assertThat(tokenizer.eos()).isEqualTo(2);
        assertThat(tokenizer.piece(1)).isEqualTo("<s>");
        assertThat(tokenizer.isControl(1)).isTrue();
        assertThat(tokenizer.isControl(300)).isFalse();
        assertThat(tokenizer.endsGeneration(2)).isTrue();
        assertThat(tokenizer.endsGeneration(1)).isFalse();
        assertThat(tokenizer.endsGeneration(-1)).isFalse();
        assertThat(tokenizer.bytes(3 + 'A', false)).containsExactly('A');
        assertThat(tokenizer.bytes(1, false)).isEmpty();
        assertThat(tokenizer.bytes(1, true)).isEqualTo("<s>".getBytes(StandardCharsets.UTF_8));
    }

    /// The smallest byte-level vocabulary: the bytes, one merge and an end.
    private static Tokenizer byteLevel() {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) tokens.add(String.valueOf(ByteAlphabet.letter(b)));
        tokens.add("aa");
        tokens.add("<|endoftext|>");
        List<Long> types = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) types.add(id == tokens.size() - 1 ? 3L : 1L);
        return Tokenizers.from(new Metadata("test.gguf", Map.of("tokenizer.ggml.model", "gpt2", "tokenizer.ggml.pre", "qwen2",
                "tokenizer.ggml.tokens", tokens, "tokenizer.ggml.token_type", types, "tokenizer.ggml.merges", List.of("a a"))));
    }

    /// WordPiece as GGUF has it, where a word may have any number of tokens.
    private static Tokenizer wordPiece() {
        return Tokenizers.from(new Metadata("test.gguf", Map.of("tokenizer.ggml.model", "bert", "tokenizer.ggml.tokens", List.of("[UNK]", "[CLS]", "[SEP]", "\u2581a", "a", "\u25817"),
                "tokenizer.ggml.unknown_token_id", 0L, "tokenizer.ggml.bos_token_id", 1L, "tokenizer.ggml.seperator_token_id", 2L)));
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int n = random.nextInt(30); n > 0; n--) text.append(random.nextInt(4) == 0 ? Character.toString(random.nextInt(0x110000)) : SNIPPETS[random.nextInt(SNIPPETS.length)]);
        return text.toString();
    }

    private static Random seeded(String test) {
        long seed = System.nanoTime();
        System.out.println("TokenTextTest." + test + " seed " + seed);
        return new Random(seed);
    }
}
