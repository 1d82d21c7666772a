package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
    @TempDir
    Path folder;

    private static Object parse(String text) { return Json.parse("t.json", new StringReader(text)); }

    @Test
    void valuesOfEveryKind() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("i", 1L);
        expected.put("min", Long.MIN_VALUE);
        expected.put("d", 1e-5);
        expected.put("t", true);
        expected.put("n", null);
        expected.put("s", "ü\n\ud83d\ude00");
        expected.put("a", Arrays.asList(1L, "x", List.of(), Map.of(), null));
        expected.put("big", 1e30);
        String text = "{\"i\":1,\"min\":-9223372036854775808,\"d\":1e-5,\"t\":true,\"n\":null,\"s\":\"ü\\n\\ud83d\\ude00\",\"a\":[1,\"x\",[],{},null],"
                + "\"big\":1000000000000000000000000000000}";
        assertThat(parse(text)).isEqualTo(expected);
        assertThat(((Map<?, ?>) parse(text)).keySet().toString()).isEqualTo("[i, min, d, t, n, s, a, big]");
        assertThat(parse(Json.write(expected))).isEqualTo(expected);
        assertThat(parse(" 5 ")).isEqualTo(5L);
        assertThat(parse("[NaN, -Infinity]")).isEqualTo(List.of(Double.NaN, Double.NEGATIVE_INFINITY));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "``|nothing", "{|line 1", "[1,]|line 1", "{\"a\":1,\"a\":2}|'a' once", "[{\"b\":{\"a\":1,\"a\":1}}]|'a' once", "1 2|the end",
        "{\"a\":1}}|line 1", "{'a':1}|line 1", "[01]|line 1", "\"open|line 1", "{\"a\" 1}|line 1", "nul|line 1", "// 1|line 1"})
    void refused(String text, String inMessage) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(ModelException.class).hasMessageContaining("t.json: ").hasMessageContaining(inMessage)
                .extracting(e -> e.getMessage().lines().count()).isEqualTo(1L);
    }

    @Test
    void depthIsLimited() {
        assertThat(parse("[".repeat(200) + "]".repeat(200))).isInstanceOf(List.class);
        assertThatThrownBy(() -> parse("[".repeat(201) + "]".repeat(201))).isInstanceOf(ModelException.class).hasMessageContaining("t.json").hasMessageContaining("200");
        assertThatThrownBy(() -> parse("{\"a\":".repeat(1_000_000))).isInstanceOf(ModelException.class);
    }

    @Test
    void writesArraysAndRefusesWhatJsonLacks() {
        assertThat(Json.write(new float[] {0.1f, 2})).isEqualTo("[0.1,2.0]");
        assertThat(Json.write(Map.of("ids", new int[] {1, 2}))).isEqualTo("{\"ids\":[1,2]}");
        assertThat(Json.write(List.of(1, 2.5, "\"", true))).isEqualTo("[1,2.5,\"\\\"\",true]");
        assertThatThrownBy(() -> Json.write(List.of(Double.NaN))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Json.write(new float[] {Float.POSITIVE_INFINITY})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Json.write(new Object())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void filesAreUtf8() throws IOException {
        Path file = folder.resolve("a b.json");
        assertThat(Json.parse(Files.writeString(file, "[\"▁é\"]"))).isEqualTo(List.of("▁é"));
        Files.write(file, new byte[] {'"', (byte) 0xC3, '"'});
        assertThatThrownBy(() -> Json.parse(file)).isInstanceOf(ModelException.class).hasMessageContaining("a b.json").hasMessageContaining("UTF-8");
        assertThatThrownBy(() -> Json.parse(folder.resolve("none.json"))).isInstanceOf(ModelException.class).hasMessageContaining("none.json").hasMessageContaining("no such file");
    }

    /// The shape of a large tokenizer.json: 262 thousand pieces, 500 thousand merges.
    @Test
    void largeVocabularyIsReadInSeconds() {
        StringBuilder text = new StringBuilder("{\"vocab\":{");
        for (int i = 0; i < 262_144; i++) text.append(i == 0 ? "" : ",").append("\"▁token").append(i).append("\":").append(i);
        text.append("},\"merges\":[");
        for (int i = 0; i < 500_000; i++) text.append(i == 0 ? "" : ",").append("[\"to\",\"ken").append(i).append("\"]");
        String json = text.append("]}").toString();
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            long start = System.nanoTime();
            Map<?, ?> read = (Map<?, ?>) parse(json);
            assertThat((Map<?, ?>) read.get("vocab")).hasSize(262_144);
            assertThat((List<?>) read.get("merges")).hasSize(500_000);
            seconds.add((System.nanoTime() - start) / 1e9);
        }
        assertThat(seconds.stream().min(Double::compare).orElseThrow()).as("seconds: %s", seconds).isLessThan(3);
    }
}
