package dev.oriel.runtime.text;

import dev.oriel.loaders.Utf8List;
import java.util.Arrays;

/// From a token's text to its id: an open-addressed table over the texts' UTF-8 bytes, which makes no string of any of them.
final class TokenTable {
    private final Utf8List pieces;
    private final byte[] bytes;
    /// Ids.
    private final int[] slots;

    TokenTable(Utf8List pieces) {
        this.pieces = pieces;
        bytes = pieces.bytes();
        slots = new int[Integer.highestOneBit(Math.max(pieces.size(), 8)) * 4];
        Arrays.fill(slots, Vocabulary.NONE);
    }

    /// Puts a token, unless another has its text: returns that one, or [Vocabulary#NONE].
    int put(int id) {
        int slot = slot(bytes, pieces.start(id), pieces.end(id), bytes, 0, 0);
        int before = slots[slot];
        if (before < 0) slots[slot] = id;
        return before;
    }

    int get(String text) {
        byte[] utf8 = new byte[3 * text.length()];
        return slots[slot(utf8, 0, encode(text, utf8), utf8, 0, 0)];
    }

    /// UTF-8, but that half a surrogate pair is written as if it were a character, so that it is no token's text. Returns the length.
    private static int encode(String text, byte[] out) {
        int n = 0;
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePointAt(i);
            if (c < 0x80) {
                out[n++] = (byte) c;
                continue;
            }
            if (c < 0x800) {
                out[n++] = (byte) (0xC0 | c >> 6);
            } else {
                if (c < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
                    out[n++] = (byte) (0xE0 | c >> 12);
                } else {
                    out[n++] = (byte) (0xF0 | c >> 18);
                    out[n++] = (byte) (0x80 | c >> 12 & 0x3F);
                    i++;
                }
                out[n++] = (byte) (0x80 | c >> 6 & 0x3F);
            }
            out[n++] = (byte) (0x80 | c & 0x3F);
        }
        return n;
    }

    /// The token whose text is two parts of byte arrays, one after the other.
    int get(byte[] left, int leftFrom, int leftTo, byte[] right, int rightFrom, int rightTo) {
        return slots[slot(left, leftFrom, leftTo, right, rightFrom, rightTo)];
    }

    private int slot(byte[] left, int leftFrom, int leftTo, byte[] right, int rightFrom, int rightTo) {
        int hash = 0;
        for (int i = leftFrom; i < leftTo; i++) hash = 31 * hash + left[i];
        for (int i = rightFrom; i < rightTo; i++) hash = 31 * hash + right[i];
        hash *= 0x9E3779B9;
        int mask = slots.length - 1;
        int at = (hash ^ hash >>> 15) & mask;
        while (slots[at] >= 0 && !same(slots[at], left, leftFrom, leftTo, right, rightFrom, rightTo)) at = at + 1 & mask;
        return at;
    }

    private boolean same(int id, byte[] left, int leftFrom, int leftTo, byte[] right, int rightFrom, int rightTo) {
        int start = pieces.start(id);
        int middle = start + leftTo - leftFrom;
        return pieces.end(id) - middle == rightTo - rightFrom && Arrays.equals(bytes, start, middle, left, leftFrom, leftTo)
                && Arrays.equals(bytes, middle, pieces.end(id), right, rightFrom, rightTo);
    }
}
