package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsReaderTest {
    @TempDir
    Path folder;

    private static byte[] file(byte[] header, int dataBytes) {
        GgufBytes out = new GgufBytes().u64(header.length);
        for (byte b : header) out.u8(b);
        return out.zeros(dataBytes).bytes();
    }

    private static byte[] file(String header, int dataBytes) { return file(header.getBytes(StandardCharsets.UTF_8), dataBytes); }

    private static String entry(String name, String type, String shape, long begin, long end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(name, type, shape, begin, end);
    }

    private static Arguments bad(String name, byte[] file, String... inMessage) { return Arguments.of(name, file, inMessage); }

    private static Arguments bad(String name, String header, int dataBytes, String... inMessage) { return bad(name, file(header, dataBytes), inMessage); }

    static Stream<Arguments> files() { return Stream.of(frames(), entries(), layouts()).flatMap(s -> s); }

    private static Stream<Arguments> frames() {
        String good = "{" + entry("w", "F32", "[1]", 0, 4) + "}";
        return Stream.of(
                bad("empty file", new byte[0], "header length"),
                bad("cut length", new byte[7], "header length"),
                bad("header longer than the file", new GgufBytes().u64(100).raw("{}").bytes(), "header length", "100"),
                bad("header length -1", new GgufBytes().u64(-1).raw("{}").bytes(), "header length", "18446744073709551615"),
                bad("header of more than 100 MB", new GgufBytes().u64(100_000_001).raw("{}").bytes(), "header length", "100000001"),
                bad("no header", "", 0, "header"),
                bad("space before", " " + good, 4, "header"),
                bad("zeros after", good + "\0\0", 4, "header"),
                bad("line break after", good + "\n", 4, "header"),
                bad("two objects", "{}{}", 0, "header", "more"),
                bad("an array", "[]", 0, "header"),
                bad("no JSON", "{a}", 0, "line 1"),
                bad("an open string", "{\"}", 0, "line 1"),
                bad("not UTF-8", file(new byte[] {'{', '"', (byte) 0xFF, '"', ':', '1', '}'}, 0), "UTF-8"));
    }

    private static Stream<Arguments> entries() {
        return Stream.of(
                bad("not an object", "{\"w\":1}", 0, ": w:", "an object"),
                bad("no dtype", "{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, ": w:", "dtype"),
                bad("no shape", "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, ": w:", "shape"),
                bad("no offsets", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, ": w:", "data_offsets"),
                bad("one offset", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, ": w:", "two data_offsets"),
                bad("unknown member", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, ": w:", "'x'"),
                bad("member twice", "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, ": w:", "'dtype' once"),
                bad("tensor twice", "{" + entry("w", "F32", "[1]", 0, 4) + "," + entry("w", "F32", "[1]", 4, 8) + "}", 8, ": w:", "second"),
                bad("unknown dtype", "{" + entry("w", "F33", "[1]", 0, 4) + "}", 4, ": w:", "F33"),
                bad("dtype that is a number", "{\"w\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "w.dtype", "a string"),
                bad("negative extent", "{" + entry("w", "F32", "[-1]", 0, 4) + "}", 4, "w.shape", "-1"),
                bad("extent with a fraction", "{" + entry("w", "F32", "[1.5]", 0, 4) + "}", 4, "w.shape", "an integer"),
                bad("extent beyond 64 bits", "{" + entry("w", "F32", "[99999999999999999999]", 0, 4) + "}", 4, "w.shape", "99999999999999999999"),
                bad("17 extents", "{" + entry("w", "F32", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 0, 4) + "}", 4, "w.shape", "16"),
                bad("nested shape", "{" + entry("w", "F32", "[[1]]", 0, 4) + "}", 4, "w.shape"),
                bad("metadata that is no object", "{\"__metadata__\":[]}", 0, "__metadata__"),
                bad("metadata that is no string", "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__.a"),
                bad("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__", "second"),
                bad("metadata key twice", "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "__metadata__.a", "second"));
    }

    private static Stream<Arguments> layouts() {
        return Stream.of(
                bad("hole at the start", "{" + entry("w", "F32", "[1]", 4, 8) + "}", 8, ": w:", "offset 0", "found 4"),
                bad("hole between", "{" + entry("a", "F32", "[1]", 0, 4) + "," + entry("b", "F32", "[1]", 8, 12) + "}", 12, ": b:", "offset 4"),
                bad("overlap", "{" + entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[1]", 4, 8) + "}", 8, ": b:", "offset 8"),
                bad("the same bytes twice", "{" + entry("a", "F32", "[1]", 0, 4) + "," + entry("b", "F32", "[1]", 0, 4) + "}", 4, "offset 4"),
                bad("end before begin", "{" + entry("a", "F32", "[1]", 0, 4) + "," + entry("b", "F32", "[1]", 4, 0) + "}", 4, ": b:", "found 0"),
                bad("end outside", "{" + entry("w", "F32", "[2]", 0, 8) + "}", 4, ": w:", "0..4", "found 8"),
                bad("bytes after the last", "{" + entry("w", "F32", "[1]", 0, 4) + "}", 5, "data", "4 bytes", "found 5"),
                bad("bytes without tensors", "{}", 1, "data", "0 bytes"),
                bad("too few bytes for the shape", "{" + entry("w", "F32", "[2,3]", 0, 20) + "}", 20, ": w:", "24 bytes", "found 20"),
                bad("elements overflow", "{" + entry("w", "F32", "[4294967296,4294967296,4294967296]", 0, 0) + "}", 0, ": w:", "2^63"),
                bad("elements overflow to zero", "{" + entry("w", "F32", "[4294967296,4294967296]", 0, 0) + "}", 0, ": w:", "2^63"),
                bad("bits overflow", "{" + entry("w", "F64", "[1152921504606846976]", 0, 0) + "}", 0, ": w:", "2^63"),
                bad("half a byte", "{" + entry("w", "F4", "[3]", 0, 1) + "}", 1, ": w:", "whole bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void refused(String name, byte[] bytes, String[] inMessage) throws IOException {
        Path file = Files.write(folder.resolve("bad.safetensors"), bytes);
        assertThatThrownBy(() -> Checkpoints.open(file).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("bad.safetensors")
                .hasMessageContainingAll(inMessage)
                .extracting(e -> e.getMessage().lines().count()).isEqualTo(1L);
    }

    @Test
    void entriesMayBeInAnyOrderAndAnyTypeThatExists() throws IOException {
        String header = "{" + entry("b", "F32", "[1]", 4, 8) + "," + entry("none", "I64", "[0]", 4, 4) + "," + entry("a", "BF16", "[2,1]", 0, 4) + ","
                + entry("scalar", "F16", "[]", 8, 10) + "," + entry("wide", "C64", "[1]", 10, 18) + ",\"__metadata__\":{\"format\":\"pt\"}}   ";
        Path file = Files.write(folder.resolve("good.safetensors"), file(header, 18));
        try (Checkpoint read = Checkpoints.open(file)) {
            assertThat(read.tensors().keySet()).containsExactly("a", "none", "b", "scalar");
            assertThat(read.tensors().get("a").shape()).containsExactly(2, 1);
            assertThat(read.metadata().values()).containsEntry("__metadata__.format", "pt").hasSize(1);
        }
    }

    @Test
    void moreEntriesThanAnyModelHasAreRefused() throws IOException {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 270_000; i++) header.append(i == 0 ? "" : ",").append(entry("t" + i, "F32", "[0]", 0, 0));
        Path file = Files.write(folder.resolve("many.safetensors"), file(header.append('}').toString(), 0));
        assertThatThrownBy(() -> Checkpoints.open(file).close()).isInstanceOf(ModelException.class).hasMessageContaining("many.safetensors: header: expected at most 262144");
    }

    @Test
    void deepHeadersAreRefusedWithoutRecursion() throws IOException {
        Path file = Files.write(folder.resolve("deep.safetensors"), file("{\"w\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", 0));
        assertThatThrownBy(() -> Checkpoints.open(file).close()).isInstanceOf(ModelException.class).hasMessageContaining("deep.safetensors: w: expected an object");
    }
}
