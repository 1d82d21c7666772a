package dev.oriel.runtime.text;

import java.util.function.Consumer;

/// Groups the digits of a number in threes from the right (1 234 567). Two published patterns say so with a look-ahead to the number's end,
/// which takes quadratic time on long numbers; this is the same in linear time.
///
/// @param boundary only where the number does not run into a letter
record DigitGroups(boolean boundary) implements Splitter {
    static final String TO_THE_END = "(?=(\\d{3})+(?!\\d))";
    static final String TO_A_BOUNDARY = "\\d{1,3}(?=(?:\\d{3})*\\b)";

    /// Null for any other pattern.
    static DigitGroups of(String regex) {
        return switch (regex) {
            case TO_THE_END -> new DigitGroups(false);
            case TO_A_BOUNDARY -> new DigitGroups(true);
            default -> null;
        };
    }

    @Override
    public void split(Aligned whole, boolean first, Consumer<Aligned> words) {
        String text = whole.text();
        int from = 0;
        for (int i = 0; i < text.length(); ) {
            if (!digit(text, i)) {
                i += Character.charCount(text.codePointAt(i));
                continue;
            }
            int digits = 0;
            int end = i;
            for (; end < text.length() && digit(text, end); digits++) end += Character.charCount(text.codePointAt(end));
            if (!boundary || end == text.length() || !isWord(text.codePointAt(end))) from = groups(whole, from, i, end, digits, words);
            i = end;
        }
        if (from < text.length()) words.accept(whole.part(from, text.length()));
    }

    /// @return where the text that is not yet given away starts
    private int groups(Aligned whole, int from, int start, int end, int digits, Consumer<Aligned> words) {
        // The look-ahead alone matches nothing, so short numbers stay with the text before and after them.
        if (boundary && start > from) {
            words.accept(whole.part(from, start));
            from = start;
        }
        int at = start;
        for (int left = digits; left > 0; left--) {
            if (left % 3 == 0 && at > from) {
                words.accept(whole.part(from, at));
                from = at;
            }
            at += Character.charCount(whole.text().codePointAt(at));
        }
        if (boundary) words.accept(whole.part(from, end));
        return boundary ? end : from;
    }

    private static boolean digit(String text, int i) { return Character.isDigit(text.codePointAt(i)); }

    private static boolean isWord(int c) { return Character.isLetterOrDigit(c) || c == '_' || Unicode.isMark(c); }
}
