package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.ModelException;
import dev.oriel.testing.Needed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which characters each token stands for.
class OffsetsTest {
    private static final String[] SNIPPETS = {"a", "Z", " ", "  ", "\n", "\t", "\0", "é", "e\u0301", "\u200D", "عربي", "日本", "🙂", "👨‍👩‍👧", "\uFFFD", "<s>", "</s>", "<|im_end|>",
        "##", "\u2581", "123456", "'s", "?!", "\uD800", "ﬁ", "İ", "Σ", "한국", "\u1112\u1161\u11AB", "½", "x\u0323\u0307", "ｶﾞ", "the", "Time", "\u00A0"};

    @Test
    void stories() { goldens(TokenFiles.stories(), "stories260K", true); }

    @ParameterizedTest
    @CsvSource({"bert-bge, false", "deepseek-llm, true", "falcon, true", "gpt-2, true", "gpt-neox, true", "llama-spm, true", "mpt, true", "phi-3, true", "refact, true"})
    void vocabulary(String name, boolean covering) { goldens(TokenFiles.gguf(Needed.shared("vocabs/ggml-vocab-" + name + ".gguf")), name, covering); }

    @ParameterizedTest
    @CsvSource({"smollm2, smollm2-135m-instruct-q4_1.gguf", "gemma3, gemma-3-270m-q4_k_m.gguf"})
    void model(String name, String file) { goldens(TokenFiles.gguf(Needed.model(file)), name, true); }

    @ParameterizedTest
    @CsvSource({"json-qwen, true", "json-llama, true", "json-gemma, true", "json-metaspace, true", "json-bert, false", "json-t5, false", "json-roberta, true", "json-wordend, false"})
    void tokenizerJson(String name, boolean covering) { goldens(json(name), name, covering); }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma3", "mixtral", "qwen3", "gpt-neox", "gpt2", "llama3-rope"})
    void smallModels(String name) {
        Path file = Path.of("src/test/resources/goldens/arch", name, "tokenizer.json");
        Tokenizer tokenizer = Tokenizers.fromJson(file, null);
        for (TokenFiles.Golden golden : TokenFiles.goldens("gpt-2")) check(tokenizer, golden.text());
    }

    @ParameterizedTest
    @MethodSource("dev.oriel.runtime.text.TokenTextTest#tokenizers")
    void anyText(Tokenizer tokenizer) {
        Random random = new Random(seeded());
        for (int round = 0; round < 1000; round++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) text.append(SNIPPETS[random.nextInt(SNIPPETS.length)]);
            check(tokenizer, text.toString());
        }
    }

    private static long seeded() {
        System.out.println("OffsetsTest: seed 20261125");
        return 20261125;
    }

    private static Tokenizer json(String name) { return Tokenizers.fromJson(TokenFiles.resource(name + ".tokenizer.json"), null); }

    private static void goldens(Tokenizer tokenizer, String name, boolean covering) {
        List<TokenFiles.Golden> goldens = TokenFiles.goldens(name);
        assertThat(goldens).isNotEmpty();
        for (TokenFiles.Golden golden : goldens) {
            Encoded encoded = check(tokenizer, golden.text());
            assertThat(encoded.ids()).containsExactly(golden.ids());
            BitSet covered = new BitSet();
            for (int t = 0; t < encoded.size(); t++) covered.set(encoded.characters(t).from(), encoded.characters(t).to());
            if (covering) assertThat(covered.cardinality()).as("'%s' is covered", golden.text()).isEqualTo(golden.text().length());
            else covered.stream().forEach(i -> assertThat(i).isLessThan(golden.text().length()));
            for (int i = covered.nextClearBit(0); !covering && i < golden.text().length(); i = covered.nextClearBit(i + 1))
                assertThat(Character.isWhitespace(golden.text().charAt(i)) || Character.isISOControl(golden.text().charAt(i)) || golden.text().codePointAt(i) > 0x7F)
                        .as("character %s of '%s' may be left out", i, golden.text()).isTrue();
        }
    }

    /// The ids are those of `encode`, ranges ascend, and tokens that overlap share what cannot be taken apart.
    private static Encoded check(Tokenizer tokenizer, String text) {
        Encoded encoded = null;
        for (boolean special : new boolean[] {false, true}) {
            encoded = tokenizer.encodeWithOffsets(text, special, special);
            assertThat(encoded.ids()).as("ids of '%s'", text).containsExactly(tokenizer.encode(text, special, special));
            for (int t = 0, end = 0; t < encoded.size(); t++) {
                TextSpan span = encoded.characters(t);
                assertThat(span.to()).as("end of token %s of '%s'", t, text).isBetween(end, text.length());
                if (span.from() < end) {
                    String shared = text.substring(span.from(), end);
                    assertThat(encoded.characters(t - 1)).as("token %s of '%s'", t, text).satisfies(before -> assertThat(before.to()).isEqualTo(span.from() + shared.length()));
                    assertThat(Normalizer.normalize(shared, Normalizer.Form.NFC).codePointCount(0, Normalizer.normalize(shared, Normalizer.Form.NFC).length()))
                            .as("characters that tokens %s and %s of '%s' share", t - 1, t, text).isLessThanOrEqualTo(2);
                }
                end = span.to();
            }
        }
        return encoded;
    }

    @ParameterizedTest
    @CsvSource({"gpt-2", "deepseek-llm", "llama-spm", "gpt-neox"})
    void aTokensTextIsTheTextAtItsPlace(String name) {
        Tokenizer tokenizer = TokenFiles.gguf(Needed.shared("vocabs/ggml-vocab-" + name + ".gguf"));
        for (TokenFiles.Golden golden : TokenFiles.goldens(name)) {
            Encoded encoded = tokenizer.encodeWithOffsets(golden.text());
            for (int t = 0; t < encoded.size(); t++) {
                String own = new String(tokenizer.bytes(encoded.id(t), true), StandardCharsets.UTF_8);
                String there = encoded.characters(t).in(golden.text());
                boolean whole = !there.isEmpty() && own.indexOf('\uFFFD') < 0 && !tokenizer.piece(encoded.id(t)).matches("<0x..>");
                // SentencePiece puts a space before each stretch of text.
                boolean added = name.equals("llama-spm") && t > 0 && !tokenizer.isControl(encoded.id(t)) && encoded.characters(t - 1).to() == encoded.characters(t).from() && tokenizer.isControl(encoded.id(t - 1));
                if (whole) assertThat(added ? own.substring(1) : own).as("token %s of '%s'", t, golden.text()).isEqualTo(there);
            }
        }
    }

    @Test
    void lowercasedWordsLieWhereTheyWereWritten() {
        Tokenizer tokenizer = json("json-bert");
        String text = "  The\u0000 TÏME, of 日本 the\tMan";
        Encoded encoded = tokenizer.encodeWithOffsets(text);
        for (String word : List.of("The", "TÏME", ",", "of", "日", "本", "Man")) {
            TokenSpan tokens = encoded.tokensOf(word);
            assertThat(encoded.characters(tokens).in(text)).isEqualTo(word);
            if (word.equals("The")) assertThat(IntStream.range(tokens.from(), tokens.to()).mapToObj(t -> tokenizer.piece(encoded.id(t)).replace("##", "")).reduce("", String::concat))
                    .isEqualTo(word.toLowerCase(Locale.ROOT));
        }
        assertThat(encoded.characters(0)).isEqualTo(new TextSpan(0, 0));
        assertThat(encoded.characters(encoded.size() - 1)).isEqualTo(new TextSpan(text.length(), text.length()));
    }

    @Test
    void bytesOfACharacterShareIt() {
        Tokenizer tokenizer = TokenFiles.stories();
        Encoded encoded = tokenizer.encodeWithOffsets("a🙂b");
        TokenSpan face = encoded.tokensOf("🙂");
        assertThat(face.length()).isEqualTo(4);
        for (int t = face.from(); t < face.to(); t++) assertThat(encoded.characters(t)).isEqualTo(new TextSpan(1, 3));
        assertThat(encoded.tokensOf("b")).isEqualTo(new TokenSpan(face.to(), face.to() + 1));
        assertThat(encoded.characters(0)).as("BOS").isEqualTo(new TextSpan(0, 0));
    }

    @Test
    void specialTokensInTheTextAreTheirCharacters() {
        String text = "a<|im_end|>b";
        Encoded encoded = json("json-qwen").encodeWithOffsets(text);
        assertThat(encoded.tokensOf("<|im_end|>").length()).isEqualTo(1);
        assertThat(encoded.tokensOf("im_e")).as("a part of it").isEqualTo(encoded.tokensOf("<|im_end|>"));
    }

    @Test
    void occurrences() {
        Encoded encoded = TokenFiles.stories().encodeWithOffsets("the cat and the dog and the cat");
        assertThat(encoded.allTokensOf("cat")).hasSize(2).containsExactly(encoded.tokensOf("cat"), encoded.tokensOf("cat", 1));
        assertThat(encoded.characters(encoded.tokensOf("cat", 1)).to()).isEqualTo(31);
        assertThat(encoded.allTokensOf("cow")).isEmpty();
        assertThat(encoded.tokens(new TextSpan(4, 4)).isEmpty()).isTrue();
        assertThat(encoded.tokens(new TextSpan(0, 31))).as("without BOS").isEqualTo(new TokenSpan(1, encoded.size()));
        assertThatThrownBy(() -> encoded.tokensOf("cow")).isInstanceOf(ModelException.class).hasMessageEndingWith("expected occurrence 0 (from 0) of 'cow', found none");
        assertThatThrownBy(() -> encoded.tokensOf("cat", 2)).isInstanceOf(ModelException.class).hasMessageEndingWith("expected occurrence 2 (from 0) of 'cat', found 2 of them");
        assertThatThrownBy(() -> encoded.tokensOf("")).isInstanceOf(ModelException.class).hasMessageContaining("empty");
        assertThatThrownBy(() -> encoded.tokens(new TextSpan(5, 32))).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// What the notes of a normal form rest on: between its pieces nothing changes.
    @ParameterizedTest
    @ValueSource(strings = {"NFC", "NFD", "NFKC", "NFKD"})
    void normalFormsArePieceByPiece(String form) {
        Rewriting rewriting = Rewriting.normalForm(Normalizer.Form.valueOf(form));
        Random random = new Random(seeded());
        int[] pool = IntStream.range(0, 0x11FFF).filter(c -> Character.isDefined(c) && !(c >= 0xD800 && c < 0xE000)).filter(c -> c < 0x250 || Unicode.joinsBefore(c)
                || !Normalizer.isNormalized(Character.toString(c), Normalizer.Form.NFKD) || c >= 0x1100 && c < 0x1200).toArray();
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder("|");
            for (int n = 1 + random.nextInt(4); n > 0; n--) text.appendCodePoint(pool[random.nextInt(pool.length)]);
            text.append('|');
            Aligned aligned = rewriting.apply(Aligned.source(text.toString()));
            int last = aligned.text().length() - 1;
            assertThat(aligned.from(last)).as("where the last character of %s comes from", text.codePoints().mapToObj(Integer::toHexString).toList()).isEqualTo(text.length() - 1);
        }
    }

    @Test
    void longTextsTakeNoLongTime() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (String name : List.of("json-qwen", "json-bert", "json-t5", "json-gemma"))
                for (String unit : List.of("a", " ", "e\u0301", "\u0301", "🙂", "the cat. ")) assertThat(json(name).encodeWithOffsets(unit.repeat(50_000) + "a").size()).isPositive();
        });
    }
}
