package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Builtin.Bound;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/// The methods of strings. The first argument is the string itself.
final class StringMethods {
    static final Map<String, Builtin> TABLE = new HashMap<>();

    private StringMethods() { }

    private interface OnText {
        Object apply(Interpreter run, String self, Bound arguments);
    }

    private static void row(String name, String parameters, OnText body) {
        String all = parameters.isEmpty() ? "self" : "self " + parameters;
        Builtin.row(TABLE, name, all, (run, a) -> {
            String self = Values.text(a.get(0));
            run.budget.text(self.length());
            Object result = body.apply(run, self, a);
            return result instanceof String text ? Markup.like(a.get(0), text) : result;
        });
    }

    static {
        row("upper", "", (_, s, _) -> Text.upper(s));
        row("lower", "", (_, s, _) -> Text.lower(s));
        row("casefold", "", (_, s, _) -> Text.lower(Text.upper(s)));
        row("title", "", (_, s, _) -> Text.title(s));
        row("capitalize", "", (_, s, _) -> Text.capitalize(s));
        row("swapcase", "", (_, s, _) -> Text.swapCase(s));
        row("strip", "chars?", (run, s, a) -> strip(run, s, a, true, true));
        row("lstrip", "chars?", (run, s, a) -> strip(run, s, a, true, false));
        row("rstrip", "chars?", (run, s, a) -> strip(run, s, a, false, true));
        row("removeprefix", "prefix", (run, s, a) -> s.startsWith(a.text(1)) ? run.budget.provenance.part(s, a.text(1).length(), s.length()) : s);
        row("removesuffix", "suffix", (run, s, a) -> s.endsWith(a.text(1)) ? run.budget.provenance.part(s, 0, s.length() - a.text(1).length()) : s);
        row("split", "sep? maxsplit?", (run, s, a) -> marked(a.get(0), split(run, s, a, false)));
        row("rsplit", "sep? maxsplit?", (run, s, a) -> marked(a.get(0), split(run, s, a, true)));
        row("splitlines", "keepends?", (run, s, a) -> marked(a.get(0), counted(run, s, Text.lines(s, a.truth(1)), -1)));
        row("partition", "sep", (run, s, a) -> new Tuple(marked(a.get(0), partition(run, s, a.text(1), false)), List.of()));
        row("rpartition", "sep", (run, s, a) -> new Tuple(marked(a.get(0), partition(run, s, a.text(1), true)), List.of()));
        row("replace", "old new count?", (run, s, a) -> Text.replace(s, a.text(1), a.text(2), a.integer(3, -1), run.budget));
        row("join", "iterable", (run, s, a) -> join(run, s, a.get(1)));
        row("startswith", "prefix start? end?", (_, s, a) -> affix(s, a, true));
        row("endswith", "suffix start? end?", (_, s, a) -> affix(s, a, false));
        row("find", "sub start? end?", (run, s, a) -> find(run, s, a, true));
        row("rfind", "sub start? end?", (run, s, a) -> find(run, s, a, false));
        row("index", "sub start? end?", (run, s, a) -> found(find(run, s, a, true)));
        row("rindex", "sub start? end?", (run, s, a) -> found(find(run, s, a, false)));
        row("count", "sub start? end?", StringMethods::count);
        row("center", "width fillchar?", (run, s, a) -> center(s, a.integer(1), fill(a), run.budget));
        row("ljust", "width fillchar?", (run, s, a) -> Text.pad(s, a.integer(1), fill(a), '<', run.budget));
        row("rjust", "width fillchar?", (run, s, a) -> Text.pad(s, a.integer(1), fill(a), '>', run.budget));
        row("zfill", "width", (run, s, a) -> {
            int sign = s.startsWith("-") || s.startsWith("+") ? 1 : 0;
            return s.substring(0, sign) + Text.pad(s.substring(sign), a.integer(1) - sign, "0", '>', run.budget);
        });
        row("expandtabs", "tabsize?", (run, s, a) -> expandTabs(s, a.integer(1, 8), run.budget));
        row("format", "*", (run, s, a) -> StrFormat.format(s, a.rest, run));
        row("format_map", "mapping", (run, s, a) -> {
            Map<String, Object> named = new HashMap<>();
            if (!(a.get(1) instanceof Map<?, ?> map)) {
                throw new Fault("format_map() needs a mapping");
            }
            map.forEach((key, value) -> named.put(String.valueOf(key), value));
            return StrFormat.format(s, new Arguments(List.of(), named), run);
        });
        row("islower", "", (_, s, _) -> Text.isAll(s, Character::isLowerCase));
        row("isupper", "", (_, s, _) -> Text.isAll(s, Character::isUpperCase));
        row("istitle", "", (_, s, _) -> Text.isTitle(s));
        row("isascii", "", (_, s, _) -> s.chars().allMatch(c -> c < 128));
        row("isprintable", "", (_, s, _) -> s.codePoints().allMatch(Text::isPrintable));
        row("isidentifier", "", (_, s, _) -> all(s, c -> c == '_' || Character.isLetterOrDigit(c)) && !Character.isDigit(s.codePointAt(0)));
        row("isspace", "", (_, s, _) -> all(s, Text::isSpace));
        row("isalpha", "", (_, s, _) -> all(s, Character::isLetter));
        row("isalnum", "", (_, s, _) -> all(s, c -> Character.isLetter(c) || numeric(c)));
        row("isdecimal", "", (_, s, _) -> all(s, Character::isDigit));
        row("isdigit", "", (_, s, _) -> all(s, c -> Character.isDigit(c) || "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉".indexOf(c) >= 0));
        row("isnumeric", "", (_, s, _) -> all(s, StringMethods::numeric));
    }

    static String strip(Interpreter run, String text, Bound a, boolean left, boolean right) {
        String chars = a.text(1, null);
        run.budget.search(text.length(), chars == null ? 0 : chars.length());
        String rest = Text.strip(text, chars, left, right);
        int from = left && rest.length() < text.length() ? text.length() - Text.strip(text, chars, true, false).length() : 0;
        run.budget.provenance.note(rest, text, from);
        return rest;
    }

    private static boolean numeric(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER || type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static List<Object> counted(Interpreter run, String text, List<Object> parts, int gap) {
        run.budget.items(parts.size());
        run.budget.provenance.note(parts, text, gap);
        return parts;
    }

    private static List<Object> split(Interpreter run, String text, Bound a, boolean right) {
        String separator = a.text(1, null);
        long max = a.integer(2, -1);
        if (separator != null) {
            run.budget.search(text.length(), separator.length());
        }
        List<Object> parts = right ? Text.splitRight(text, separator, max) : Text.split(text, separator, max);
        return counted(run, text, parts, separator == null ? -1 : separator.length());
    }

    private static List<Object> marked(Object self, List<Object> parts) {
        if (self instanceof Markup) {
            parts.replaceAll(part -> new Markup((String) part));
        }
        return parts;
    }

    private static List<Object> partition(Interpreter run, String text, String separator, boolean last) {
        Text.requireSeparator(separator);
        run.budget.search(text.length(), separator.length());
        int at = last ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return Arrays.asList(last ? new Object[] {"", "", text} : new Object[] {text, "", ""});
        }
        Provenance provenance = run.budget.provenance;
        return Arrays.asList(provenance.part(text, 0, at), separator, provenance.part(text, at + separator.length(), text.length()));
    }

    private static String join(Interpreter run, String separator, Object items) {
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Iterator<Object> i = Values.iterate(items); i.hasNext(); first = false) {
            Object item = i.next();
            String text = Values.text(item);
            if (text == null) {
                throw new Fault("sequence item: expected str instance, " + Values.typeName(item) + " found");
            }
            run.budget.text((first ? 0 : separator.length()) + text.length());
            run.budget.step();
            run.budget.cap((long) out.length() + separator.length() + text.length());
            out.append(first ? "" : separator);
            run.budget.provenance.append(out, text);
        }
        return run.budget.provenance.text(out);
    }

    private static int[] bounds(String text, Bound a) {
        return Text.bounds(text, a.has(2) && a.get(2) != null ? a.integer(2) : null, a.has(3) && a.get(3) != null ? a.integer(3) : null);
    }

    private static Object affix(String text, Bound a, boolean start) {
        List<?> affixes = a.get(1) instanceof Tuple tuple ? tuple : List.of(a.text(1));
        int[] bounds = bounds(text, a);
        if (bounds == null) {
            return false;
        }
        String part = text.substring(bounds[0], bounds[1]);
        for (Object affix : affixes) {
            String expected = Values.text(affix);
            if (expected == null) {
                throw new Fault((start ? "startswith" : "endswith") + " needs a str or a tuple of str, not " + Values.typeName(affix));
            }
            if (start ? part.startsWith(expected) : part.endsWith(expected)) {
                return true;
            }
        }
        return false;
    }

    private static long find(Interpreter run, String text, Bound a, boolean first) {
        String wanted = a.text(1);
        int[] bounds = bounds(text, a);
        if (bounds == null) {
            return -1;
        }
        run.budget.search(text.length(), wanted.length());
        String part = text.substring(bounds[0], bounds[1]);
        int at = first ? part.indexOf(wanted) : part.lastIndexOf(wanted);
        return at < 0 ? -1 : text.codePointCount(0, bounds[0] + at);
    }

    private static Object found(long at) {
        if (at < 0) {
            throw new Fault("substring not found");
        }
        return at;
    }

    private static Object count(Interpreter run, String text, Bound a) {
        String wanted = a.text(1);
        int[] bounds = bounds(text, a);
        if (bounds == null) {
            return 0L;
        }
        run.budget.search(text.length(), wanted.length());
        String part = text.substring(bounds[0], bounds[1]);
        if (wanted.isEmpty()) {
            return Text.length(part) + 1L;
        }
        long count = 0;
        for (int at = part.indexOf(wanted); at >= 0; at = part.indexOf(wanted, at + wanted.length())) {
            count++;
        }
        return count;
    }

    private static String fill(Bound a) {
        String fill = a.text(2, " ");
        if (Text.length(fill) != 1) {
            throw new Fault("the fill character must be exactly one character long");
        }
        return fill;
    }

    /// Python's `center` puts the odd space left of texts of odd length, `format` puts it right.
    static String center(String text, long width, String fill, Budget budget) {
        int length = Text.length(text);
        long missing = width - length;
        long before = missing / 2 + (missing & width & 1);
        return missing <= 0 ? text : Text.pad(Text.pad(text, length + before, fill, '>', budget), width, fill, '<', budget);
    }

    private static String expandTabs(String text, long size, Budget budget) {
        StringBuilder out = new StringBuilder();
        long column = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\t') {
                long spaces = size <= 0 ? 0 : size - column % size;
                budget.text(out.length() + spaces);
                out.repeat(' ', (int) spaces);
                column += spaces;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
            }
        }
        return out.toString();
    }
}
