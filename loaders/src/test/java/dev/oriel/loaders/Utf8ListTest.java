package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Strings kept as UTF-8 are the strings that reading them one by one would give.
class Utf8ListTest {
    private static final long SEED = Long.getLong("oriel.seed", 20261125);
    private static final List<String> TEXTS = List.of("", "a", "ü", "日本", "𐐷", "\u0000", "a b", "\uFFFD", "<0x0A>");

    @Test
    void stringsComeBack() {
        Utf8List list = Utf8List.of(TEXTS);
        assertThat(list).isEqualTo(TEXTS);
        assertThat(new String(list.bytes(), list.start(3), list.end(3) - list.start(3), StandardCharsets.UTF_8)).isEqualTo("日本");
    }

    @Test
    void anyBytesBecomeWhatAStringMakesOfThem() {
        System.out.println("Utf8ListTest: seed " + SEED);
        Random random = new Random(SEED);
        int[] likely = {0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0xA0, 0x9F, 0x90, 0x8F, 'a'};
        List<byte[]> written = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(6)];
            for (int k = 0; k < bytes.length; k++) bytes[k] = (byte) likely[random.nextInt(likely.length)];
            written.add(bytes);
            expected.add(new String(bytes, StandardCharsets.UTF_8));
        }
        assertThat(read(written)).isEqualTo(expected);
        assertThat(expected).as("some of them are well formed, some are not").anyMatch(s -> s.length() > 1 && !s.contains("\uFFFD")).anyMatch(s -> s.contains("\uFFFD"));
    }

    @Test
    void longStringsBesideShortOnes() {
        List<String> texts = List.of("a", "b".repeat(200_000), "", "ü".repeat(65_530), "c".repeat((1 << 16) - 8), "d", "e".repeat(1 << 16), "f");
        assertThat(read(texts.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList())).isEqualTo(texts);
    }

    /// As GGUF stores them: the length in 64 bits before each.
    private static List<String> read(List<byte[]> strings) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] bytes : strings) {
            out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length).array());
            out.writeBytes(bytes);
        }
        return new Cursor("test", MemorySegment.ofArray(out.toByteArray())).strings("strings", strings.size(), 1 << 26);
    }
}
