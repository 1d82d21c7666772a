package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Utf8List;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The table of texts finds what a map of strings finds.
class TokenTableTest {
    private static final long SEED = Long.getLong("oriel.seed", 20261125);
    private static final String LETTERS = "ab\u00fc\u2581\u65e5";

    private final Random random = new Random(SEED);

    private String word() {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(1, 6); i > 0; i--) word.append(random.nextInt(9) == 0 ? "\ud801\udc37" : LETTERS.substring(random.nextInt(LETTERS.length())).substring(0, 1));
        return word.toString();
    }

    @Test
    void asAMapOfStrings() {
        System.out.println("TokenTableTest: seed " + SEED);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < 3000; i++) words.add(word());
        Map<String, Integer> expected = new HashMap<>();
        TokenTable table = new TokenTable(Utf8List.of(words));
        for (int id = 0; id < words.size(); id++) {
            Integer before = expected.putIfAbsent(words.get(id), id);
            assertThat(table.put(id)).isEqualTo(before == null ? Vocabulary.NONE : before);
        }
        assertThat(expected).hasSizeBetween(100, 2999);
        int found = 0;
        for (int i = 0; i < 3000; i++) {
            String left = word();
            String right = random.nextInt(4) == 0 ? "" : word();
            int id = expected.getOrDefault(left + right, Vocabulary.NONE);
            if (id >= 0) found++;
            assertThat(table.get(left + right)).as(left + right).isEqualTo(id);
            byte[] joined = (left + " " + right).getBytes(StandardCharsets.UTF_8);
            int space = left.getBytes(StandardCharsets.UTF_8).length;
            assertThat(table.get(joined, 0, space, joined, space + 1, joined.length)).as(left + "," + right).isEqualTo(id);
        }
        assertThat(found).isBetween(100, 2900);
    }

    @Test
    void halfAPairIsNoToken() {
        TokenTable table = new TokenTable(Utf8List.of(List.of("?", "\uFFFD", "\ud801\udc37")));
        for (int id = 0; id < 3; id++) table.put(id);
        assertThat(table.get("\ud801")).isEqualTo(Vocabulary.NONE);
        assertThat(table.get("\udc37")).isEqualTo(Vocabulary.NONE);
        assertThat(table.get("\ud801\udc37")).isEqualTo(2);
        assertThat(table.get("")).isEqualTo(Vocabulary.NONE);
    }
}
