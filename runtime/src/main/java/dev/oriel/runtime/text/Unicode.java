package dev.oriel.runtime.text;

import java.text.Normalizer;

/// Properties of code points, as tokenizers use them.
final class Unicode {
    private static final int PUNCTUATION = bits(Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
            Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION, Character.OTHER_PUNCTUATION);
    private static final int SYMBOL = bits(Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.MODIFIER_SYMBOL, Character.OTHER_SYMBOL);
    private static final int MARK = bits(Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK);
    private static final int CONTROL = bits(Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE);

    private Unicode() { }

    /// The text with every lone surrogate replaced by U+FFFD.
    static String wellFormed(String text) {
        StringBuilder fixed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (fixed == null) fixed = new StringBuilder(text);
            fixed.setCharAt(i, '\uFFFD');
        }
        return fixed == null ? text : fixed.toString();
    }

    /// The White_Space property; `Character.isWhitespace` leaves out the no-break spaces and adds four separators.
    static boolean isSpace(int c) {
        return c == ' ' || c >= 9 && c <= 13 || c == 0x85 || c == 0xA0 || c >= 0x1680 && (c == 0x1680 || c >= 0x2000 && c <= 0x200A
                || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000);
    }

    static boolean isAsciiSpace(int c) { return c == ' ' || c >= 9 && c <= 13; }

    static boolean isPunctuation(int c) { return in(PUNCTUATION, c); }

    static boolean isSymbol(int c) { return in(SYMBOL, c); }

    static boolean isMark(int c) { return in(MARK, c); }

    static boolean isControl(int c) { return in(CONTROL, c); }

    /// Whether a character can change with the one before it under a normal form: a mark, the later letters of a Hangul syllable,
    /// and what decomposes to something that starts with one.
    static boolean joinsBefore(int c) {
        if (c < 0x300) return false;
        int first = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKD).codePointAt(0);
        return isMark(c) || isMark(first) || first >= 0x1160 && first <= 0x11FF || first >= 0x16D63 && first <= 0x16D6A;
    }

    private static boolean in(int categories, int c) { return (categories >>> Character.getType(c) & 1) != 0; }

    private static int bits(byte... categories) {
        int bits = 0;
        for (byte c : categories) bits |= 1 << c;
        return bits;
    }
}
