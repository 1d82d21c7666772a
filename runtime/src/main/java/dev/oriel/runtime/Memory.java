package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where a trace keeps its numbers.
sealed interface Memory {
    /// Room for `bytes`, zero filled.
    MemorySegment allocate(long bytes);

    /// On the heap where it is small. Large parts lie off-heap; they live as long as something refers to them, as arrays would.
    record Plain() implements Memory {
        private static final long SMALL = 1 << 16;

        @Override
        public MemorySegment allocate(long bytes) {
            return bytes <= SMALL ? MemorySegment.ofArray(new float[(int) (bytes / Float.BYTES)]) : Arena.ofAuto().allocate(bytes, Float.BYTES);
        }
    }

    /// In a file beside the one the trace will stand in, until that is written.
    final class Mapped implements Memory {
        private final Path target;
        private final Path parts;
        private final Arena arena = Arena.ofShared();
        private FileChannel channel;
        private long used;

        Mapped(Path target) {
            this.target = target;
            parts = target.resolveSibling(target.getFileName() + ".parts");
        }

        Path target() { return target; }

        @Override
        public MemorySegment allocate(long bytes) {
            try {
                if (channel == null)
                    channel = FileChannel.open(parts, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
                // Writing to mapped memory of a full disk would end the process.
                long room = Files.getFileStore(parts.toAbsolutePath().getParent()).getUsableSpace();
                if (room < bytes) throw new ModelException(target, "trace", bytes + " more bytes of room on the disk", room);
                MemorySegment segment = channel.map(FileChannel.MapMode.READ_WRITE, used, bytes, arena);
                used += bytes;
                return segment;
            } catch (IOException e) {
                throw new ModelException(target, "trace", "a file that can be written", e.getMessage());
            }
        }

        /// Lets go of the parts; the segments handed out end.
        void release() {
            if (!arena.scope().isAlive()) return;
            arena.close();
            try {
                if (channel != null) channel.close();
            } catch (IOException e) {
                throw new ModelException(target, "trace", "a file that can be closed", e.getMessage());
            }
        }
    }
}
