package dev.oriel.loaders;

import static dev.oriel.loaders.GgufBytes.header;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Files with one fault each: the cases of llama.cpp's own test, and the flaws that GGUF readers are known to have had.
class GgufBadFilesTest {
    @TempDir
    Path folder;

    private static Arguments bad(String name, GgufBytes file, String... inMessage) { return Arguments.of(name, file.bytes(), inMessage); }

    private static GgufBytes one(String name, int type, long offset, long... extents) { return header(1, 0).tensor(name, type, offset, extents).pad(32); }

    static Stream<Arguments> files() { return Stream.of(headers(), pairs(), alignments(), descriptions(), sizes(), data()).flatMap(s -> s); }

    private static Stream<Arguments> headers() {
        return Stream.of(
                bad("empty file", new GgufBytes(), "magic", "4 bytes"),
                bad("magic only", new GgufBytes().raw("GGUF"), "version", "4 bytes"),
                bad("bad magic", new GgufBytes().raw("GGML").u32(3).u64(0).u64(0), "magic", "GGUF", "0x47474d4c"),
                bad("version 0", new GgufBytes().raw("GGUF").u32(0).u64(0).u64(0), "version", "2 or 3", "found 0"),
                bad("version 1", new GgufBytes().raw("GGUF").u32(1).u64(0).u64(0), "version", "convert the model again"),
                bad("future version", new GgufBytes().raw("GGUF").u32(4).u64(0).u64(0), "version", "found 4"),
                bad("byte-swapped version", new GgufBytes().raw("GGUF").u32(3 << 24).u64(0).u64(0), "version", "3 in big-endian order"),
                bad("cut in the counts", new GgufBytes().raw("GGUF").u32(3).u64(0).u32(0), "key-value count", "8 bytes"),
                bad("tensor count -1", header(-1, 0), "tensor count", "18446744073709551615"),
                bad("tensor count beyond the file", header(1000, 0).zeros(100), "tensor count", "1000"),
                bad("tensor count that overflows a size", header(Long.MAX_VALUE / 48, 0).zeros(64), "tensor count"),
                bad("key-value count -1", header(0, -1), "key-value count"),
                bad("key-value count beyond the file", header(0, 1000).zeros(100), "key-value count", "1000"));
    }

    private static Stream<Arguments> pairs() {
        return Stream.of(
                bad("key longer than the file", header(0, 1).u64(1000).zeros(20), "length of a key", "1000"),
                bad("key length -1", header(0, 1).u64(-1).zeros(20), "length of a key"),
                bad("key longer than keys may be", header(0, 1).u64(70_000).zeros(80_000), "length of a key", "70000"),
                bad("empty key", header(0, 1).key("", GgufBytes.U32).u32(1), "key 0", "empty"),
                bad("duplicate key", header(0, 2).text("a.b", "c").text("a.b", "d"), "a.b", "second time"),
                bad("unknown value type", header(0, 1).key("a.b", 13).u64(1), "a.b", "type 13"),
                bad("negative value type", header(0, 1).key("a.b", -1).u64(1), "a.b", "type 4294967295"),
                bad("unknown element type", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(77).u64(1).u64(0), "a.b", "type 77"),
                bad("array of arrays", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.ARRAY).u64(1).u32(GgufBytes.ARRAY).u64(0), "a.b", "array of arrays"),
                bad("array longer than the file", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.U32).u64(100).zeros(96), "a.b", "100"),
                bad("array length -1", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.U8).u64(-1).zeros(96), "a.b"),
                bad("array whose bytes overflow", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.F64).u64(1L << 61).zeros(96), "a.b"),
                bad("strings longer than the file", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(2).string("x").u64(50), "a.b", "50"),
                bad("string longer than the file", header(0, 1).key("a.b", GgufBytes.STRING).u64(1 << 20).zeros(10), "a.b", "1048576"),
                bad("string length -1", header(0, 1).key("a.b", GgufBytes.STRING).u64(-1), "a.b", "18446744073709551615"),
                bad("cut value", header(0, 1).key("key", GgufBytes.F64).u32(0), "key", "8 bytes"));
    }

    private static Stream<Arguments> alignments() {
        return Stream.of(
                bad("alignment 0", header(0, 1).key("general.alignment", GgufBytes.U32).u32(0), "general.alignment", "found 0"),
                bad("alignment 13", header(0, 1).key("general.alignment", GgufBytes.U32).u32(13), "general.alignment", "power of two", "found 13"),
                bad("alignment 2^31", header(0, 1).key("general.alignment", GgufBytes.U32).u32(1 << 31), "general.alignment", "2147483648"),
                bad("alignment of another type", header(0, 1).key("general.alignment", GgufBytes.U64).u64(32), "general.alignment", "U32", "U64"),
                bad("alignment that is a string", header(0, 1).text("general.alignment", "32"), "general.alignment", "STRING"),
                bad("offsets by another alignment", header(2, 1).key("general.alignment", GgufBytes.U32).u32(64)
                        .tensor("a", 0, 0, 8).tensor("b", 0, 32, 8).pad(64).zeros(128), ": b:", "data offset 64", "found 32"),
                bad("cut alignment", header(0, 1).key("general.alignment", GgufBytes.U32).u16(1), "general.alignment"));
    }

    private static Stream<Arguments> descriptions() {
        return Stream.of(
                bad("name longer than the file", header(1, 0).u64(60).zeros(30), "length of a tensor name", "60"),
                bad("name of 64 bytes", one("n".repeat(64), 0, 0, 8).zeros(32), "length of a tensor name", "64"),
                bad("name length -1", header(1, 0).u64(-1).zeros(50), "length of a tensor name"),
                bad("empty name", one("", 0, 0, 8).zeros(64), "tensor 0", "empty"),
                bad("duplicate name", header(2, 0).tensor("w", 0, 0, 8).tensor("w", 0, 32, 8).pad(32).zeros(64), ": w:", "second"),
                bad("5 dimensions", one("w", 0, 0, 1, 1, 1, 1, 1).zeros(32), ": w:", "dimensions", "found 5"),
                bad("2^32-1 dimensions", header(1, 0).string("w").u32(-1).zeros(64), ": w:", "4294967295"),
                bad("unknown tensor type", one("blk.0.w", 999, 0, 8).zeros(32), "blk.0.w", "type 999"),
                bad("removed tensor type", one("blk.0.w", 4, 0, 32).zeros(32), "blk.0.w", "type 4"),
                bad("negative tensor type", one("blk.0.w", -1, 0, 8).zeros(32), "blk.0.w", "type 4294967295"),
                bad("cut description", header(1, 0).string("weight").u32(4).u64(2).u64(2), "weight"),
                bad("name with a line break", one("w\nx", 999, 0, 8).zeros(32), "w\ufffdx"));
    }

    private static Stream<Arguments> sizes() {
        return Stream.of(
                bad("negative extent", one("w", 0, 0, 8, -1).zeros(32), ": w:", "[-1, 8]"),
                bad("extent 2^63-1", one("w", 0, 0, Long.MAX_VALUE, 2, 1, 1).zeros(32), ": w:"),
                bad("elements overflow", one("w", 0, 0, 1 << 30, 1 << 30, 1 << 30).zeros(32), ": w:", "2^63"),
                bad("elements overflow beside a zero", one("w", 0, 0, 0, 1L << 40, 1L << 40).zeros(32), ": w:", "2^63"),
                bad("bytes overflow", one("w", 0, 0, 1 << 30, 1 << 30, 4).zeros(32), ": w:", "2^63"),
                bad("row of a part of a block", one("w", 8, 0, 48).zeros(64), ": w:", "Q8_0", "32"),
                bad("blocks that only the sum fills", one("w", 8, 0, 16, 2).zeros(64), ": w:", "Q8_0"),
                bad("row of more than 2^31 numbers", one("w", 0, 0, 1L << 31).zeros(32), ": w:", "2147483647"));
    }

    private static Stream<Arguments> data() {
        return Stream.of(
                bad("first offset not 0", one("w", 0, 32, 8).zeros(64), ": w:", "data offset 0", "found 32"),
                bad("offset before the end", header(2, 0).tensor("a", 0, 0, 8).tensor("b", 0, 0, 8).pad(32).zeros(64), ": b:", "data offset 32"),
                bad("offset with a hole", header(2, 0).tensor("a", 0, 0, 8).tensor("b", 0, 64, 8).pad(32).zeros(96), ": b:", "found 64"),
                bad("unaligned offset", header(2, 0).tensor("a", 0, 0, 7).tensor("b", 0, 28, 8).pad(32).zeros(96), ": b:", "data offset 32"),
                bad("offset 2^64-1", one("w", 0, -1, 8).zeros(32), ": w:", "18446744073709551615"),
                bad("no data", one("w", 0, 0, 8), ": w:", "32 bytes"),
                bad("data one byte short", one("w", 0, 0, 8).zeros(31), ": w:", "32 bytes"),
                bad("data cut before the padding", header(1, 0).tensor("w", 0, 0, 8), "tensor data"),
                bad("second tensor outside", header(2, 0).tensor("a", 0, 0, 8).tensor("b", 0, 32, 8).pad(32).zeros(40), ": b:", "32 bytes"),
                bad("more bytes than any file", one("w", 0, 0, 1 << 30, 1 << 30).zeros(32), ": w:", "4611686018427387904 bytes"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void refused(String name, byte[] bytes, String[] inMessage) throws IOException {
        Path file = Files.write(folder.resolve("bad model.gguf"), bytes);
        assertThatThrownBy(() -> Checkpoints.open(file).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("bad model.gguf")
                .hasMessageContainingAll(inMessage)
                .extracting(e -> e.getMessage().lines().count()).isEqualTo(1L);
    }

    /// Every file here but for its one fault is good, so the same bytes with the fault put right must be read.
    @ParameterizedTest(name = "{0}")
    @MethodSource("repaired")
    void acceptedWithoutTheFault(String name, byte[] bytes, String[] ignored) throws IOException {
        Path file = Files.write(folder.resolve("good.gguf"), bytes);
        Checkpoints.open(file).close();
    }

    static Stream<Arguments> repaired() {
        return Stream.of(
                bad("no pairs, no tensors", header(0, 0)),
                bad("version 2", new GgufBytes().raw("GGUF").u32(2).u64(0).u64(0)),
                bad("keys", header(0, 2).text("a.b", "c").text("a.c", "d")),
                bad("array", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.U32).u64(24).zeros(96)),
                bad("strings", header(0, 1).key("a.b", GgufBytes.ARRAY).u32(GgufBytes.STRING).u64(2).string("x").u64(50).zeros(50)),
                bad("alignment", header(2, 1).key("general.alignment", GgufBytes.U32).u32(64)
                        .tensor("a", 0, 0, 8).tensor("b", 0, 64, 8).pad(64).zeros(96)),
                bad("name of 63 bytes", one("n".repeat(63), 0, 0, 8).zeros(32)),
                bad("names", header(2, 0).tensor("w", 0, 0, 8).tensor("v", 0, 32, 8).pad(32).zeros(64)),
                bad("4 dimensions", one("w", 0, 0, 1, 1, 1, 1).zeros(4)),
                bad("rows of whole blocks", one("w", 8, 0, 32, 2).zeros(68)),
                bad("no padding after the last tensor", header(2, 0).tensor("a", 0, 0, 7).tensor("b", 0, 32, 1).pad(32).zeros(36)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("repaired")
    void refusedWhereverItIsCut(String name, byte[] bytes, String[] ignored) {
        for (int length = 0; length < bytes.length; length++) {
            MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> GgufReader.read("cut.gguf", cut)).as("first %d bytes", length).isInstanceOf(ModelException.class).hasMessageContaining("cut.gguf");
        }
    }
}
