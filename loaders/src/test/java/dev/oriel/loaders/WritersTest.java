package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritersTest {
    @TempDir
    Path folder;

    private static float[] ramp(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = i * 0.25f - 3;
        return values;
    }

    /// Odd sizes, a number, an empty tensor, many rows of more than one batch.
    private static List<TensorSource> oddSizes() {
        return List.of(TensorSource.of("one", ramp(1), 1), TensorSource.of("seven", ramp(7), 7), TensorSource.of("scalar", ramp(1)),
                TensorSource.of("empty", ramp(0), 3, 0), TensorSource.of("cube", ramp(105), 3, 5, 7), TensorSource.of("four", ramp(16), 2, 1, 2, 4),
                TensorSource.of("tall", ramp(3_000_001), 3_000_001, 1), TensorSource.of("wide", ramp(1_500_000), 1, 1_500_000));
    }

    private static void assertSame(Checkpoint read, List<TensorSource> written) {
        assertThat(read.tensors().keySet()).containsExactlyInAnyOrderElementsOf(written.stream().map(TensorSource::name).toList());
        for (TensorSource source : written) {
            Tensor tensor = read.tensors().get(source.name());
            assertThat(tensor.shape()).as(source.name()).isEqualTo(source.shape());
            int count = (int) tensor.elements();
            float[] expected = ramp(count);
            assertThat(Arrays.equals(tensor.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), expected)).as(source.name()).isTrue();
        }
    }

    private void assertOnly(String... names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void ggufComesBackAsItWas() throws IOException {
        Path file = folder.resolve("a b.gguf");
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("flag", false);
        metadata.put("count", 4_000_000_000L);
        metadata.put("negative", -5L);
        metadata.put("huge", Long.MAX_VALUE);
        metadata.put("half", 0.5);
        metadata.put("third", 1.0 / 3);
        metadata.put("texts", List.of("x", "", "▁y"));
        metadata.put("ints", List.of(1L, -2L));
        metadata.put("unsigned", List.of(1L, 4_000_000_000L));
        metadata.put("longs", List.of(-1L, 4_000_000_000L));
        metadata.put("doubles", List.of(1.0 / 3, 2.0));
        metadata.put("flags", List.of(true, false));
        metadata.put("nothing", List.of());
        GgufWriter.write(file, metadata, oddSizes());
        try (Checkpoint read = Checkpoints.open(file)) {
            assertThat(read.kind()).isEqualTo(Checkpoint.Kind.GGUF);
            assertThat(read.metadata().values()).containsExactlyEntriesOf(metadata);
            assertSame(read, oddSizes());
        }
        assertOnly("a b.gguf");
    }

    @Test
    void floatIsWrittenAsF32AndIntegersAsU32() throws IOException {
        Path file = folder.resolve("types.gguf");
        GgufWriter.write(file, Map.of("eps", 1e-6f), List.of());
        assertThat(Files.readAllBytes(file)).startsWith(GgufBytes.header(0, 1).key("eps", GgufBytes.F32).u32(Float.floatToIntBits(1e-6f)).bytes());
        GgufWriter.write(file, Map.of("n", 7L), List.of());
        assertThat(Files.readAllBytes(file)).startsWith(GgufBytes.header(0, 1).key("n", GgufBytes.U32).u32(7).bytes());
    }

    @Test
    void realModelCopiedIsTheSameByteForByte() throws IOException {
        Path model = Resources.path("models/stories260K-f32.gguf");
        Path copy = folder.resolve("copy.gguf");
        try (Checkpoint read = Checkpoints.open(model)) {
            GgufWriter.write(copy, read.metadata().values(), read.tensors().values().stream().map(TensorSource::of).toList());
        }
        assertThat(copy).hasSameBinaryContentAs(model);
    }

    @Test
    void safetensorsComeBackAsTheyWere() throws IOException {
        Path file = folder.resolve("a b.safetensors");
        List<TensorSource> sources = oddSizes();
        SafetensorsWriter.write(file, Map.of("what", "a \"test\"\n"), sources);
        try (Checkpoint read = Checkpoints.open(file)) {
            assertThat(read.kind()).isEqualTo(Checkpoint.Kind.HUGGING_FACE);
            assertThat(read.metadata().values()).isEqualTo(Map.of("__metadata__.what", "a \"test\"\n"));
            assertThat(read.folder()).isEqualTo(folder);
            assertSame(read, sources);
            for (Tensor tensor : read.tensors().values()) assertThat(tensor.data().address() % 4).isZero();
        }
        assertOnly("a b.safetensors");
    }

    @Test
    void safetensorsPutWideNumbersFirst() {
        Path file = folder.resolve("mixed.safetensors");
        List<TensorSource> sources = new ArrayList<>();
        for (Format format : List.of(Format.U8, Format.BF16, Format.F64, Format.F32))
            sources.add(new TensorSource(format.name(), format, new long[] {3}, (first, count, out) -> out.fill((byte) format.blockBytes())));
        SafetensorsWriter.write(file, Map.of(), sources);
        try (Checkpoint read = Checkpoints.open(file)) {
            assertThat(read.tensors().keySet()).containsExactly("F64", "F32", "BF16", "U8");
            for (Tensor tensor : read.tensors().values()) {
                assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).containsOnly(tensor.format().blockBytes()).hasSize(3 * tensor.format().blockBytes());
                assertThat(tensor.data().address() % tensor.format().blockBytes()).isZero();
            }
        }
    }

    @Test
    void whatAFormatCannotHoldIsRefused() {
        Path gguf = folder.resolve("x.gguf");
        Path safe = folder.resolve("x.safetensors");
        TensorSource blocks = new TensorSource("w", Format.Q8_0, new long[] {32}, (first, count, out) -> out.fill((byte) 0));
        TensorSource torn = new TensorSource("w", Format.Q8_0, new long[] {33}, (first, count, out) -> out.fill((byte) 0));
        TensorSource bytes = new TensorSource("w", Format.U8, new long[] {1}, (first, count, out) -> out.fill((byte) 0));
        TensorSource number = TensorSource.of("w", ramp(1), 1);
        assertRefused(() -> SafetensorsWriter.write(safe, Map.of(), List.of(blocks)), "x.safetensors: w:", "Q8_0");
        assertRefused(() -> SafetensorsWriter.write(safe, Map.of(), List.of(number, number)), "x.safetensors: w:", "second");
        assertRefused(() -> SafetensorsWriter.write(safe, Map.of(), List.of(TensorSource.of("__metadata__", ramp(1)))), "__metadata__", "reserved");
        assertRefused(() -> GgufWriter.write(gguf, Map.of(), List.of(number, number)), "x.gguf: w:", "second");
        assertRefused(() -> GgufWriter.write(gguf, Map.of(), List.of(torn)), "x.gguf: w:", "blocks");
        assertRefused(() -> GgufWriter.write(gguf, Map.of(), List.of(bytes)), "x.gguf: w:", "U8");
        assertRefused(() -> GgufWriter.write(gguf, Map.of(), List.of(TensorSource.of("n".repeat(64), ramp(1)))), "63 bytes");
        assertRefused(() -> GgufWriter.write(gguf, Map.of(), List.of(TensorSource.of("w", ramp(1), 1, 1, 1, 1, 1))), "4 dimensions");
        assertRefused(() -> GgufWriter.write(gguf, Map.of("k", Map.of()), List.of()), "x.gguf: k:");
        assertRefused(() -> GgufWriter.write(gguf, Map.of("k", List.of(1L, "a")), List.of()), "x.gguf: k:", "several types");
        assertRefused(() -> GgufWriter.write(gguf, Map.of("", 1L), List.of()), "1..65535");
        assertThat(folder).isEmptyDirectory();
    }

    private static void assertRefused(Runnable write, String... inMessage) {
        assertThatThrownBy(write::run).isInstanceOf(ModelException.class).hasMessageContainingAll(inMessage);
    }

    @Test
    void failureLeavesTheOldFileAndNoPart() throws IOException {
        Path file = Files.writeString(folder.resolve("old.gguf"), "old");
        TensorSource failing = new TensorSource("w", Format.F32, new long[] {1000, 10_000}, (first, count, out) -> {
            if (first > 0) throw new IllegalStateException("half way");
        });
        assertThatThrownBy(() -> GgufWriter.write(file, Map.of(), List.of(failing))).hasMessage("half way");
        assertThatThrownBy(() -> SafetensorsWriter.write(file, Map.of(), List.of(failing))).hasMessage("half way");
        assertThat(file).hasContent("old");
        assertOnly("old.gguf");
    }

    @Test
    void fullDiskIsOneClearLineAndLeavesNothing() {
        assertRefused(() -> Output.write(folder.resolve("x.gguf"), out -> {
            out.fill(1 << 20, (byte) 1);
            throw new IOException("No space left on device");
        }), "x.gguf", "cannot be written", "No space left on device");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void readOnlyFolderIsOneClearLine() throws IOException {
        Path closed = Files.createDirectory(folder.resolve("closed"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        // The superuser may write everywhere but where the system itself refuses.
        boolean superuser = Files.isWritable(closed);
        Path refusing = superuser ? Path.of("/proc") : closed;
        assertRefused(() -> GgufWriter.write(refusing.resolve("x.gguf"), Map.of(), List.of()), "x.gguf", "cannot be written", superuser ? "" : "permission denied");
    }

    @Test
    void numbersMustFitTheirShape() {
        assertThatThrownBy(() -> TensorSource.of("w", ramp(5), 2, 3)).isInstanceOf(IllegalArgumentException.class).hasMessage("w: expected 6 numbers, found 5");
    }

    @Test
    void placesThatCannotBeWrittenAreOneClearLine() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertRefused(() -> GgufWriter.write(folder.resolve("none/x.gguf"), Map.of(), List.of()), "x.gguf", "cannot be written", "there is no such folder");
        assertRefused(() -> GgufWriter.write(file.resolve("x.gguf"), Map.of(), List.of()), "x.gguf", "cannot be written", "Not a directory");
        assertRefused(() -> SafetensorsWriter.write(folder, Map.of(), List.of()), "file name", "folder");
        assertOnly("file");
    }

    @Test
    void rowsAreAskedForOnceAndInOrder() {
        long rows = 2_500_000;
        long[] next = {0};
        TensorSource counted = new TensorSource("w", Format.F32, new long[] {rows, 2}, (first, count, out) -> {
            assertThat(first).isEqualTo(next[0]);
            assertThat(out.byteSize()).isEqualTo(count * 8);
            next[0] += count;
            for (long i = 0; i < count; i++) out.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2 * i, first + i);
        });
        GgufWriter.write(folder.resolve("rows.gguf"), Map.of(), List.of(counted));
        assertThat(next[0]).isEqualTo(rows);
        try (Checkpoint read = Checkpoints.open(folder.resolve("rows.gguf"))) {
            MemorySegment data = read.tensors().get("w").data();
            for (long row : new long[] {0, 1, 524_287, 524_288, rows - 1}) assertThat(data.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, 2 * row)).isEqualTo(row);
        }
    }
}
