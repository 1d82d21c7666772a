package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `a.b`, `a[b]` and `a[b:c:d]`, with Jinja's two orders: the dot looks for a method first and an item then, the bracket the other way round.
final class Access {
    private static final Set<String> LIST_CHANGES = Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> MAP_CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Access() { }

    static Object attribute(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Object own = own(value, name);
        if (own == Values.MISSING && value instanceof Map<?, ?> map) {
            own = map.containsKey(name) ? map.get(name) : Values.MISSING;
        }
        return own == Values.MISSING ? Undefined.member(value, name) : own;
    }

    /// As [#attribute] without a look at a map's items.
    static Object attributeOnly(Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Object own = own(value, name);
        return own == Values.MISSING ? Undefined.member(value, name) : own;
    }

    static Object item(Object value, Object key, Budget budget) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        budget.read(value);
        budget.read(key);
        Object item = switch (value) {
            case Map<?, ?> map -> find(map, key);
            case List<?> list -> at(list, key);
            case null -> Values.MISSING;
            default -> Values.text(value) == null ? Values.MISSING : character(value, key);
        };
        String name = Values.text(key);
        if (item == Values.MISSING && name != null) {
            item = own(value, name);
        }
        return item == Values.MISSING ? Undefined.member(value, key) : item;
    }

    private static Object find(Map<?, ?> map, Object key) {
        try {
            return Values.find(map, key, Values.MISSING);
        } catch (Fault _) {
            // What cannot be a key is under no key.
            return Values.MISSING;
        }
    }

    private static Object at(List<?> list, Object key) {
        if (!(Values.number(key) instanceof Long n)) {
            return Values.MISSING;
        }
        long index = n < 0 ? n + list.size() : n;
        return index >= 0 && index < list.size() ? list.get((int) index) : Values.MISSING;
    }

    private static Object character(Object value, Object key) {
        String text = Values.text(value);
        if (!(Values.number(key) instanceof Long n)) {
            return Values.MISSING;
        }
        int length = Text.length(text);
        long index = n < 0 ? n + length : n;
        return index < 0 || index >= length ? Values.MISSING
            : Markup.like(value, Character.toString(text.codePointAt(Text.offset(text, index))));
    }

    /// What a value has under a name by its type.
    private static Object own(Object value, String name) {
        if (name.startsWith("__") && name.endsWith("__")) {
            return Undefined.unsafe(value, name);
        }
        return switch (value) {
            case String _, Markup _ -> method(value, StringMethods.TABLE.get(name));
            case Tuple tuple when tuple.names.contains(name) -> tuple.get(tuple.names.indexOf(name));
            case Tuple _, Range _ -> method(value, Methods.SEQUENCE.get(name));
            case List<?> _ when LIST_CHANGES.contains(name) -> Undefined.unsafe(value, name);
            case List<?> _ -> method(value, Methods.LIST.get(name));
            case Map<?, ?> _ when MAP_CHANGES.contains(name) -> Undefined.unsafe(value, name);
            case Map<?, ?> _ -> method(value, Methods.MAP.get(name));
            case Number _, Boolean _ -> method(value, value instanceof Double ? Methods.FLOAT.get(name) : Methods.INTEGER.get(name));
            case Namespace namespace -> namespace.get(name);
            case Loop loop -> loop.attribute(name);
            case Macro macro -> macro.attribute(name);
            case Cycler cycler -> cycler.attribute(name);
            case null, default -> Values.MISSING;
        };
    }

    private static Object method(Object value, Builtin method) {
        return method == null ? Values.MISSING : new BoundMethod(value, method);
    }

    /// Bounds are None or left out as null.
    static Object slice(Object value, Object start, Object stop, Object step, Budget budget) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
        budget.read(value);
        int length = value instanceof List<?> list ? list.size() : Values.text(value) != null ? Text.length(Values.text(value)) : -1;
        if (length < 0) {
            throw new Fault("'" + Values.typeName(value) + "' object is not subscriptable");
        }
        long by = step == null ? 1 : bound(step);
        if (by == 0) {
            throw new Fault("slice step cannot be zero");
        }
        long from = clamp(start == null ? by > 0 ? 0 : length : bound(start), length, by);
        long to = stop == null ? by > 0 ? length : -1 : clamp(bound(stop), length, by);
        if (value instanceof Range range) {
            return new Range(range.start + from * range.step, range.start + to * range.step, range.step * by);
        }
        if (value instanceof List<?> list) {
            return slice(list, from, to, by, budget);
        }
        String text = Values.text(value);
        if (by == 1) {
            String part = from >= to ? "" : budget.provenance.part(text, Text.offset(text, from), Text.offset(text, to));
            budget.text(part.length());
            return Markup.like(value, part);
        }
        budget.items(length);
        int[] points = text.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            out.appendCodePoint(points[(int) i]);
        }
        return Markup.like(value, (String) budget.provenance.derived(out.toString(), List.of(text)));
    }

    private static Object slice(List<?> list, long from, long to, long by, Budget budget) {
        List<Object> items = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            budget.items(1);
            items.add(list.get((int) i));
        }
        return list instanceof Tuple ? new Tuple(items, List.of()) : items;
    }

    private static long bound(Object value) {
        Operators.requireDefined(value);
        if (Values.number(value) instanceof Long n) {
            return Math.clamp(n, -(1L << 40), 1L << 40);
        }
        throw new Fault("slice indices must be integers or None or have an __index__ method");
    }

    private static long clamp(long index, int length, long by) {
        long at = index < 0 ? index + length : index;
        return by > 0 ? Math.clamp(at, 0, length) : Math.clamp(at, -1, length - 1);
    }
}
