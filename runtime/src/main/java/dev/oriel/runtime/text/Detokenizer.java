package dev.oriel.runtime.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/// How token texts become text again.
///
/// @param form         how the vocabulary writes bytes and spaces
/// @param mark         what it writes for a space, before a token inside a word, or after the last token of one
/// @param leading      whose leading space is taken away
/// @param cleaning     which spaces that tokens imply are taken away again
record Detokenizer(Form form, String mark, Leading leading, Cleaning cleaning) {
    private static final byte[] NOTHING = {};

    enum Form {
        /// [ByteAlphabet].
        BYTE_LEVEL(""),
        /// The mark, U+2581 as a rule, is a space.
        SPACE_MARK("\u2581"),
        /// A token that does not start with the mark, `##` as a rule, starts a word.
        HASHES("##"),
        /// A token that ends with the mark, `</w>` as a rule, ends a word.
        WORD_END("</w>"),
        /// Every token is a word.
        WORDS(""),
        /// Bytes as in a literal of Python, see [LongestMatch].
        LITERAL(""),
        /// As it is.
        PLAIN("");

        private final String mark;

        Form(String mark) { this.mark = mark; }
    }

    /// The leading space that is no part of the text: of the first token, even where that is invisible (llama.cpp), or of the first visible one (Hugging Face).
    enum Leading { KEPT, OF_FIRST_TOKEN, OF_FIRST_VISIBLE }

    /// None; those that begin a token of punctuation or the second half of an English contraction; those at such places wherever tokens end.
    enum Cleaning { NONE, TOKENS, ENGLISH }

    Detokenizer(Form form, Leading leading, Cleaning cleaning) { this(form, form.mark, leading, cleaning); }

    byte[] bytes(Vocabulary vocabulary, int id, boolean special) {
        String piece = vocabulary.piece(id);
        return switch (vocabulary.kind(id)) {
            case CONTROL, UNKNOWN -> special ? utf8(spaced(piece)) : NOTHING;
            case USER_DEFINED -> utf8(spaced(piece));
            case BYTE -> new byte[] {(byte) vocabulary.byteOf(id)};
            case UNUSED -> NOTHING;
            case NORMAL -> switch (form) {
                case BYTE_LEVEL -> ByteAlphabet.decode(piece);
                case SPACE_MARK -> utf8(piece.replace(mark, " "));
                case HASHES, WORDS -> utf8(spaced(piece));
                case WORD_END -> utf8(piece.endsWith(mark) ? piece.substring(0, piece.length() - mark.length()) + " " : piece);
                case LITERAL -> LongestMatch.literal(piece);
                case PLAIN -> utf8(piece);
            };
        };
    }

    /// With the space that this form puts before a token.
    private String spaced(String piece) {
        if (form != Form.HASHES && form != Form.WORDS) return piece;
        if (form == Form.HASHES && piece.startsWith(mark)) return piece.substring(mark.length());
        boolean close = cleaning == Cleaning.TOKENS && (!piece.isEmpty() && "?!.,".indexOf(piece.charAt(0)) >= 0 || contracted(piece));
        return close ? piece : " " + piece;
    }

    private static boolean contracted(String piece) {
        return Stream.of("n't", "'m", "'s", "'ve", "'re").anyMatch(piece::startsWith);
    }

    String text(Vocabulary vocabulary, int[] ids, boolean special) {
        var out = new ByteArrayOutputStream(ids.length * 4);
        boolean first = true;
        for (int i = 0; i < ids.length; i++) {
            byte[] bytes = bytes(vocabulary, ids[i], special);
            if (first && form == Form.HASHES && bytes.length > 0) bytes = utf8(vocabulary.piece(ids[i])); // nothing is before it, so it keeps its mark
            int strip = first && leading != Leading.KEPT && bytes.length > 0 && bytes[0] == ' ' ? 1 : 0;
            out.write(bytes, strip, bytes.length - strip);
            if (bytes.length > 0 || leading == Leading.OF_FIRST_TOKEN) first = false;
        }
        String text = out.toString(StandardCharsets.UTF_8);
        if (form == Form.WORD_END && text.endsWith(" ")) text = text.substring(0, text.length() - 1);
        return switch (cleaning) {
            case NONE, TOKENS -> text;
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
