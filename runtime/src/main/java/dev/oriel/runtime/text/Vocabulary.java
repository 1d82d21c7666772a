package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// The tokens of a model: text, kind and (for SentencePiece and unigram models) score of each id.
final class Vocabulary {
    static final int NONE = -1;
    static final int MAX_TOKENS = 1 << 24;
    /// In UTF-16 units. The longest tokens of published models have about 1000.
    static final int MAX_PIECE = 1 << 14;

    /// Numbered as in `tokenizer.ggml.token_type`, from 1.
    enum Kind { NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE }

    private final String file;
    private final String[] pieces;
    private final Kind[] kinds;
    private final float[] scores;
    private final Map<String, Integer> ids;
    private final int[] byteTokens = new int[256];
    private int longest;

    /// @param pieces null where an id is not in use
    /// @param scores null where the model has none
    Vocabulary(String file, String[] pieces, Kind[] kinds, float[] scores) {
        this.file = file;
        this.pieces = pieces.clone();
        this.kinds = kinds.clone();
        this.scores = scores == null ? new float[pieces.length] : scores.clone();
        this.ids = HashMap.newHashMap(pieces.length);
        for (int id = 0; id < pieces.length; id++) register(id);
        for (int b = 0; b < 256; b++) byteTokens[b] = id("<0x%02X>".formatted(b));
        for (int id = 0; id < pieces.length; id++) {
            if (this.kinds[id] == Kind.BYTE && byteOf(id) < 0)
                throw new ModelException(file, "byte token " + id, "<0x00>..<0xFF>", shorten(piece(id)));
        }
    }

    private void register(int id) {
        String piece = pieces[id];
        if (piece == null || piece.isEmpty()) {
            pieces[id] = piece = "[EMPTY_" + id + "]";
            kinds[id] = Kind.UNUSED;
        }
        if (piece.length() > MAX_PIECE) throw new ModelException(file, "token " + id, "at most " + MAX_PIECE + " characters", piece.length());
        if (Float.isNaN(scores[id])) throw new ModelException(file, "score of token " + id, "a number", "NaN");
        Integer before = ids.putIfAbsent(piece, id);
        // Tokens that are no valid UTF-8 all look alike.
        if (before != null && piece.indexOf('\uFFFD') < 0)
            throw new ModelException(file, "token " + id, "a text of its own", "'" + shorten(piece) + "', which is token " + before + " too");
        longest = Math.max(longest, piece.length());
    }

    String file() { return file; }

    int size() { return pieces.length; }

    String piece(int id) { return pieces[checked(id)]; }

    Kind kind(int id) { return kinds[checked(id)]; }

    float score(int id) { return scores[id]; }

    /// [#NONE] where no token has this text.
    int id(String piece) { return ids.getOrDefault(piece, NONE); }

    /// Writes a part of a word in `<0xNN>` tokens. False, and nothing written, where the vocabulary lacks one of them.
    boolean writeBytes(String word, int from, int to, Ids out) {
        byte[] bytes = word.substring(from, to).getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) if (byteTokens[b & 255] < 0) return false;
        for (byte b : bytes) out.add(byteTokens[b & 255], from, to);
        return true;
    }

    /// The byte of a `<0xNN>` token, or -1.
    int byteOf(int id) {
        String piece = piece(id);
        if (piece.length() != 6 || !piece.startsWith("<0x") || piece.charAt(5) != '>') return -1;
        int high = Character.digit(piece.charAt(3), 16);
        int low = Character.digit(piece.charAt(4), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    /// The length of the longest token in UTF-16 units.
    int longest() { return longest; }

    /// The same tokens, some of other kinds.
    Vocabulary with(Map<Integer, Kind> changes) {
        Kind[] changed = kinds.clone();
        changes.forEach((id, kind) -> changed[id] = kind);
        return new Vocabulary(this, changed);
    }

    private Vocabulary(Vocabulary like, Kind[] kinds) {
        this.file = like.file;
        this.pieces = like.pieces;
        this.kinds = kinds;
        this.scores = like.scores;
        this.ids = like.ids;
        this.longest = like.longest;
        System.arraycopy(like.byteTokens, 0, byteTokens, 0, 256);
    }

    private int checked(int id) {
        if (id < 0 || id >= pieces.length) throw new ModelException(file, "token id", "0.." + (pieces.length - 1), id);
        return id;
    }

    static Kind[] normal(int size) {
        Kind[] kinds = new Kind[size];
        Arrays.fill(kinds, Kind.NORMAL);
        return kinds;
    }

    private static String shorten(String s) { return s.length() > 40 ? s.substring(0, 40) + "…" : s; }
}
