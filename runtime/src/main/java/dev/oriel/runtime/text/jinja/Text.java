package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/// Python's operations on text. Positions count code points, as Python's do.
final class Text {
    private Text() { }

    static boolean isSpace(int c) {
        return c == ' ' || c >= 9 && c <= 13 || c >= 0x1c && c <= 0x1f || c == 0x85 || c == 0xa0 || c > 0xff
            && (c == 0x1680 || c >= 0x2000 && c <= 0x200a || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000);
    }

    static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
                Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }

    /// Without what of `chars` (null: whitespace) is at its ends.
    static String strip(String text, String chars, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && strips(text.codePointAt(from), chars)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && strips(text.codePointBefore(to), chars)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean strips(int c, String chars) {
        return chars == null ? isSpace(c) : chars.indexOf(c) >= 0;
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// The index in chars of code point `n`.
    static int offset(String text, long n) {
        return text.offsetByCodePoints(0, (int) n);
    }

    /// The indices of chars that Python's `start` and `end` (code points, negative from the end, null left out) mean; null where start is beyond the text.
    static int[] bounds(String text, Long start, Long end) {
        int length = length(text);
        long from = start == null ? 0 : start < 0 ? Math.max(0, start + length) : start;
        long to = end == null ? length : end < 0 ? Math.max(0, end + length) : Math.min(end, length);
        return from > to ? null : new int[] {offset(text, from), offset(text, to)};
    }

    static int compare(String a, String b) {
        int n = Math.min(a.length(), b.length());
        for (int i = 0; i < n; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) || Character.isSurrogate(y);
                return surrogates && Character.isSurrogate(x) != Character.isSurrogate(y)
                    ? Character.isSurrogate(x) ? 1 : -1 : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    /// `split(separator, max)`; a null separator means runs of whitespace, a negative max no limit.
    static List<Object> split(String text, String separator, long max) {
        List<Object> parts = new ArrayList<>();
        long left = max < 0 ? Long.MAX_VALUE : max;
        if (separator != null) {
            requireSeparator(separator);
            int from = 0;
            for (int at = text.indexOf(separator); at >= 0 && left-- > 0; at = text.indexOf(separator, from)) {
                parts.add(text.substring(from, at));
                from = at + separator.length();
            }
            parts.add(text.substring(from));
            return parts;
        }
        String rest = strip(text, null, true, false);
        int from = text.length() - rest.length();
        while (from < text.length()) {
            int to = from;
            while (to < text.length() && !isSpace(text.charAt(to))) {
                to++;
            }
            if (left-- <= 0) {
                parts.add(text.substring(from));
                break;
            }
            parts.add(text.substring(from, to));
            from = to;
            while (from < text.length() && isSpace(text.charAt(from))) {
                from++;
            }
        }
        return parts;
    }

    static List<Object> splitRight(String text, String separator, long max) {
        List<Object> parts = new ArrayList<>();
        long left = max < 0 ? Long.MAX_VALUE : max;
        if (separator != null) {
            requireSeparator(separator);
            int to = text.length();
            for (int at = text.lastIndexOf(separator); at >= 0 && left-- > 0; at = text.lastIndexOf(separator, to - separator.length())) {
                parts.add(text.substring(at + separator.length(), to));
                to = at;
            }
            parts.add(text.substring(0, to));
            return parts.reversed();
        }
        int to = strip(text, null, false, true).length();
        while (to > 0) {
            int from = to;
            while (from > 0 && !isSpace(text.charAt(from - 1))) {
                from--;
            }
            if (left-- <= 0) {
                parts.add(text.substring(0, to));
                break;
            }
            parts.add(text.substring(from, to));
            to = from;
            while (to > 0 && isSpace(text.charAt(to - 1))) {
                to--;
            }
        }
        return parts.reversed();
    }

    static void requireSeparator(String separator) {
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
    }

    static List<Object> lines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 10 && c <= 13 || c >= 0x1c && c <= 0x1e || c == 0x85 || c == 0x2028 || c == 0x2029) {
                int end = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
                lines.add(text.substring(from, keepEnds ? end : i));
                from = end;
                i = end - 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        return lines;
    }

    /// `replace(from, to, count)`; a negative count means all.
    static String replace(String text, String from, String to, long count, Budget budget) {
        StringBuilder out = new StringBuilder();
        long left = count < 0 ? Long.MAX_VALUE : count;
        budget.search(text.length(), from.length());
        int at = 0;
        int next = text.indexOf(from);
        while (next >= 0 && left-- > 0) {
            budget.provenance.append(out, text, at, next);
            out.append(to);
            budget.cap(out.length());
            at = next + from.length();
            if (from.isEmpty()) {
                if (next >= text.length()) {
                    break;
                }
                int end = next + Character.charCount(text.codePointAt(next));
                budget.provenance.append(out, text, next, end);
                at = end;
                next = end;
            } else {
                next = text.indexOf(from, at);
            }
        }
        budget.provenance.append(out, text, Math.min(at, text.length()), text.length());
        budget.text(out.length());
        return budget.provenance.text(out);
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.codePointAt(0));
        return titleCase(text.substring(0, first)) + lower(text.substring(first));
    }

    private static String titleCase(String character) {
        int title = Character.toTitleCase(character.codePointAt(0));
        String upper = upper(character);
        return title == character.codePointAt(0) && upper.length() > character.length()
            ? upper.charAt(0) + lower(upper.substring(1)) : Character.toString(title);
    }

    /// `str.title`: a capital after everything that is no letter.
    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            String c = Character.toString(text.codePointAt(i));
            out.append(inWord ? lower(c) : titleCase(c));
            inWord = isCased(c.codePointAt(0));
            i += c.length();
        }
        return out.toString();
    }

    static String swapCase(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().mapToObj(Character::toString).forEach(c -> out.append(Character.isUpperCase(c.codePointAt(0)) ? lower(c) : upper(c)));
        return out.toString();
    }

    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    /// All letters that have a case are of one case, and there is one.
    static boolean isAll(String text, IntPredicate ofCase) {
        return text.codePoints().anyMatch(Text::isCased) && text.codePoints().filter(Text::isCased).allMatch(ofCase);
    }

    static boolean isTitle(String text) {
        boolean inWord = false;
        boolean found = false;
        for (int c : text.codePoints().toArray()) {
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            if (isCased(c) && upper == inWord) {
                return false;
            }
            inWord = isCased(c);
            found |= inWord;
        }
        return found;
    }

    /// `text` in the middle (`align` '^'), left ('<') or right ('>') of `width` characters.
    static String pad(String text, long width, String fill, char align, Budget budget) {
        long missing = width - length(text);
        if (missing <= 0) {
            return text;
        }
        budget.text(width);
        int before = (int) switch (align) {
            case '<' -> 0;
            case '>' -> missing;
            default -> missing / 2;
        };
        return fill.repeat(before) + text + fill.repeat((int) missing - before);
    }
}
