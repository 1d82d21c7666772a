package dev.oriel.runtime.text.jinja;

/// Python's `str.format`.
final class StrFormat {
    private final Interpreter run;
    private final Arguments arguments;
    /// The next number of fields without one; -1 where the fields carry their own.
    private int next;

    private StrFormat(Interpreter run, Arguments arguments) {
        this.run = run;
        this.arguments = arguments;
    }

    static String format(String pattern, Arguments arguments, Interpreter run) {
        String text = new StrFormat(run, arguments).expand(pattern, 0);
        run.budget.text(text.length());
        return text;
    }

    private String expand(String pattern, int depth) {
        if (depth > 2) {
            throw new Fault("max string recursion exceeded");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            boolean twice = i + 1 < pattern.length() && pattern.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && twice) {
                out.append(c);
                i++;
            } else if (c == '}') {
                throw new Fault("single '}' encountered in format string");
            } else if (c == '{') {
                int end = closing(pattern, i);
                out.append(field(pattern.substring(i + 1, end), depth));
                i = end;
            } else {
                out.append(c);
            }
            run.budget.cap(out.length());
        }
        return out.toString();
    }

    private static int closing(String pattern, int open) {
        int depth = 0;
        for (int i = open; i < pattern.length(); i++) {
            depth += pattern.charAt(i) == '{' ? 1 : pattern.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new Fault("expected '}' before end of string");
    }

    private String field(String field, int depth) {
        run.budget.step();
        int colon = field.indexOf(':');
        String name = colon < 0 ? field : field.substring(0, colon);
        int mark = name.indexOf('!');
        Object value = value(mark < 0 ? name : name.substring(0, mark));
        if (mark >= 0) {
            value = switch (name.substring(mark + 1)) {
                case "s" -> Repr.str(value, run.budget);
                case "r", "a" -> Repr.repr(value, run.budget);
                default -> throw new Fault("unknown conversion specifier in format string");
            };
        }
        String spec = colon < 0 ? "" : expand(field.substring(colon + 1), depth + 1);
        return FormatSpec.parse(spec).format(value, run.budget);
    }

    private Object value(String path) {
        int end = 0;
        while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
            end++;
        }
        Object value = argument(path.substring(0, end));
        while (end < path.length()) {
            boolean item = path.charAt(end) == '[';
            int from = end + 1;
            end = from;
            while (end < path.length() && (item ? path.charAt(end) != ']' : path.charAt(end) != '.' && path.charAt(end) != '[')) {
                end++;
            }
            String key = path.substring(from, end);
            Number number = item ? Numbers.parse(key, 10) : null;
            value = item ? Access.item(value, number == null ? key : number, run.budget) : Access.attribute(value, key);
            end += item ? 1 : 0;
        }
        return value;
    }

    private Object argument(String name) {
        Number number = name.isEmpty() ? (Number) (long) next : Numbers.parse(name, 10);
        if (number == null) {
            if (!arguments.named().containsKey(name)) {
                throw new Fault("no argument '" + name + "' for the format string");
            }
            return arguments.named().get(name);
        }
        if (name.isEmpty() ? next < 0 : next > 0) {
            throw new Fault("cannot switch between automatic and manual field numbering");
        }
        next = name.isEmpty() ? next + 1 : -1;
        if (number.longValue() < 0 || number.longValue() >= arguments.positional().size()) {
            throw new Fault("replacement index " + number + " out of range for positional args tuple");
        }
        return arguments.positional().get(number.intValue());
    }
}
