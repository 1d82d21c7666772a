package dev.oriel.runtime.text.jinja;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Python's `json.dumps` with the arguments that transformers' `tojson` takes.
final class JsonText {
    private static final int DEPTH = 200;

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final Style style;

    /// @param indent what each level is indented by, or null for a single line
    record Style(boolean ascii, String indent, String comma, String colon, boolean sortKeys) { }

    private JsonText(Budget budget, Style style) {
        this.budget = budget;
        this.style = style;
    }

    static String of(Object value, Style style, Budget budget) {
        JsonText json = new JsonText(budget, style);
        json.append(value, 0);
        budget.text(json.out.length());
        return budget.provenance.text(json.out);
    }

    private void append(Object value, int depth) {
        budget.step();
        budget.cap(out.length());
        if (depth > DEPTH) {
            throw new Fault("JSON nested more than " + DEPTH + " deep");
        }
        switch (value) {
            case null -> out.append("null");
            case Boolean b -> out.append(b);
            case Long _, BigInteger _ -> out.append(value);
            case Double d -> out.append(number(d));
            case String s -> quote(s);
            case Markup m -> quote(m.text());
            case Range _ -> throw unserializable(value);
            case List<?> list -> list(list, depth);
            case Map<?, ?> map -> map(map, depth);
            default -> throw unserializable(value);
        }
    }

    private static Fault unserializable(Object value) {
        return new Fault("Object of type " + Values.typeName(value) + " is not JSON serializable");
    }

    private static String number(double d) {
        return Double.isNaN(d) ? "NaN" : Double.isInfinite(d) ? d > 0 ? "Infinity" : "-Infinity" : Numbers.repr(d);
    }

    private void list(List<?> list, int depth) {
        out.append('[');
        String comma = "";
        for (Object item : list) {
            out.append(comma);
            newline(depth + 1);
            append(item, depth + 1);
            comma = style.comma();
        }
        if (!list.isEmpty()) {
            newline(depth);
        }
        out.append(']');
    }

    private void map(Map<?, ?> map, int depth) {
        out.append('{');
        String comma = "";
        for (Iterator<? extends Map.Entry<?, ?>> i = entries(map); i.hasNext(); ) {
            Map.Entry<?, ?> entry = i.next();
            out.append(comma);
            newline(depth + 1);
            quote(key(entry.getKey()));
            out.append(style.colon());
            append(entry.getValue(), depth + 1);
            comma = style.comma();
        }
        if (!map.isEmpty()) {
            newline(depth);
        }
        out.append('}');
    }

    private Iterator<? extends Map.Entry<?, ?>> entries(Map<?, ?> map) {
        return style.sortKeys()
            ? map.entrySet().stream().sorted((a, b) -> Operators.order(a.getKey(), b.getKey(), budget)).iterator()
            : map.entrySet().iterator();
    }

    private static String key(Object key) {
        return switch (key) {
            case null -> "null";
            case String s -> s;
            case Boolean b -> b.toString();
            case Long _, BigInteger _ -> key.toString();
            case Double d -> number(d);
            default -> throw new Fault("keys must be str, int, float, bool or None, not " + Values.typeName(key));
        };
    }

    private void newline(int depth) {
        if (style.indent() != null) {
            budget.cap(out.length() + (long) style.indent().length() * depth);
            out.append('\n').repeat(style.indent(), depth);
        }
    }

    private void quote(String text) {
        budget.cap((long) out.length() + text.length());
        out.append('"');
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            String escape = escape(text.charAt(i));
            if (escape != null) {
                budget.provenance.append(out, text, from, i);
                budget.provenance.append(out, text, i, escape);
                from = i + 1;
            }
        }
        budget.provenance.append(out, text, from, text.length());
        out.append('"');
    }

    /// Null for a character that stands for itself.
    private String escape(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            default -> c < 0x20 || style.ascii() && c > 0x7e ? String.format("\\u%04x", (int) c) : null;
        };
    }
}
