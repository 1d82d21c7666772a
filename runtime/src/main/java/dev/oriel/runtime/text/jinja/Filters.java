package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Builtin.Bound;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// The table of filters, and those that make one value of one value; see [SequenceFilters] for the others.
final class Filters {
    static final Map<String, Builtin> TABLE = new HashMap<>();

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Filters() { }

    private interface OnText {
        String apply(Interpreter run, String text, Bound arguments);
    }

    /// A filter of the text of any value.
    private static void text(String names, String parameters, OnText body) {
        Builtin.row(TABLE, names, parameters.isEmpty() ? "s" : "s " + parameters, (run, a) -> {
            String text = Repr.str(a.get(0), run.budget);
            run.budget.text(text.length());
            return Markup.like(a.get(0), body.apply(run, text, a));
        });
    }

    static {
        text("trim", "chars?", (run, s, a) -> StringMethods.strip(run, s, a, true, true));
        text("upper", "", (_, s, _) -> Text.upper(s));
        text("lower", "", (_, s, _) -> Text.lower(s));
        text("capitalize", "", (_, s, _) -> Text.capitalize(s));
        text("title", "", (_, s, _) -> title(s));
        text("string", "", (_, s, _) -> s);
        text("center", "width?", (run, s, a) -> StringMethods.center(s, a.integer(1, 80), " ", run.budget));
        Builtin.row(TABLE, "replace", "s old new count?", (run, a) -> Text.replace(Repr.str(a.get(0), run.budget),
            Repr.str(a.get(1), run.budget), Repr.str(a.get(2), run.budget), a.integer(3, -1), run.budget));
        Builtin.row(TABLE, "indent", "s width? first? blank?", (run, a) -> indent(run, a));
        Builtin.row(TABLE, "truncate", "s length? killwords? end? leeway?", (run, a) -> truncate(run, a));
        Builtin.row(TABLE, "wordcount", "s", (run, a) -> wordCount(run, Repr.str(a.get(0), run.budget)));
        Builtin.row(TABLE, "format", "value *", (run, a) -> Operators.binary("%", textOf(a.get(0), run),
            a.rest.named().isEmpty() ? new Tuple(a.rest.positional(), List.of()) : a.rest.named(), run.budget));
        Builtin.row(TABLE, "escape e", "value", (run, a) -> new Markup(Markup.escape(a.get(0), run.budget)));
        Builtin.row(TABLE, "forceescape", "value", (run, a) -> new Markup(Markup.escape(Repr.str(a.get(0), run.budget), run.budget)));
        Builtin.row(TABLE, "safe", "value", (run, a) -> new Markup(Repr.str(a.get(0), run.budget)));
        Builtin.row(TABLE, "urlencode", "value", (run, a) -> urlEncode(run, a.get(0)));
        Builtin.row(TABLE, "default d", "value default_value? boolean?", (_, a) ->
            a.get(0) instanceof Undefined || a.truth(2) && !Values.truth(a.get(0)) ? a.get(1, "") : a.get(0));
        Builtin.row(TABLE, "int", "value default? base?", (_, a) -> toInteger(a));
        Builtin.row(TABLE, "float", "value default?", (_, a) -> toFloat(a));
        Builtin.row(TABLE, "abs", "x", (_, a) -> absolute(a.get(0)));
        Builtin.row(TABLE, "round", "value precision? method?", (_, a) -> round(a));
        Builtin.row(TABLE, "tojson", "x ensure_ascii? indent? separators? sort_keys?", (run, a) -> JsonText.of(a.get(0), style(a), run.budget));
        Builtin.row(TABLE, "attr", "obj name", (_, a) -> Access.attributeOnly(a.get(0), a.text(1)));
        SequenceFilters.addTo(TABLE);
        SelectionFilters.addTo(TABLE);
    }

    /// Runs a filter by its name, which may be unknown.
    static Object apply(String name, Interpreter run, Arguments arguments) {
        Builtin filter = TABLE.get(name);
        if (filter == null) {
            throw new Fault("no filter named '" + name + "'");
        }
        return filter.call(run, arguments);
    }

    private static Object textOf(Object value, Interpreter run) {
        return value instanceof Markup ? value : Repr.str(value, run.budget);
    }

    /// Jinja's own: words begin after space, hyphens and opening brackets.
    private static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            boolean separator = i == text.length() || Text.isSpace(text.charAt(i)) || "-({[<".indexOf(text.charAt(i)) >= 0;
            if (separator) {
                if (i > from) {
                    int first = from + Character.charCount(text.codePointAt(from));
                    out.append(Text.upper(text.substring(from, first))).append(Text.lower(text.substring(first, i)));
                }
                if (i < text.length()) {
                    out.append(text.charAt(i));
                }
                from = i + 1;
            }
        }
        return out.toString();
    }

    private static Object indent(Interpreter run, Bound a) {
        String text = a.text(0);
        String indention = a.has(1) && Values.text(a.get(1)) != null ? a.text(1) : Text.pad("", a.integer(1, 4), " ", '<', run.budget);
        List<Object> lines = Text.lines(text + "\n", false);
        run.budget.provenance.note(lines, text, -1);
        StringBuilder out = new StringBuilder(a.truth(2) ? indention : "");
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            if (i > 0) {
                out.append('\n').append(line.isEmpty() && !a.truth(3) ? "" : indention);
            }
            run.budget.provenance.append(out, line);
            run.budget.cap(out.length());
        }
        run.budget.text(out.length());
        return Markup.like(a.get(0), run.budget.provenance.text(out));
    }

    private static Object truncate(Interpreter run, Bound a) {
        run.budget.read(a.get(0));
        long length = a.integer(1, 255);
        String end = a.text(3, "...");
        long keep = length - Text.length(end);
        if (keep < 0) {
            throw new Fault("expected length >= " + Text.length(end) + ", got " + length);
        }
        if (Values.length(a.get(0)) <= length + a.integer(4, 5)) {
            return a.get(0);
        }
        String text = a.text(0);
        String cut = text.substring(0, Text.offset(text, keep));
        int space = cut.lastIndexOf(' ');
        return Markup.like(a.get(0), (a.truth(2) || space < 0 ? cut : cut.substring(0, space)) + end);
    }

    private static long wordCount(Interpreter run, String text) {
        run.budget.read(text);
        long words = 0;
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            boolean word = c == '_' || Character.isLetterOrDigit(c);
            words += word && !inside ? 1 : 0;
            inside = word;
        }
        return words;
    }

    private static Object urlEncode(Interpreter run, Object value) {
        if (Values.text(value) != null || !Values.iterable(value)) {
            return quoted(Repr.str(value, run.budget), true, run);
        }
        StringBuilder out = new StringBuilder();
        Iterator<Object> pairs = value instanceof Map<?, ?> map ? new View(View.Kind.ITEMS, map).iterator() : Values.iterate(value);
        while (pairs.hasNext()) {
            List<Object> pair = Values.list(pairs.next(), run.budget);
            if (pair.size() != 2) {
                throw new Fault("urlencode needs pairs");
            }
            out.append(out.isEmpty() ? "" : "&").append(quoted(Repr.str(pair.get(0), run.budget), false, run))
                .append('=').append(quoted(Repr.str(pair.get(1), run.budget), false, run));
            run.budget.cap(out.length());
        }
        return out.toString();
    }

    private static String quoted(String text, boolean slash, Interpreter run) {
        run.budget.step(text.length() / 4);
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "_.-~".indexOf(b) >= 0 || slash && b == '/');
            if (plain) {
                out.append((char) b);
            } else {
                out.append(!slash && b == ' ' ? "+" : "%" + HEX.toHexDigits(b));
            }
        }
        run.budget.text(out.length());
        return out.toString();
    }

    private static Object toInteger(Bound a) {
        Object value = a.get(0);
        Operators.requireDefined(value);
        Object otherwise = a.get(1, 0L);
        if (Values.text(value) != null) {
            Number parsed = Numbers.parse(Values.text(value), (int) a.integer(2, 10));
            Double d = parsed != null ? null : Numbers.parseFloat(Values.text(value));
            return parsed != null ? parsed : d == null || !Double.isFinite(d) ? otherwise : Numbers.truncate(d);
        }
        return switch (Values.number(value)) {
            case Double d -> Double.isFinite(d) ? Numbers.truncate(d) : otherwise;
            case null -> otherwise;
            case Number n -> n;
        };
    }

    private static Object toFloat(Bound a) {
        Operators.requireDefined(a.get(0));
        Object otherwise = a.get(1, 0.0);
        if (Values.text(a.get(0)) != null) {
            Double parsed = Numbers.parseFloat(Values.text(a.get(0)));
            return parsed == null ? otherwise : parsed;
        }
        Number number = Values.number(a.get(0));
        return number == null ? otherwise : (Object) number.doubleValue();
    }

    private static Object absolute(Object value) {
        Operators.requireDefined(value);
        return switch (Values.number(value)) {
            case Double d -> Math.abs(d);
            case null -> throw new Fault("bad operand type for abs(): '" + Values.typeName(value) + "'");
            case Number n -> Numbers.narrow(Numbers.big(n).abs());
        };
    }

    private static Object round(Bound a) {
        Object value = a.get(0);
        Operators.requireDefined(value);
        int precision = Math.clamp(a.integer(1, 0), -400, 400);
        String method = a.text(2, "common");
        Number number = Values.number(value);
        if (number == null || !List.of("common", "ceil", "floor").contains(method)) {
            throw new Fault(number == null ? "type " + Values.typeName(value) + " doesn't define __round__ method" : "method must be common, ceil or floor");
        }
        double d = number.doubleValue();
        if (!method.equals("common")) {
            double scale = Math.pow(10, precision);
            return (method.equals("ceil") ? Math.ceil(d * scale) : Math.floor(d * scale)) / scale;
        }
        if (!(number instanceof Double)) {
            return precision >= 0 ? (Object) number : Numbers.narrow(new BigDecimal(Numbers.big(number)).setScale(precision, RoundingMode.HALF_EVEN).toBigInteger());
        }
        return Double.isFinite(d) ? Math.copySign(new BigDecimal(d).setScale(precision, RoundingMode.HALF_EVEN).doubleValue(), d) : d;
    }

    private static JsonText.Style style(Bound a) {
        Object indent = a.orNone(2);
        String unit = switch (indent) {
            case null -> null;
            case String s -> s;
            default -> " ".repeat(Math.clamp(a.integer(2), 0, 1000));
        };
        String comma = indent == null ? ", " : ",";
        String colon = ": ";
        if (a.orNone(3) != null) {
            if (!(a.get(3) instanceof List<?> both) || both.size() != 2 || Values.text(both.get(0)) == null || Values.text(both.get(1)) == null) {
                throw new Fault("tojson: separators must be two strings");
            }
            comma = Values.text(both.get(0));
            colon = Values.text(both.get(1));
        }
        return new JsonText.Style(a.truth(1), unit, comma, colon, a.truth(4));
    }
}
