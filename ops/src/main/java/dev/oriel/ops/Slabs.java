package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory for packed matrices, one behind the other in a few large pieces: pages of the system that are zeros and that nobody has touched, so that all who
/// pack share the work of finding them. An arena would fill them with zeros again, in one thread. Freed all at once.
final class Slabs implements AutoCloseable {
    private static final long BYTES = 1 << 26;

    private final Emitted emitted;
    private final Arena arena = Arena.ofShared();
    private MemorySegment slab = MemorySegment.NULL;
    private long used;

    Slabs(Emitted emitted) { this.emitted = emitted; }

    /// Zeros, on a cache line.
    MemorySegment allocate(long bytes) {
        long from = (used + HostRows.ALIGNMENT - 1) / HostRows.ALIGNMENT * HostRows.ALIGNMENT;
        if (bytes > slab.byteSize() - from) {
            slab = pages(Math.max(bytes, BYTES));
            from = 0;
        }
        used = from + bytes;
        return slab.asSlice(from, bytes);
    }

    private MemorySegment pages(long bytes) {
        try {
            return emitted.pages(bytes, arena);
        } catch (UnsupportedOperationException e) {
            return arena.allocate(bytes, HostRows.ALIGNMENT);
        }
    }

    /// Takes the last piece back.
    void giveBack(MemorySegment last) {
        last.fill((byte) 0);
        used -= last.byteSize();
    }

    @Override
    public void close() { arena.close(); }
}
