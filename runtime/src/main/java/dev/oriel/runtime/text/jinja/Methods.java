package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The methods of lists, maps and numbers that change nothing; the others are refused, as Jinja's immutable sandbox does.
final class Methods {
    static final Map<String, Builtin> SEQUENCE = new HashMap<>();
    static final Map<String, Builtin> LIST = new HashMap<>();
    static final Map<String, Builtin> MAP = new HashMap<>();
    static final Map<String, Builtin> INTEGER = new HashMap<>();
    static final Map<String, Builtin> FLOAT = new HashMap<>();

    private Methods() { }

    static {
        Builtin.row(SEQUENCE, "count", "self value", (run, a) ->
            ((List<?>) a.get(0)).stream().filter(item -> Values.equal(item, a.get(1), run.budget)).count());
        Builtin.row(SEQUENCE, "index", "self value start? stop?", (run, a) -> index(run, (List<?>) a.get(0), a));
        LIST.putAll(SEQUENCE);
        Builtin.row(LIST, "copy", "self", (run, a) -> {
            run.budget.items(((List<?>) a.get(0)).size());
            return new ArrayList<Object>((List<?>) a.get(0));
        });
        Builtin.row(MAP, "get", "self key default?", (run, a) -> {
            run.budget.read(a.get(1));
            return Values.find(map(a.get(0)), a.get(1), a.orNone(2));
        });
        Builtin.row(MAP, "items", "self", (_, a) -> new View(View.Kind.ITEMS, map(a.get(0))));
        Builtin.row(MAP, "keys", "self", (_, a) -> new View(View.Kind.KEYS, map(a.get(0))));
        Builtin.row(MAP, "values", "self", (_, a) -> new View(View.Kind.VALUES, map(a.get(0))));
        Builtin.row(MAP, "copy", "self", (run, a) -> {
            run.budget.items(map(a.get(0)).size());
            return new LinkedHashMap<Object, Object>(map(a.get(0)));
        });
        Builtin.row(MAP, "fromkeys", "self keys value?", (run, a) -> {
            Map<Object, Object> made = new LinkedHashMap<>();
            Values.list(a.get(1), run.budget).forEach(key -> Values.put(made, key, a.orNone(2)));
            return made;
        });
        Builtin.row(INTEGER, "bit_length", "self", (_, a) -> 64L - Long.numberOfLeadingZeros(Math.abs(a.integer(0))));
        Builtin.row(INTEGER, "is_integer", "self", (_, _) -> true);
        Builtin.row(FLOAT, "is_integer", "self", (_, a) -> a.get(0) instanceof Double d && Double.isFinite(d) && d == Math.rint(d));
    }

    private static Map<?, ?> map(Object self) {
        return (Map<?, ?>) self;
    }

    private static Object index(Interpreter run, List<?> list, Builtin.Bound a) {
        long from = a.integer(2, 0);
        long to = a.integer(3, list.size());
        for (long i = from < 0 ? Math.max(0, from + list.size()) : from; i < Math.min(list.size(), to < 0 ? to + list.size() : to); i++) {
            if (Values.equal(list.get((int) i), a.get(1), run.budget)) {
                return i;
            }
        }
        throw new Fault(Repr.repr(a.get(1), run.budget) + " is not in list");
    }
}
