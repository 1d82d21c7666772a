package dev.oriel.runtime.text.jinja;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// The functions every template has.
final class Globals {
    static final Map<String, Builtin> TABLE = new HashMap<>();

    private Globals() { }

    static {
        Builtin.row(TABLE, "range", "start stop? step?", (run, a) -> {
            Range range = a.has(1) ? new Range(a.integer(0), a.integer(1), a.integer(2, 1)) : new Range(0, a.integer(0), 1);
            run.budget.step();
            return range;
        });
        Builtin.row(TABLE, "dict", "*", (run, a) -> map(run, a.rest));
        Builtin.row(TABLE, "namespace", "*", (run, a) -> {
            Namespace namespace = new Namespace();
            map(run, a.rest).forEach((name, value) -> namespace.attributes.put(Repr.str(name, run.budget), value));
            return namespace;
        });
        Builtin.row(TABLE, "cycler", "*", (_, a) -> new Cycler(a.rest.positional()));
        Builtin.row(TABLE, "joiner", "sep?", (_, a) -> {
            boolean[] used = {false};
            return Builtin.of("joiner", "", (_, _) -> {
                boolean first = !used[0];
                used[0] = true;
                return first ? "" : a.get(0, ", ");
            });
        });
        Builtin.row(TABLE, "raise_exception", "message", (run, a) -> {
            throw Fault.raised(Repr.str(a.get(0), run.budget));
        });
        Builtin.row(TABLE, "strftime_now", "format", (run, a) -> Strftime.format(a.text(0), run.now, run.budget));
    }

    private static Map<Object, Object> map(Interpreter run, Arguments arguments) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (arguments.positional().size() > 1) {
            throw new Fault("dict expected at most 1 argument, got " + arguments.positional().size());
        }
        for (Object source : arguments.positional()) {
            if (source instanceof Map<?, ?> other) {
                run.budget.items(other.size());
                map.putAll(other);
            } else {
                for (Iterator<Object> pairs = Values.iterate(source); pairs.hasNext(); ) {
                    var pair = Values.list(pairs.next(), run.budget);
                    if (pair.size() != 2) {
                        throw new Fault("dictionary update sequence element has length " + pair.size() + "; 2 is required");
                    }
                    Values.put(map, pair.get(0), pair.get(1));
                }
            }
        }
        map.putAll(arguments.named());
        return map;
    }
}
