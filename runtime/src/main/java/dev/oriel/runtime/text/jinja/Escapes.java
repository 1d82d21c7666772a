package dev.oriel.runtime.text.jinja;

/// Python's escapes in string literals.
final class Escapes {
    private Escapes() { }

    static String decode(String text, int line) {
        if (text.indexOf('\\') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char e = text.charAt(i++);
            switch (e) {
                case '\n' -> { }
                case '\\', '\'', '"' -> out.append(e);
                case 'a' -> out.append('\u0007');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'v' -> out.append('\u000b');
                case 'x' -> i = hex(text, i, 2, out, line);
                case 'u' -> i = hex(text, i, 4, out, line);
                case 'U' -> i = hex(text, i, 8, out, line);
                case 'N' -> i = named(text, i, out, line);
                case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(text, i - 1, out);
                default -> out.append('\\').append(e);
            }
        }
        return out.toString();
    }

    private static int hex(String text, int from, int digits, StringBuilder out, int line) {
        int end = from + digits;
        if (end > text.length() || !text.substring(from, end).chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            throw Fault.at(line, "truncated \\" + text.charAt(from - 1) + " escape in a string");
        }
        long code = Long.parseLong(text.substring(from, end), 16);
        if (code > Character.MAX_CODE_POINT) {
            throw Fault.at(line, "illegal Unicode character in a string");
        }
        out.appendCodePoint((int) code);
        return end;
    }

    private static int octal(String text, int from, StringBuilder out) {
        int i = from;
        int code = 0;
        while (i < text.length() && i < from + 3 && text.charAt(i) >= '0' && text.charAt(i) <= '7') {
            code = code * 8 + text.charAt(i++) - '0';
        }
        out.append((char) code);
        return i;
    }

    private static int named(String text, int from, StringBuilder out, int line) {
        int end = text.indexOf('}', from);
        if (end < 0 || text.charAt(from) != '{') {
            throw Fault.at(line, "malformed \\N character escape in a string");
        }
        try {
            out.appendCodePoint(Character.codePointOf(text.substring(from + 1, end)));
        } catch (IllegalArgumentException _) {
            throw Fault.at(line, "unknown Unicode character name in a string");
        }
        return end + 1;
    }
}
