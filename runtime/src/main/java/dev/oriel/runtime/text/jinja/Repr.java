package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Python's `str` and `repr`.
final class Repr {
    private static final int DEPTH = 200;

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    /// Those that are somebody's.
    private final List<Object> quoted = new ArrayList<>();

    private Repr(Budget budget) {
        this.budget = budget;
    }

    static String str(Object value, Budget budget) {
        return switch (value) {
            case String s -> s;
            case Markup m -> m.text();
            case Undefined _ -> "";
            case null, default -> repr(value, budget);
        };
    }

    static String repr(Object value, Budget budget) {
        Repr repr = new Repr(budget);
        repr.append(value, 0);
        budget.text(repr.out.length());
        return (String) budget.provenance.derived(repr.out.toString(), repr.quoted);
    }

    static String quote(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (Text.isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                    }
                }
            }
        });
        return out.append(quote).toString();
    }

    private void append(Object value, int depth) {
        budget.step();
        budget.cap(out.length());
        if (depth > DEPTH) {
            throw new Fault("maximum recursion depth exceeded while getting the repr of an object");
        }
        switch (value) {
            case null -> out.append("None");
            case Boolean b -> out.append(b ? "True" : "False");
            case Double d -> out.append(Numbers.repr(d));
            case String s -> text(s);
            case Markup m -> out.append("Markup(").append(quote(m.text())).append(')');
            case Tuple tuple -> {
                items("(", tuple.iterator(), "", depth);
                out.append(tuple.size() == 1 ? ",)" : ")");
            }
            case Range r -> out.append("range(").append(r.start).append(", ").append(r.stop).append(r.step == 1 ? ")" : ", " + r.step + ")");
            case List<?> list -> items("[", list.iterator(), "]", depth);
            case Map<?, ?> map -> map("{", map, "}", depth);
            case View view -> items(Values.typeName(view) + "([", view.iterator(), "])", depth);
            case Namespace namespace -> map("<Namespace {", namespace.attributes, "}>", depth);
            case Undefined _ -> out.append("Undefined");
            case Loop loop -> out.append(loop);
            case Macro macro -> out.append("<Macro ").append(quote(macro.name())).append('>');
            case Callable callable -> out.append("<built-in method ").append(callable.name()).append('>');
            case Generator _ -> out.append("<generator object>");
            default -> out.append(value);
        }
    }

    private void text(String text) {
        if (budget.provenance.ofSomebody(text, 0)) {
            quoted.add(text);
        }
        out.append(quote(text));
    }

    private void items(String open, Iterator<?> items, String close, int depth) {
        out.append(open);
        for (String comma = ""; items.hasNext(); comma = ", ") {
            out.append(comma);
            append(items.next(), depth + 1);
        }
        out.append(close);
    }

    private void map(String open, Map<?, ?> map, String close, int depth) {
        out.append(open);
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(comma);
            append(entry.getKey(), depth + 1);
            out.append(": ");
            append(entry.getValue(), depth + 1);
            comma = ", ";
        }
        out.append(close);
    }
}
