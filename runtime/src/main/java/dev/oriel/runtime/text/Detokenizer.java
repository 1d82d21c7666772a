package dev.oriel.runtime.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// How token texts become text again.
///
/// @param form         how the vocabulary writes bytes and spaces
/// @param leading      whose leading space is taken away
/// @param cleaning     which spaces that tokens imply are taken away again
record Detokenizer(Form form, Leading leading, Cleaning cleaning) {
    private static final byte[] NOTHING = {};

    enum Form {
        /// [ByteAlphabet].
        BYTE_LEVEL,
        /// U+2581 is a space.
        SPACE_MARK,
        /// A token that does not start with `##` starts a word.
        HASHES,
        /// A token that ends with `</w>` ends a word.
        WORD_END,
        /// Bytes as in a literal of Python, see [LongestMatch].
        LITERAL,
        /// As it is.
        PLAIN
    }

    /// The leading space that is no part of the text: of the first token, even where that is invisible (llama.cpp), or of the first visible one (Hugging Face).
    enum Leading { KEPT, OF_FIRST_TOKEN, OF_FIRST_VISIBLE }

    /// None; those before `? ! . ,`; and also those inside English contractions.
    enum Cleaning { NONE, PUNCTUATION, ENGLISH }

    byte[] bytes(Vocabulary vocabulary, int id, boolean special) {
        String piece = vocabulary.piece(id);
        return switch (vocabulary.kind(id)) {
            case CONTROL, UNKNOWN -> special ? utf8(piece) : NOTHING;
            case USER_DEFINED -> utf8(piece);
            case BYTE -> new byte[] {(byte) vocabulary.byteOf(id)};
            case UNUSED -> NOTHING;
            case NORMAL -> switch (form) {
                case BYTE_LEVEL -> ByteAlphabet.decode(piece);
                case SPACE_MARK -> utf8(piece.replace('\u2581', ' '));
                case HASHES -> utf8(piece.startsWith("##") ? piece.substring(2) : " " + piece);
                case WORD_END -> utf8(piece.endsWith("</w>") ? piece.substring(0, piece.length() - 4) + " " : piece);
                case LITERAL -> LongestMatch.literal(piece);
                case PLAIN -> utf8(piece);
            };
        };
    }

    String text(Vocabulary vocabulary, int[] ids, boolean special) {
        var out = new ByteArrayOutputStream(ids.length * 4);
        boolean first = true;
        for (int i = 0; i < ids.length; i++) {
            byte[] bytes = bytes(vocabulary, ids[i], special);
            int strip = first && leading != Leading.KEPT && bytes.length > 0 && bytes[0] == ' ' ? 1 : 0;
            out.write(bytes, strip, bytes.length - strip);
            if (bytes.length > 0 || leading == Leading.OF_FIRST_TOKEN) first = false;
        }
        String text = out.toString(StandardCharsets.UTF_8);
        if (form == Form.WORD_END && text.endsWith(" ")) text = text.substring(0, text.length() - 1);
        return switch (cleaning) {
            case NONE -> text;
            case PUNCTUATION -> unspace(text);
            case ENGLISH -> contract(unquote(unspace(text)));
        };
    }

    private static byte[] utf8(String s) { return s.getBytes(StandardCharsets.UTF_8); }

    /// `a , b` to `a, b`.
    private static String unspace(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (i > 0 && text.charAt(i - 1) == ' ' && "?!.,".indexOf(text.charAt(i)) >= 0) out.setLength(out.length() - 1);
            out.append(text.charAt(i));
        }
        return out.toString();
    }

    /// `a ' b` to `a'b`.
    private static String unquote(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            boolean alone = text.charAt(i) == '\'' && !out.isEmpty() && out.charAt(out.length() - 1) == ' ' && text.startsWith(" ", i + 1);
            if (alone) out.setLength(out.length() - 1);
            out.append(text.charAt(i));
            if (alone) i++;
        }
        return out.toString();
    }

    /// `it 's` to `it's`, likewise `'m`, `'re` and `'ve`.
    private static String contract(String text) {
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            boolean ending = text.startsWith("'s", i) || text.startsWith("'m", i) || text.startsWith("'re", i) || text.startsWith("'ve", i);
            if (ending && i > 0 && text.charAt(i - 1) == ' ') out.setLength(out.length() - 1);
            out.append(text.charAt(i));
        }
        return out.toString();
    }
}
