package dev.oriel.loaders;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A place in a mapped little-endian file. Nothing is taken before it is known to be there.
final class Cursor {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int WINDOW = 1 << 16;

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

    /// `n` strings. They are copied piece by piece into an array first: single reads of mapped memory are slow until compiled, and these are read once, at the
    /// start.
    List<String> strings(String what, int n, int limit) {
        Utf8List.Builder strings = new Utf8List.Builder(n);
        byte[] window = new byte[WINDOW];
        int from = 0;
        int to = 0;
        for (int i = 0; i < n; i++) {
            if (to - from < Long.BYTES) {
                to = refill(window, position);
                from = 0;
            }
            long length = to < Long.BYTES ? 0 : length(window, from);
            long most = Math.min(limit, remaining() - Long.BYTES);
            // Too few bytes, or a length that is not possible: the same error as for one string.
            if (to - from < Long.BYTES || length < 0 || length > most) return List.of(string(what, limit));
            from += Long.BYTES;
            if (length > to - from) {
                if (length > window.length) window = new byte[(int) length];
                to = refill(window, position + Long.BYTES);
                from = 0;
            }
            if (!strings.add(window, from, (int) length)) throw new ModelException(file, what, "strings of less than 2 GB together", "more");
            from += (int) length;
            position += Long.BYTES + length;
        }
        return strings.build();
    }

    private int refill(byte[] window, long at) {
        int count = (int) Math.min(window.length, bytes.byteSize() - at);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, window, 0, count);
        return count;
    }

    private static long length(byte[] window, int at) {
        long low = window[at] & 0xFF | (window[at + 1] & 0xFF) << 8 | (window[at + 2] & 0xFF) << 16 | (window[at + 3] & 0xFFL) << 24;
        long high = window[at + 4] & 0xFF | (window[at + 5] & 0xFF) << 8 | (window[at + 6] & 0xFF) << 16 | (window[at + 7] & 0xFFL) << 24;
        return low | high << 32;
    }

    private long advance(long count, String what) {
        if (count > remaining()) throw new ModelException(file, what, count + " bytes at offset " + position, "the file's end after " + remaining());
        long at = position;
        position += count;
        return at;
    }
}
