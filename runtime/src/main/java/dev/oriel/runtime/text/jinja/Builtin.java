package dev.oriel.runtime.text.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A row of the tables of filters, tests, methods and global functions: a name, its parameters and what it does.
/// Parameters are written `"text old new count?"`: `?` marks one that may be left out; `*` at the end takes any further arguments.
record Builtin(String name, List<String> parameters, int required, boolean open, Body body) implements Callable {
    interface Body {
        Object apply(Interpreter run, Bound arguments);
    }

    /// Arguments by parameter. What was left out is not [#has].
    static final class Bound {
        private static final Object ABSENT = new Object();
        private final Object[] values;
        private final String[] names;
        /// What an open parameter list took beyond its parameters.
        final Arguments rest;

        private Bound(Object[] values, String[] names, Arguments rest) {
            this.values = values;
            this.names = names;
            this.rest = rest;
        }

        boolean has(int i) {
            return values[i] != ABSENT;
        }

        Object get(int i) {
            return values[i];
        }

        Object get(int i, Object otherwise) {
            return has(i) ? values[i] : otherwise;
        }

        /// The argument or None.
        Object orNone(int i) {
            return get(i, null);
        }

        boolean truth(int i) {
            return has(i) && Values.truth(values[i]);
        }

        String text(int i) {
            String text = Values.text(values[i]);
            if (text == null) {
                throw wrong(i, "str");
            }
            return text;
        }

        String text(int i, String otherwise) {
            return has(i) && values[i] != null ? text(i) : otherwise;
        }

        long integer(int i) {
            return switch (values[i]) {
                case Long n -> n;
                case Boolean b -> b ? 1 : 0;
                case null, default -> throw wrong(i, "int");
            };
        }

        long integer(int i, long otherwise) {
            return has(i) && values[i] != null ? integer(i) : otherwise;
        }

        private Fault wrong(int i, String expected) {
            return values[i] instanceof Undefined undefined ? undefined.fault()
                : new Fault("argument '" + names[i] + "' must be " + expected + ", not " + Values.typeName(values[i]));
        }
    }

    static Builtin of(String name, String parameters, Body body) {
        List<String> names = parameters.isEmpty() ? List.of() : List.of(parameters.split(" "));
        boolean open = names.contains("*");
        List<String> own = names.stream().filter(n -> !n.equals("*")).toList();
        int required = (int) own.stream().filter(n -> !n.endsWith("?")).count();
        return new Builtin(name, own.stream().map(n -> n.replace("?", "")).toList(), required, open, body);
    }

    static void row(Map<String, Builtin> table, String names, String parameters, Body body) {
        for (String name : names.split(" ")) {
            table.put(name, of(name, parameters, body));
        }
    }

    @Override
    public Object call(Interpreter run, Arguments arguments) {
        run.budget.step();
        return run.budget.provenance.derived(body.apply(run, bind(arguments)), arguments.positional());
    }

    private Bound bind(Arguments arguments) {
        Object[] values = new Object[parameters.size()];
        Arrays.fill(values, Bound.ABSENT);
        List<Object> positional = arguments.positional();
        if (positional.size() > values.length && !open) {
            throw new Fault(name + "() takes at most " + values.length + " arguments (" + positional.size() + " given)");
        }
        for (int i = 0; i < Math.min(values.length, positional.size()); i++) {
            values[i] = positional.get(i);
        }
        Arguments rest = open ? arguments.rest(values.length) : Arguments.NONE;
        for (String key : arguments.named().keySet()) {
            int at = parameters.indexOf(key);
            if (at >= 0 && values[at] == Bound.ABSENT) {
                values[at] = arguments.named().get(key);
                rest = open ? rest.without(key) : rest;
            } else if (!open) {
                throw new Fault(name + "() got an unexpected keyword argument '" + key + "'");
            }
        }
        for (int i = 0; i < required; i++) {
            if (values[i] == Bound.ABSENT) {
                throw new Fault(name + "() missing required argument: '" + parameters.get(i) + "'");
            }
        }
        return new Bound(values, parameters.toArray(String[]::new), rest);
    }
}
