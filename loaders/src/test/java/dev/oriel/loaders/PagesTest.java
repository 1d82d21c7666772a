package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Pages that were read and handed back take up no memory, and hold the same when they are read again.
class PagesTest {
    private static final int BYTES = 4 << 20;

    @TempDir private Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void releasedPagesAreGoneAndComeBack() throws IOException {
        byte[] content = new byte[BYTES];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("pages.bin"), content);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = Mapping.map(file, arena);
            assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            assertThat(resident(file)).isEqualTo(BYTES);
            // An odd range: the pages at its edges stay.
            assertThat(Pages.release(mapped.asSlice(1000, BYTES - 3000))).isTrue();
            assertThat(resident(file)).isBetween(1L, 2L << 16);
            assertThat(mapped.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
        }
    }

    @Test
    void whatIsNotMappedStays() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BYTES).fill((byte) 7);
            assertThat(Pages.release(memory)).isFalse();
            assertThat(memory.get(ValueLayout.JAVA_BYTE, BYTES / 2)).isEqualTo((byte) 7);
        }
    }

    /// Bytes of a mapped file that are in memory, as the system tells.
    private static long resident(Path file) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).endsWith(file.toString())) continue;
            while (!lines.get(i).startsWith("Rss:")) i++;
            return Long.parseLong(lines.get(i).replaceAll("\\D", "")) * 1024;
        }
        throw new AssertionError("not mapped: " + file);
    }
}
