package dev.oriel.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A place in a mapped little-endian file. Nothing is taken before it is known to be there.
final class Cursor {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String file;
    private final MemorySegment bytes;
    private long position;
    private byte[] text = new byte[256];

    Cursor(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    long position() { return position; }

    long remaining() { return bytes.byteSize() - position; }

    int int32(String what) { return bytes.get(INT, advance(4, what)); }

    /// The next 32 bits, which stay to be read.
    int peek32(String what) {
        int value = int32(what);
        position -= 4;
        return value;
    }

    long int64(String what) { return bytes.get(LONG, advance(8, what)); }

    /// A view of the next `count` bytes.
    MemorySegment take(long count, String what) { return bytes.asSlice(advance(count, what), count); }

    /// A count of things of which each takes at least `minimumBytes` of what remains.
    long count(String what, long limit, long minimumBytes) {
        long n = int64(what);
        long most = Math.min(limit, remaining() / minimumBytes);
        if (n < 0 || n > most)
            throw new ModelException(file, what, "0.." + most + " (of " + minimumBytes + " bytes or more, in a file with " + remaining() + " bytes left)",
                    Long.toUnsignedString(n));
        return n;
    }

    /// A string: its length in bytes (64 bits), then UTF-8. Malformed parts become U+FFFD, for a vocabulary may hold pieces of characters.
    String string(String what, int limit) {
        int length = (int) count(what, limit, 1);
        if (length == 0) return "";
        if (text.length < length) text = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, advance(length, what), text, 0, length);
        return new String(text, 0, length, StandardCharsets.UTF_8);
    }

    private long advance(long count, String what) {
        if (count > remaining()) throw new ModelException(file, what, count + " bytes at offset " + position, "the file's end after " + remaining());
        long at = position;
        position += count;
        return at;
    }
}
