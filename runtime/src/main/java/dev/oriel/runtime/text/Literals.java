package dev.oriel.runtime.text;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Values as models write them in calls: JSON, Python's literals, Gemma's objects without quotes around keys.
final class Literals {
    private static final int DEPTH = 200;
    private static final Object NOTHING = new Object();

    /// How values are written.
    enum Dialect {
        JSON(List.of("\""), true, false, JSON_WORDS),
        PYTHON(List.of("'", "\""), true, false, PYTHON_WORDS),
        GEMMA(List.of("<|\"|>", "<escape>", "\""), false, true, PYTHON_WORDS);

        /// Around texts.
        private final List<String> quotes;
        /// Whether `\` has a meaning in texts.
        private final boolean escapes;
        /// Whether keys stand without quotes.
        private final boolean bareKeys;
        /// Values that are words.
        private final Map<String, Object> words;

        List<String> quotes() { return quotes; }

        Dialect(List<String> quotes, boolean escapes, boolean bareKeys, Map<String, Object> words) {
            this.quotes = quotes;
            this.escapes = escapes;
            this.bareKeys = bareKeys;
            this.words = words;
        }
    }

    private static final Map<String, Object> JSON_WORDS = Map.of("true", true, "false", false, "null", NOTHING);
    private static final Map<String, Object> PYTHON_WORDS = Map.of("True", true, "False", false, "None", NOTHING, "true", true, "false", false, "null", NOTHING);

    /// A member of an object, with the text of its value.
    record Member(Object value, String raw) { }

    private final Reading in;
    private final Dialect dialect;

    Literals(Reading in, Dialect dialect) {
        this.in = in;
        this.dialect = dialect;
    }

    /// The value that starts here.
    Object value() { return value(0); }

    private Object value(int depth) {
        if (depth > DEPTH) throw new Unreadable("at most " + DEPTH + " levels", false);
        in.space();
        char c = in.next("a value");
        if (c == '{') return values(members(depth));
        if (c == '[') return list(depth);
        String quote = quote();
        if (quote != null) return text(quote);
        return c == '-' || c >= '0' && c <= '9' ? number() : word();
    }

    private static Map<String, Object> values(Map<String, Member> members) {
        Map<String, Object> values = new LinkedHashMap<>();
        members.forEach((key, member) -> values.put(key, member.value));
        return values;
    }

    /// The members of the object that starts here, by key.
    Map<String, Member> members() { return members(0); }

    private Map<String, Member> members(int depth) {
        Map<String, Member> members = new LinkedHashMap<>();
        in.space();
        in.expect("{");
        in.space();
        if (in.accepts("}")) return members;
        while (true) {
            in.space();
            String quote = quote();
            String key = quote != null ? text(quote) : dialect.bareKeys ? in.until(":") : null;
            if (key == null) throw in.wrong("a key in quotes");
            if (quote != null) {
                in.space();
                in.expect(":");
            }
            in.space();
            int from = in.at;
            Object value = value(depth + 1);
            if (members.put(key.strip(), new Member(value, in.text.substring(from, in.at))) != null) throw new Unreadable("the key '" + key + "' once", false);
            in.space();
            if (in.accepts("}")) return members;
            in.expect(",");
        }
    }

    private List<Object> list(int depth) {
        List<Object> items = new ArrayList<>();
        in.expect("[");
        in.space();
        if (in.accepts("]")) return items;
        while (true) {
            items.add(value(depth + 1));
            in.space();
            if (in.accepts("]")) return items;
            in.expect(",");
        }
    }

    /// The quote that stands here, or null.
    private String quote() {
        for (String quote : dialect.quotes) if (in.accepts(quote)) return quote;
        return null;
    }

    private String text(String quote) {
        if (!dialect.escapes) return in.until(quote);
        StringBuilder text = new StringBuilder();
        char end = quote.charAt(0);
        while (true) {
            char c = in.next("the end of a text");
            in.at++;
            if (c == end) return text.toString();
            if (c == '\\') escape(text);
            else if (c < ' ' && dialect == Dialect.JSON) throw new Unreadable("an escape for a control character in a text", false);
            else text.append(c);
        }
    }

    private void escape(StringBuilder text) {
        char c = in.next("an escape");
        in.at++;
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '"', '\\', '/' -> text.append(c);
            case 'u' -> text.append((char) hexadecimal(4));
            case 'x' -> text.append((char) hexadecimal(2));
            default -> {
                if (dialect == Dialect.JSON) throw new Unreadable("an escape that JSON knows, found \\" + c, false);
                text.append(c == '\'' ? "'" : "\\" + c);
            }
        }
    }

    private int hexadecimal(int digits) {
        int code = 0;
        for (int i = 0; i < digits; i++, in.at++) {
            int digit = Character.digit(in.next("a hexadecimal digit"), 16);
            if (digit < 0) throw in.wrong("a hexadecimal digit");
            code = 16 * code + digit;
        }
        return code;
    }

    private Object number() {
        String digits = run("+-.eE0123456789");
        if (!digits.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?")) throw new Unreadable("a number", false);
        try {
            return digits.matches("-?\\d+") ? (Object) Long.valueOf(digits) : (Object) Double.valueOf(digits);
        } catch (NumberFormatException e) {
            return new BigDecimal(digits).doubleValue();
        }
    }

    private Object word() {
        String word = run("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        Object value = dialect.words.get(word);
        if (value == null) throw in.wrong("a value");
        return value == NOTHING ? null : value;
    }

    /// It could go on where the text ends.
    private String run(String characters) {
        int from = in.at;
        while (!in.atEnd() && characters.indexOf(in.text.charAt(in.at)) >= 0) in.at++;
        if (in.atEnd()) throw new Unreadable("the rest of a value", true);
        return in.text.substring(from, in.at);
    }
}
