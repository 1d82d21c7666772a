package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.Utf8List;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The tokens of a model: text, kind and (for SentencePiece and unigram models) score of each id.
final class Vocabulary {
    static final int NONE = -1;
    static final int MAX_TOKENS = 1 << 24;
    /// In UTF-16 units. The longest tokens of published models have about 1000.
    static final int MAX_PIECE = 1 << 14;
    private static final String HEX = "0123456789ABCDEF";

    /// Numbered as in `tokenizer.ggml.token_type`, from 1.
    enum Kind { NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE }

    private static final Kind[] KINDS = Kind.values();

    private final String file;
    private final Utf8List pieces;
    private final Kind[] kinds;
    private final float[] scores;
    private final TokenTable ids;
    private final int[] byteTokens = new int[256];
    private int longest;

    /// @param pieces null where an id is not in use
    /// @param scores null where the model has none
    Vocabulary(String file, String[] pieces, Kind[] kinds, float[] scores) {
        this(file, Utf8List.of(Arrays.stream(pieces).map(piece -> piece == null ? "" : piece).toList()), kinds, scores);
    }

    /// @param pieces empty where an id is not in use
    Vocabulary(String file, Utf8List pieces, Kind[] kinds, float[] scores) {
        this.file = file;
        this.kinds = kinds.clone();
        this.pieces = filled(pieces, this.kinds);
        this.scores = scores == null ? new float[pieces.size()] : scores;
        this.ids = new TokenTable(this.pieces);
        for (int id = 0; id < this.kinds.length; id++) register(id);
        for (int b = 0; b < 256; b++) byteTokens[b] = id("<0x" + HEX.charAt(b >> 4) + HEX.charAt(b & 15) + ">");
        for (int id = 0; id < this.kinds.length; id++) {
            if (this.kinds[id] == Kind.BYTE && byteOf(id) < 0)
                throw new ModelException(file, "byte token " + id, "<0x00>..<0xFF>", shorten(piece(id)));
        }
    }

    /// Gives a text to every id that has none.
    private static Utf8List filled(Utf8List pieces, Kind[] kinds) {
        List<String> filled = null;
        for (int id = 0; id < kinds.length; id++) {
            if (pieces.end(id) > pieces.start(id)) continue;
            if (filled == null) filled = new ArrayList<>(pieces);
            filled.set(id, "[EMPTY_" + id + "]");
            kinds[id] = Kind.UNUSED;
        }
        return filled == null ? pieces : Utf8List.of(filled);
    }

    private void register(int id) {
        int units = units(id);
        if (units > MAX_PIECE) throw new ModelException(file, "token " + id, "at most " + MAX_PIECE + " characters", units);
        if (Float.isNaN(scores[id])) throw new ModelException(file, "score of token " + id, "a number", "NaN");
        int before = ids.put(id);
        // Tokens that are no valid UTF-8 all look alike.
        if (before >= 0 && piece(id).indexOf('\uFFFD') < 0)
            throw new ModelException(file, "token " + id, "a text of its own", "'" + shorten(piece(id)) + "', which is token " + before + " too");
        longest = Math.max(longest, units);
    }

    /// Length in UTF-16 units.
    private int units(int id) {
        byte[] bytes = pieces.bytes();
        int units = 0;
        for (int i = pieces.start(id); i < pieces.end(id); i++) {
            if ((bytes[i] & 0xC0) != 0x80) units++;
            if ((bytes[i] & 0xF8) == 0xF0) units++;
        }
        return units;
    }

    String file() { return file; }

    int size() { return kinds.length; }

    String piece(int id) { return pieces.get(checked(id)); }

    Kind kind(int id) { return kinds[checked(id)]; }

    float score(int id) { return scores[id]; }

    /// [#NONE] where no token has this text.
    int id(String piece) { return ids.get(piece); }

    /// The token whose text is two parts of UTF-8, one after the other.
    int id(byte[] left, int leftFrom, int leftTo, byte[] right, int rightFrom, int rightTo) { return ids.get(left, leftFrom, leftTo, right, rightFrom, rightTo); }

    /// The text of a token of one UTF-16 unit, or -1.
    int letter(int id) { return pieces.end(id) - pieces.start(id) <= 3 && units(id) == 1 ? piece(id).charAt(0) : NONE; }

    /// The kind that files call `number`, from 1.
    static Kind kind(long number) { return KINDS[(int) number - 1]; }

    static int kinds() { return KINDS.length; }

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
        if (id < 0 || id >= kinds.length) throw new ModelException(file, "token id", "0.." + (kinds.length - 1), id);
        return id;
    }

    static Kind[] normal(int size) {
        Kind[] kinds = new Kind[size];
        Arrays.fill(kinds, Kind.NORMAL);
        return kinds;
    }

    private static String shorten(String s) { return s.length() > 40 ? s.substring(0, 40) + "…" : s; }
}
