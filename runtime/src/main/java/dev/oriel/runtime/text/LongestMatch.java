package dev.oriel.runtime.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// RWKV's tokenizer: over the bytes of a text, the longest token that starts here, then the longest that starts where it ended. The vocabulary writes bytes as
/// Python does in a literal (`\n`, `\xe4`).
final class LongestMatch implements TokenModel {
    private static final int ROOT = 0;

    private final int unknown;
    /// A trie: of each node the token that ends there, its first child, the next child of its parent, and its byte.
    private int[] token = new int[1 << 12];
    private int[] child = new int[1 << 12];
    private int[] sibling = new int[1 << 12];
    private byte[] label = new byte[1 << 12];
    private int nodes = 1;

    /// @param unknown the token of a byte with which none starts, or NONE: it is left out
    LongestMatch(Vocabulary vocabulary, int unknown) {
        this.unknown = unknown;
        token[ROOT] = Vocabulary.NONE;
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.kind(id) == Vocabulary.Kind.UNUSED) continue;
            int node = ROOT;
            for (byte b : literal(vocabulary.piece(id))) {
                int next = next(node, b);
                node = next == ROOT ? grow(node, b) : next;
            }
            token[node] = id;
        }
        token[ROOT] = Vocabulary.NONE;
    }

    private int next(int node, byte b) {
        int at = child[node];
        while (at != ROOT && label[at] != b) at = sibling[at];
        return at;
    }

    private int grow(int parent, byte b) {
        if (nodes == token.length) {
            token = Arrays.copyOf(token, 2 * nodes);
            child = Arrays.copyOf(child, 2 * nodes);
            sibling = Arrays.copyOf(sibling, 2 * nodes);
            label = Arrays.copyOf(label, 2 * nodes);
        }
        token[nodes] = Vocabulary.NONE;
        label[nodes] = b;
        sibling[nodes] = child[parent];
        child[parent] = nodes;
        return nodes++;
    }

    @Override
    public void encode(String word, Ids out) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int[] characters = characters(word, bytes.length);
        for (int i = 0, end; i < bytes.length; i = end) {
            int found = unknown;
            end = i + 1;
            int node = next(ROOT, bytes[i]);
            for (int to = i + 1; node != ROOT; node = to < bytes.length ? next(node, bytes[to++]) : ROOT) {
                if (token[node] < 0) continue;
                found = token[node];
                end = to;
            }
            int last = characters[end - 1];
            if (found >= 0) out.add(found, characters[i], last + Character.charCount(word.codePointAt(last)));
        }
    }

    /// Of each byte, where the character starts that it is a part of.
    private static int[] characters(String word, int bytes) {
        int[] starts = new int[bytes];
        int at = 0;
        for (int i = 0, n; i < word.length(); i += n) {
            int c = word.codePointAt(i);
            n = Character.charCount(c);
            for (int k = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; k > 0; k--) starts[at++] = i;
        }
        return starts;
    }

    /// The bytes that a token of the vocabulary stands for.
    static byte[] literal(String piece) {
        var out = new ByteArrayOutputStream(piece.length());
        for (int i = 0, n; i < piece.length(); i += n) {
            int c = piece.codePointAt(i);
            n = Character.charCount(c);
            if (c == '\\' && i + 1 < piece.length()) n = escape(piece, i + 1, out);
            else out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    /// @return how many characters the escape has, with the backslash
    private static int escape(String piece, int at, ByteArrayOutputStream out) {
        char c = piece.charAt(at);
        int high = c == 'x' && at + 2 < piece.length() ? Character.digit(piece.charAt(at + 1), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(piece.charAt(at + 2), 16);
        if (low >= 0) {
            out.write(high << 4 | low);
            return 4;
        }
        int code = switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            default -> piece.codePointAt(at);
        };
        out.writeBytes(Character.toString(code).getBytes(StandardCharsets.UTF_8));
        return 1 + Character.charCount(code);
    }
}
