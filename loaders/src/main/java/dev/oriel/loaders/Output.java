package dev.oriel.loaders;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Little-endian bytes into a [WholeFile].
final class Output {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long BATCH_BYTES = 1 << 22;
    /// ByteBuffers are limited to 2 GiB.
    private static final long CHUNK_BYTES = 1 << 30;

    /// What fills a file.
    interface Body {
        void write(Output out) throws IOException;
    }

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    private Output(FileChannel channel) { this.channel = channel; }

    static void write(Path target, Body body) {
        WholeFile.write(target, channel -> {
            Output out = new Output(channel);
            body.write(out);
            out.flush();
        });
    }

    long position() { return position; }

    void int32(int value) throws IOException {
        room(Integer.BYTES);
        buffer.putInt(value);
        position += Integer.BYTES;
    }

    void int64(long value) throws IOException {
        room(Long.BYTES);
        buffer.putLong(value);
        position += Long.BYTES;
    }

    /// Length (64 bits) and UTF-8.
    void string(String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int64(utf8.length);
        bytes(MemorySegment.ofArray(utf8));
    }

    /// `count` times the byte `value`.
    void fill(long count, byte value) throws IOException {
        for (long i = 0; i < count; i++) {
            room(1);
            buffer.put(value);
        }
        position += count;
    }

    void bytes(MemorySegment bytes) throws IOException {
        position += bytes.byteSize();
        if (bytes.byteSize() <= BUFFER_BYTES / 4) {
            room((int) bytes.byteSize());
            buffer.put(bytes.asByteBuffer());
            return;
        }
        flush();
        for (long offset = 0; offset < bytes.byteSize(); offset += CHUNK_BYTES)
            drain(bytes.asSlice(offset, Math.min(CHUNK_BYTES, bytes.byteSize() - offset)).asByteBuffer());
    }

    /// All rows of a tensor, some of them at a time.
    void tensor(TensorSource source) throws IOException {
        long rows = source.rowCount();
        long rowBytes = source.rowBytes();
        if (rows == 0 || rowBytes == 0) return;
        long batch = Math.clamp(BATCH_BYTES / rowBytes, 1, rows);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(Math.multiplyExact(batch, rowBytes), Long.BYTES);
            for (long first = 0; first < rows; first += batch) {
                long count = Math.min(batch, rows - first);
                MemorySegment out = memory.asSlice(0, count * rowBytes);
                source.rows().encode(first, count, out);
                bytes(out);
            }
        }
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) flush();
    }

    private void flush() throws IOException {
        drain(buffer.flip());
        buffer.clear();
    }

    private void drain(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) channel.write(bytes);
    }
}
