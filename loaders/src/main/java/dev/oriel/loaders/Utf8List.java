package dev.oriel.loaders;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/// Many short strings, kept as well-formed UTF-8 one after the other: a vocabulary of a quarter of a million tokens is two arrays, and a string is made when
/// asked for.
public final class Utf8List extends AbstractList<String> implements RandomAccess {
    private final byte[] bytes;
    /// Where each string ends; it begins where the one before it ended.
    private final int[] ends;

    private Utf8List(byte[] bytes, int[] ends) {
        this.bytes = bytes;
        this.ends = ends;
    }

    /// A copy of a list without nulls.
    public static Utf8List of(List<String> strings) {
        Builder builder = new Builder(strings.size());
        for (String string : strings) {
            byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
            builder.add(utf8, 0, utf8.length);
        }
        return builder.build();
    }

    @Override
    public String get(int index) { return new String(bytes, start(index), ends[index] - start(index), StandardCharsets.UTF_8); }

    @Override
    public int size() { return ends.length; }

    /// All strings without anything between them: `[start(i), end(i))` is one. Not to be written to.
    public byte[] bytes() { return bytes; }

    /// Offset of the first byte of string `index`.
    public int start(int index) { return Objects.checkIndex(index, ends.length) == 0 ? 0 : ends[index - 1]; }

    /// Offset after its last byte.
    public int end(int index) { return ends[index]; }

    /// Collects strings.
    static final class Builder {
        private final int[] ends;
        private byte[] bytes;
        private int count;
        private int length;

        Builder(int size) {
            ends = new int[size];
            bytes = new byte[Math.max(64, (int) Math.min(1 << 24, 8L * size))];
        }

        /// Malformed UTF-8 becomes U+FFFD, as it does in a String.
        ///
        /// @return false where no more fit
        boolean add(byte[] utf8, int from, int size) {
            if (!wellFormed(utf8, from, from + size)) {
                byte[] repaired = new String(utf8, from, size, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
                return append(repaired, 0, repaired.length);
            }
            return append(utf8, from, size);
        }

        private boolean append(byte[] utf8, int from, int size) {
            if (size > Integer.MAX_VALUE - 8 - length) return false;
            if (length + size > bytes.length) bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(2L * bytes.length, length + size)));
            System.arraycopy(utf8, from, bytes, length, size);
            length += size;
            ends[count++] = length;
            return true;
        }

        Utf8List build() { return new Utf8List(Arrays.copyOf(bytes, length), Arrays.copyOf(ends, count)); }
    }

    private static boolean wellFormed(byte[] utf8, int from, int to) {
        int i = from;
        while (i < to) {
            int lead = utf8[i++];
            if (lead >= 0) continue;
            int more = lead >= (byte) 0xF0 ? 3 : lead >= (byte) 0xE0 ? 2 : 1;
            int least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
            if (lead < (byte) 0xC2 || lead > (byte) 0xF4 || i + more > to) return false;
            int point = lead & 0x3F >> more;
            for (int k = 0; k < more; k++, i++) {
                if ((utf8[i] & 0xC0) != 0x80) return false;
                point = point << 6 | utf8[i] & 0x3F;
            }
            if (point < least || point > Character.MAX_CODE_POINT || point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) return false;
        }
        return true;
    }
}
