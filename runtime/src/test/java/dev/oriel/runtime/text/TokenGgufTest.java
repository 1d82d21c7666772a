package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The keys of a GGUF file, good and bad, on vocabularies of a few tokens.
class TokenGgufTest {
    private static final String PREFIX = "tokenizer.ggml.";

    @Test
    void highestScoreMergesFirstAndAmongEqualsTheLeftmost() {
        Tokenizer tokenizer = sentencePiece(Map.of("a", -9f, "b", -9f, "c", -9f, "ab", -2f, "bc", -1f, "abab", -3f, "aba", -3f));
        assertThat(pieces(tokenizer, "abc")).containsExactly("a", "bc");
        assertThat(pieces(tokenizer, "abab")).containsExactly("abab");
        assertThat(pieces(tokenizer, "ababa")).containsExactly("abab", "a");
    }

    @Test
    void specialTokensInTextTheLongestFirst() {
        Tokenizer tokenizer = tokenizer(keys -> {
            keys.put(PREFIX + "tokens", List.of("<unk>", "<s>", "</s>", "a", "<|x|>", "<|x|>y", "▁a"));
            keys.put(PREFIX + "token_type", List.of(2L, 3L, 3L, 1L, 3L, 4L, 1L));
            keys.put(PREFIX + "scores", List.of(0.0, 0.0, 0.0, -1.0, 0.0, 0.0, -1.0));
        });
        assertThat(tokenizer.encode("a<|x|>ya<|x|>", false, true)).containsExactly(6, 5, 6, 4);
        assertThat(tokenizer.encode("<|x|>y", false, false)).as("user-defined tokens are always read").containsExactly(5);
        assertThat(tokenizer.encode("</s>", false, true)).containsExactly(2);
        assertThat(tokenizer.encode("</s>", false, false)).doesNotContain(2);
    }

    @Test
    void endOfGenerationByKeyAndByText() {
        Tokenizer tokenizer = tokenizer(keys -> {
            keys.put(PREFIX + "tokens", List.of("<unk>", "<s>", "</s>", "<|im_end|>", "<end_of_turn>", "stop", "go"));
            keys.put(PREFIX + "eot_token_id", 5L);
        });
        assertThat(IntStream.range(0, 7).filter(tokenizer::endsGeneration)).containsExactly(2, 3, 4, 5);
        assertThat(tokenizer.isControl(3)).as("'<|im_end|>' is control whatever the file says").isTrue();
    }

    @Test
    void harmonysEndOfMessageDoesNotEndGeneration() {
        Tokenizer tokenizer = tokenizer(keys -> keys.put(PREFIX + "tokens", List.of("<unk>", "<s>", "</s>", "<|end|>", "<|return|>", "<|call|>", "<|channel|>")));
        assertThat(IntStream.range(0, 7).filter(tokenizer::endsGeneration)).containsExactly(2, 4, 5);
        assertThat(tokenizer.decode(new int[] {6, 3, 4}, false)).isEqualTo("<|channel|><|end|>");
    }

    @Test
    void whatIsMalformedIsAnErrorThatSaysWhere() {
        fails("model: expected one of llama, gpt2", keys -> keys.put(PREFIX + "model", "hybriddna"));
        fails("model: expected a vocabulary, found 'none'", keys -> keys.put(PREFIX + "model", "none"));
        fails("tokens: expected a list, found nothing", keys -> keys.remove(PREFIX + "tokens"));
        fails("tokens: expected 1..", keys -> keys.put(PREFIX + "tokens", List.of()));
        fails("tokens: expected a list of String", keys -> keys.put(PREFIX + "tokens", List.of(1L)));
        fails("token 1: expected a text of its own", keys -> keys.put(PREFIX + "tokens", List.of("a", "a")));
        fails("token 0: expected at most", keys -> keys.put(PREFIX + "tokens", List.of("a".repeat(20_000), "b", "c")));
        fails("token_type: expected 3 elements", keys -> keys.put(PREFIX + "token_type", List.of(1L)));
        fails("token_type of token 2: expected 0..6, found 9", keys -> keys.put(PREFIX + "token_type", List.of(1L, 1L, 9L)));
        fails("byte token 2", keys -> keys.put(PREFIX + "token_type", List.of(1L, 1L, 6L)));
        fails("scores: expected 3 elements", keys -> keys.put(PREFIX + "scores", List.of(1.0)));
        fails("score of token 0", keys -> keys.put(PREFIX + "scores", List.of(Double.NaN, 0.0, 0.0)));
        fails("bos_token_id: expected 0..2, found 3", keys -> keys.put(PREFIX + "bos_token_id", 3L));
        fails("bos_token_id: expected a token", keys -> keys.putAll(Map.of(PREFIX + "bos_token_id", -1L, PREFIX + "add_bos_token", true)));
        fails("merges: expected a list, found nothing", keys -> keys.put(PREFIX + "model", "gpt2"));
        fails("merge: expected two tokens", keys -> keys.putAll(Map.of(PREFIX + "model", "gpt2", PREFIX + "merges", List.of("ab"))));
        fails("pre: expected one of", keys -> keys.putAll(Map.of(PREFIX + "model", "gpt2", PREFIX + "pre", "gpt-99", PREFIX + "merges", List.of())));
        fails("precompiled_charsmap", keys -> keys.putAll(Map.of(PREFIX + "model", "t5", PREFIX + "precompiled_charsmap", List.of(1L, 0L, 0L, 0L, 0L))));
    }

    @Test
    void mergesMayNameWhatIsNoToken() {
        Tokenizer tokenizer = tokenizer(keys -> keys.putAll(Map.of(PREFIX + "model", "gpt2", PREFIX + "pre", "gpt-2", PREFIX + "merges", List.of("a b", "ab c", "x y", "e f"),
                PREFIX + "tokens", List.of("a", "b", "c", "abc", "xy", "e"))));
        assertThat(pieces(tokenizer, "abc")).as("by way of what is none").containsExactly("abc");
        assertThat(pieces(tokenizer, "ab")).as("letter by letter").containsExactly("a", "b");
        assertThat(pieces(tokenizer, "xy")).as("of letters that are none").containsExactly("xy");
        assertThat(pieces(tokenizer, "xefa")).as("letters that are none go").containsExactly("e", "a");
    }

    @Test
    void idsOutsideTheVocabularyAreErrors() {
        Tokenizer tokenizer = tokenizer(_ -> { });
        assertThatThrownBy(() -> tokenizer.decode(new int[] {3}, true)).isInstanceOf(ModelException.class).hasMessageContaining("token id: expected 0..2, found 3");
        assertThatThrownBy(() -> tokenizer.bytes(-1, true)).isInstanceOf(ModelException.class);
        assertThatThrownBy(() -> tokenizer.piece(3)).isInstanceOf(ModelException.class);
    }

    private static void fails(String message, Consumer<Map<String, Object>> change) {
        assertThatThrownBy(() -> tokenizer(change)).isInstanceOf(ModelException.class).hasMessageStartingWith("test.gguf: ").hasMessageContaining(message)
                .message().doesNotContain("\n");
    }

    private static Tokenizer sentencePiece(Map<String, Float> scores) {
        return tokenizer(keys -> {
            keys.put(PREFIX + "tokens", List.copyOf(scores.keySet()));
            keys.put(PREFIX + "scores", scores.keySet().stream().map(piece -> (double) scores.get(piece)).toList());
            keys.putAll(Map.of(PREFIX + "add_space_prefix", false, PREFIX + "add_bos_token", false));
        });
    }

    private static Tokenizer tokenizer(Consumer<Map<String, Object>> change) {
        Map<String, Object> keys = new HashMap<>(Map.of(PREFIX + "model", "llama", PREFIX + "tokens", List.of("<unk>", "<s>", "</s>")));
        change.accept(keys);
        return Tokenizers.from(new Metadata("test.gguf", keys));
    }

    private static List<String> pieces(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
    }
}
