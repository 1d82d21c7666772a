package dev.oriel.runtime.text.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's `text % values`.
final class Printf {
    private static final Pattern FIELD = Pattern.compile("%(?:\\(([^)]*)\\))?([-+ #0]*)(\\*|\\d*)(?:\\.(\\*|\\d*))?[hlL]?(.)?", Pattern.DOTALL);

    private final Object values;
    private final Budget budget;
    private int next;

    private Printf(Object values, Budget budget) {
        this.values = values;
        this.budget = budget;
    }

    static String format(String pattern, Object values, Budget budget) {
        budget.read(pattern);
        Printf printf = new Printf(values, budget);
        StringBuilder out = new StringBuilder();
        Matcher m = FIELD.matcher(pattern);
        int at = 0;
        while (m.find(at)) {
            out.append(pattern, at, m.start()).append(printf.field(m));
            budget.cap(out.length());
            at = m.end();
        }
        out.append(pattern, at, pattern.length());
        budget.text(out.length());
        boolean mayBeUnused = values instanceof Map || values instanceof List || values instanceof Undefined;
        if (values instanceof Tuple tuple ? printf.next < tuple.size() : printf.next == 0 && !mayBeUnused) {
            throw new Fault("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private Object next() {
        Object[] all = values instanceof Tuple tuple ? tuple.toArray() : new Object[] {values};
        if (next >= all.length) {
            throw new Fault("not enough arguments for format string");
        }
        return all[next++];
    }

    private String field(Matcher m) {
        budget.step();
        if (m.group(5) == null) {
            throw new Fault("incomplete format");
        }
        char type = m.group(5).charAt(0);
        if (type == '%') {
            return "%";
        }
        String flags = m.group(2);
        int width = star(m.group(3), 0);
        int precision = m.group(4) == null ? -1 : star(m.group(4), 0);
        Object value = m.group(1) == null ? next() : named(m.group(1));
        boolean left = flags.contains("-") || width < 0;
        boolean zero = flags.contains("0") && !left && "sra".indexOf(type) < 0;
        char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : 0;
        String text = switch (type) {
            case 's' -> cut(Repr.str(value, budget), precision);
            case 'r', 'a' -> cut(Repr.repr(value, budget), precision);
            case 'c' -> value instanceof Long n ? Character.toString(Math.clamp(n, 0, Character.MAX_CODE_POINT)) : Repr.str(value, budget);
            case 'd', 'i', 'u', 'x', 'X', 'o' -> integer(value, type, sign, flags.contains("#"), precision);
            case 'e', 'E', 'f', 'F', 'g', 'G' -> decimal(value, type, sign, flags.contains("#"), precision);
            default -> throw new Fault("unsupported format character '" + type + "'");
        };
        int signs = !text.isEmpty() && "+- ".indexOf(text.charAt(0)) >= 0 ? 1 : 0;
        return zero ? text.substring(0, signs) + Text.pad(text.substring(signs), Math.abs((long) width) - signs, "0", '>', budget)
            : Text.pad(text, Math.abs((long) width), " ", left ? '<' : '>', budget);
    }

    private int star(String digits, int otherwise) {
        if (!digits.equals("*")) {
            return FormatSpec.number(digits, otherwise);
        }
        return next() instanceof Long n ? Math.clamp(n, -Budget.TEXT, Budget.TEXT) : otherwise;
    }

    private Object named(String name) {
        if (!(values instanceof Map<?, ?> map)) {
            throw new Fault("format requires a mapping");
        }
        Object value = Values.find(map, name, Values.MISSING);
        if (value == Values.MISSING) {
            throw new Fault("no key '" + name + "' for the format string");
        }
        return value;
    }

    private static String cut(String text, int precision) {
        return precision >= 0 && precision < Text.length(text) ? text.substring(0, Text.offset(text, precision)) : text;
    }

    private static Number number(Object value, char type) {
        Operators.requireDefined(value);
        Number number = Values.number(value);
        if (number == null) {
            throw new Fault("%" + type + " format: a real number is required, not " + Values.typeName(value));
        }
        return number;
    }

    private String integer(Object value, char type, char sign, boolean alternate, int precision) {
        Number number = number(value, type);
        boolean decimal = "diu".indexOf(type) >= 0;
        if (!decimal && number instanceof Double) {
            throw new Fault("%" + type + " format: an integer is required, not float");
        }
        BigInteger n = Numbers.big(number instanceof Double d ? Numbers.truncate(d) : number);
        String digits = n.abs().toString(decimal ? 10 : type == 'o' ? 8 : 16);
        digits = Text.pad(type == 'X' ? Text.upper(digits) : digits, precision, "0", '>', budget);
        return (n.signum() < 0 ? "-" : sign == 0 ? "" : String.valueOf(sign)) + (alternate && !decimal ? "0" + type : "") + digits;
    }

    private static String decimal(Object value, char type, char sign, boolean alternate, int precision) {
        double d = number(value, type).doubleValue();
        if (precision > 1000) {
            throw new Fault("precision too big");
        }
        boolean negative = d < 0 || d == 0 && 1 / d < 0;
        return (negative ? "-" : sign == 0 ? "" : String.valueOf(sign)) + FormatSpec.digits(Math.abs(d), type, precision, alternate);
    }
}
