package dev.oriel.inspect;

/// Any text, tokens in particular, made fit for one line of a terminal.
final class Terminal {
    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private Terminal() {}

    /// Spaces at the ends as `·`, line ends as `↵`; what would move the cursor or turn the writing direction is shown by its number.
    static String shown(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append('↵');
                case '\t' -> out.append('⇥');
                default -> {
                    if (unprintable(c)) out.append(String.format("⟨%02X⟩", c));
                    else out.appendCodePoint(c);
                }
            }
        });
        int first = 0;
        while (first < out.length() && out.charAt(first) == ' ') out.setCharAt(first++, '·');
        for (int last = out.length() - 1; last >= 0 && out.charAt(last) == ' '; last--) out.setCharAt(last, '·');
        return out.toString();
    }

    /// [#shown(String)] in at most `width` columns, its end replaced by `…` where it is longer.
    static String cut(String text, int width) {
        String shown = shown(text);
        if (width(shown) <= width) return shown;
        StringBuilder out = new StringBuilder();
        int used = 1;
        for (int c : shown.codePoints().toArray()) {
            used += width(c);
            if (used > width) break;
            out.appendCodePoint(c);
        }
        return out.append('…').toString();
    }

    static String left(String text, int width) {
        String cut = cut(text, width);
        return cut + " ".repeat(Math.max(0, width - width(cut)));
    }

    static String right(String text, int width) {
        String cut = cut(text, width);
        return " ".repeat(Math.max(0, width - width(cut))) + cut;
    }

    /// Columns that a terminal gives to `text`.
    static int width(String text) { return text.codePoints().map(Terminal::width).sum(); }

    private static boolean unprintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SURROGATE, Character.UNASSIGNED, Character.PRIVATE_USE -> true;
            case Character.FORMAT -> c != ZERO_WIDTH_JOINER;
            default -> false;
        };
    }

    /// Chinese, Japanese, Korean and emoji take two columns, marks that combine with the letter before them none.
    private static int width(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || c == ZERO_WIDTH_JOINER) return 0;
        boolean wide = c >= 0x1100 && (c <= 0x115f || c >= 0x2e80 && c <= 0xa4cf || c >= 0xac00 && c <= 0xd7a3 || c >= 0xf900 && c <= 0xfaff
                || c >= 0xfe30 && c <= 0xfe6f || c >= 0xff00 && c <= 0xff60 || c >= 0xffe0 && c <= 0xffe6
                || c >= 0x1f300 && c <= 0x1faff || c >= 0x20000 && c <= 0x3fffd);
        return wide ? 2 : 1;
    }
}
