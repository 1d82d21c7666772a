package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tensors of more than 2 GiB, in files with holes, which take no room on most file systems.
class LargeFileTest {
    private static final int COLUMNS = 1 << 20;
    private static final int ROWS = 600;
    private static final long BYTES = 4L * COLUMNS * ROWS;

    @TempDir
    Path folder;

    @Test
    void ggufTensorBeyondTwoGibibytes() throws IOException {
        byte[] start = GgufBytes.header(2, 0).tensor("large", 0, 0, COLUMNS, ROWS).tensor("last", 0, BYTES, 1).pad(32).bytes();
        check(folder.resolve("large.gguf"), start);
    }

    @Test
    void safetensorsTensorBeyondTwoGibibytes() throws IOException {
        String header = "{\"large\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]},\"last\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
                .formatted(ROWS, COLUMNS, BYTES, BYTES, BYTES + 4);
        byte[] start = new GgufBytes().u64(header.getBytes(StandardCharsets.UTF_8).length).raw(header).bytes();
        check(folder.resolve("large.safetensors"), start);
    }

    private static void check(Path file, byte[] start) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            out.write(ByteBuffer.wrap(start));
            out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(42).putFloat(43).flip(), start.length + BYTES - 4);
        } catch (IOException e) {
            Files.deleteIfExists(file);
            abort("no room for a file with holes of " + BYTES + " bytes: " + e.getMessage());
        }
        try (Checkpoint read = Checkpoints.open(file)) {
            float[] row = new float[COLUMNS];
            read.tensors().get("large").decodeRow(ROWS - 1, row, 0);
            assertThat(row[COLUMNS - 1]).isEqualTo(42);
            assertThat(row[COLUMNS - 2]).isZero();
            assertThat(read.tensors().get("last").values()).containsExactly(43);
        } finally {
            Files.delete(file);
        }
    }
}
