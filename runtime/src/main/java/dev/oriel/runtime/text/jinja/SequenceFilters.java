package dev.oriel.runtime.text.jinja;

import dev.oriel.runtime.text.jinja.Builtin.Bound;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The filters of sequences and maps.
final class SequenceFilters {
    private SequenceFilters() { }

    static void addTo(Map<String, Builtin> table) {
        Builtin.row(table, "length count", "obj", (run, a) -> {
            run.budget.read(a.get(0));
            return Values.length(a.get(0));
        });
        Builtin.row(table, "list", "value", (run, a) -> Values.list(a.get(0), run.budget));
        Builtin.row(table, "first", "seq", (_, a) -> {
            Iterator<Object> items = Values.iterate(a.get(0));
            return items.hasNext() ? items.next() : new Undefined("no first item, sequence was empty");
        });
        Builtin.row(table, "last", "seq", (run, a) -> {
            List<Object> items = reversible(run, a.get(0));
            return items.isEmpty() ? new Undefined("no last item, sequence was empty") : items.getLast();
        });
        Builtin.row(table, "reverse", "value", (run, a) -> Values.text(a.get(0)) != null
            ? reversed(run, a.get(0))
            : new Generator(Values.list(a.get(0), run.budget).reversed().iterator()));
        Builtin.row(table, "join", "value d? attribute?", (run, a) -> join(run, a));
        Builtin.row(table, "sort", "value reverse? case_sensitive? attribute?", (run, a) -> {
            List<Object> items = Values.list(a.get(0), run.budget);
            sort(items, Attributes.keys(run, a.orNone(3), a.truth(2)), a.truth(1), run);
            return items;
        });
        Builtin.row(table, "unique", "value case_sensitive? attribute?", (run, a) -> unique(run, a));
        Builtin.row(table, "min", "value case_sensitive? attribute?", (run, a) -> extreme(run, a, -1));
        Builtin.row(table, "max", "value case_sensitive? attribute?", (run, a) -> extreme(run, a, 1));
        Builtin.row(table, "sum", "iterable attribute? start?", (run, a) -> {
            UnaryOperator<Object> item = Attributes.attribute(run, a.orNone(1), Values.MISSING);
            Object sum = a.get(2, 0L);
            for (Iterator<Object> i = Values.iterate(a.get(0)); i.hasNext(); ) {
                sum = Operators.binary("+", sum, item.apply(i.next()), run.budget);
            }
            return sum;
        });
        Builtin.row(table, "batch", "value linecount fill_with?", (run, a) -> batch(run, a));
        Builtin.row(table, "slice", "value slices fill_with?", (run, a) -> slice(run, a));
        Builtin.row(table, "items", "value", (_, a) -> {
            if (a.get(0) instanceof Undefined) {
                return new Generator(Collections.emptyIterator());
            }
            return new Generator(new View(View.Kind.ITEMS, map(a.get(0), "can only get item pairs from a mapping")).iterator());
        });
        Builtin.row(table, "dictsort", "value case_sensitive? by? reverse?", (run, a) -> dictSort(run, a));
        Builtin.row(table, "groupby", "value attribute default? case_sensitive?", (run, a) -> groupBy(run, a));
    }

    private static Object reversed(Interpreter run, Object text) {
        run.budget.read(text);
        return Markup.like(text, new StringBuilder(Values.text(text)).reverse().toString());
    }

    private static List<Object> reversible(Interpreter run, Object value) {
        if (value instanceof Generator) {
            throw new Fault("'generator' object is not reversible");
        }
        return Values.list(value, run.budget);
    }

    private static Map<?, ?> map(Object value, String message) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new Fault(message);
    }

    private static Object join(Interpreter run, Bound a) {
        UnaryOperator<Object> item = Attributes.attribute(run, a.orNone(2), Values.MISSING);
        String separator = Repr.str(a.get(1, ""), run.budget);
        StringBuilder out = new StringBuilder();
        boolean first = true;
        for (Iterator<Object> i = Values.iterate(a.get(0)); i.hasNext(); first = false) {
            String text = Repr.str(item.apply(i.next()), run.budget);
            run.budget.step();
            run.budget.text((long) separator.length() + text.length());
            run.budget.cap((long) out.length() + separator.length() + text.length());
            out.append(first ? "" : separator);
            run.budget.provenance.append(out, text);
        }
        return run.budget.provenance.text(out);
    }

    private record Keyed(Object key, Object item) { }

    private static void sort(List<Object> items, UnaryOperator<Object> key, boolean reverse, Interpreter run) {
        List<Keyed> keyed = new ArrayList<>();
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        Comparator<Keyed> order = (x, y) -> Operators.order(x.key(), y.key(), run.budget);
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException _) {
            throw new Fault("values without an order cannot be sorted");
        }
        items.clear();
        keyed.forEach(k -> items.add(k.item()));
    }

    private static Object unique(Interpreter run, Bound a) {
        UnaryOperator<Object> key = Attributes.key(run, a.orNone(2), a.truth(1));
        Set<Object> seen = new HashSet<>();
        return new Generator(new Selection(Values.iterate(a.get(0)), item -> {
            Object value = Values.hashable(key.apply(item));
            Number number = Values.number(value);
            boolean whole = number != null && number.doubleValue() == Math.rint(number.doubleValue());
            return seen.add(whole ? (Object) number.longValue() : value);
        }, run.budget));
    }

    private static Object extreme(Interpreter run, Bound a, int sign) {
        UnaryOperator<Object> key = Attributes.key(run, a.orNone(2), a.truth(1));
        Object best = new Undefined("no aggregated item, sequence was empty");
        Object bestKey = Values.MISSING;
        for (Iterator<Object> i = Values.iterate(a.get(0)); i.hasNext(); ) {
            Object item = i.next();
            Object value = key.apply(item);
            if (bestKey == Values.MISSING || Operators.order(value, bestKey, run.budget) * sign > 0) {
                best = item;
                bestKey = value;
            }
        }
        return best;
    }

    private static Object batch(Interpreter run, Bound a) {
        long size = a.integer(1);
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (Iterator<Object> i = Values.iterate(a.get(0)); i.hasNext(); ) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            run.budget.items(1);
            batch.add(i.next());
        }
        if (!batch.isEmpty()) {
            run.budget.items(a.orNone(2) == null ? 0 : Math.max(0, size - batch.size()));
            while (a.orNone(2) != null && batch.size() < size) {
                batch.add(a.get(2));
            }
            batches.add(batch);
        }
        return new Generator(batches.iterator());
    }

    private static Object slice(Interpreter run, Bound a) {
        List<Object> items = Values.list(a.get(0), run.budget);
        long slices = a.integer(1);
        if (slices == 0) {
            throw new Fault("integer division or modulo by zero");
        }
        run.budget.items(Math.max(0, slices));
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (long i = 0; i < slices; i++) {
            boolean longer = i < items.size() % slices;
            int to = from + (int) (items.size() / slices) + (longer ? 1 : 0);
            List<Object> part = new ArrayList<>(items.subList(from, to));
            if (a.orNone(2) != null && !longer) {
                part.add(a.get(2));
            }
            parts.add(part);
            from = to;
        }
        return new Generator(parts.iterator());
    }

    private static Object dictSort(Interpreter run, Bound a) {
        String by = a.text(2, "key");
        if (!by.equals("key") && !by.equals("value")) {
            throw new Fault("you can only sort by either \"key\" or \"value\"");
        }
        View view = new View(View.Kind.ITEMS, map(a.get(0), "'" + Values.typeName(a.get(0)) + "' object has no attribute 'items'"));
        List<Object> items = new ArrayList<>();
        for (Iterator<Object> i = view.iterator(); i.hasNext(); ) {
            run.budget.items(1);
            items.add(i.next());
        }
        sort(items, pair -> Attributes.fold(((Tuple) pair).get(by.equals("key") ? 0 : 1), a.truth(1)), a.truth(3), run);
        return items;
    }

    private static Object groupBy(Interpreter run, Bound a) {
        UnaryOperator<Object> getter = Attributes.attribute(run, a.get(1), a.orNone(2) == null ? Values.MISSING : a.get(2));
        UnaryOperator<Object> key = item -> Attributes.fold(getter.apply(item), a.truth(3));
        List<Object> items = Values.list(a.get(0), run.budget);
        sort(items, key, false, run);
        List<Object> groups = new ArrayList<>();
        List<Object> group = null;
        Object last = Values.MISSING;
        for (Object item : items) {
            Object value = key.apply(item);
            if (group == null || !Values.equal(value, last, run.budget)) {
                group = new ArrayList<>();
                groups.add(new Tuple(java.util.Arrays.asList(getter.apply(item), group), List.of("grouper", "list")));
                last = value;
            }
            group.add(item);
        }
        return groups;
    }

}
