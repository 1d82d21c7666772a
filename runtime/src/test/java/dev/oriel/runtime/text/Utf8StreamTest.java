package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8StreamTest {
    @Test
    void charactersComeWhole() {
        var stream = new Utf8Stream();
        byte[] bytes = "é🙂".getBytes(StandardCharsets.UTF_8);
        String[] released = new String[bytes.length];
        for (int i = 0; i < bytes.length; i++) released[i] = stream.feed(new byte[] {bytes[i]});
        assertThat(released).containsExactly("", "é", "", "", "", "🙂");
        assertThat(stream.flush()).isEmpty();
    }

    @Test
    void whatCannotBecomeACharacterIsReplaced() {
        var stream = new Utf8Stream();
        assertThat(stream.feed(new byte[] {'a', (byte) 0xFF, 'b', (byte) 0xF0, (byte) 0x9F})).isEqualTo("a\uFFFDb");
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThat(stream.feed(new byte[] {'c'})).as("as new after flush").isEqualTo("c");
    }

    @Test
    void theCutsDoNotMatter() {
        long seed = System.nanoTime();
        System.out.println("Utf8StreamTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            byte[] text = (new String(bytes, StandardCharsets.ISO_8859_1) + "日本🙂").getBytes(StandardCharsets.UTF_8);
            byte[] all = random.nextBoolean() ? bytes : text;
            var stream = new Utf8Stream();
            var out = new StringBuilder();
            for (int from = 0, to; from < all.length; from = to) {
                to = Math.min(all.length, from + 1 + random.nextInt(4));
                out.append(stream.feed(Arrays.copyOfRange(all, from, to)));
            }
            assertThat(out.append(stream.flush()).toString()).isEqualTo(new String(all, StandardCharsets.UTF_8));
        }
    }
}
