package dev.oriel.runtime.text.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What Python's protocols (truth, length, iteration, equality, order, hashing) say of our values.
final class Values {
    /// Values inside each other.
    private static final int DEPTH = 200;
    private static final int KEY_ITEMS = 500;

    private Values() { }

    /// A copy of a caller's value in the types a template knows.
    static Object plain(Object value, int depth) {
        if (depth > DEPTH) {
            throw new Fault("variables nested more than " + DEPTH + " deep");
        }
        return switch (value) {
            case null -> null;
            case String _, Boolean _, Long _, Double _ -> value;
            case Integer _, Short _, Byte _ -> ((Number) value).longValue();
            case Float f -> (double) f;
            case BigInteger n -> Numbers.narrow(n);
            case java.math.BigDecimal n -> n.doubleValue();
            case CharSequence text -> text.toString();
            case Map<?, ?> map -> {
                Map<Object, Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
                map.forEach((k, v) -> copy.put(plain(k, depth + 1), plain(v, depth + 1)));
                yield copy;
            }
            case Iterable<?> items -> {
                List<Object> copy = new ArrayList<>();
                items.forEach(item -> copy.add(plain(item, depth + 1)));
                yield copy;
            }
            default -> throw new Fault("variables are strings, numbers, booleans, lists and maps, not " + value.getClass().getSimpleName());
        };
    }

    static String typeName(Object value) {
        return switch (value) {
            case null -> "NoneType";
            case String _ -> "str";
            case Markup _ -> "Markup";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case Boolean _ -> "bool";
            case Tuple _ -> "tuple";
            case Range _ -> "range";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "dict";
            case View view -> "dict_" + view.kind().name().toLowerCase(java.util.Locale.ROOT);
            case Generator _ -> "generator";
            case Undefined _ -> "Undefined";
            case Namespace _ -> "Namespace";
            case Loop _ -> "LoopContext";
            case Macro _ -> "Macro";
            default -> "builtin_function_or_method";
        };
    }

    /// The text of a string or marked-up string, else null.
    static String text(Object value) {
        return value instanceof String s ? s : value instanceof Markup m ? m.text() : null;
    }

    static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean b -> b;
            case String s -> !s.isEmpty();
            case Markup m -> !m.text().isEmpty();
            case Long n -> n != 0;
            case Double d -> d != 0;
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case View view -> !view.map().isEmpty();
            case Undefined _ -> false;
            default -> true;
        };
    }

    static long length(Object value) {
        return switch (value) {
            case String s -> s.codePointCount(0, s.length());
            case Markup m -> m.text().codePointCount(0, m.text().length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case View view -> view.map().size();
            case Undefined _ -> 0;
            case Loop loop -> loop.length();
            case null, default -> throw new Fault("object of type '" + typeName(value) + "' has no len()");
        };
    }

    static boolean hasLength(Object value) {
        return text(value) != null || value instanceof List || value instanceof Map || value instanceof View
            || value instanceof Undefined || value instanceof Loop;
    }

    static boolean iterable(Object value) {
        return hasLength(value) || value instanceof Generator;
    }

    static Iterator<Object> iterate(Object value) {
        return switch (value) {
            case String s -> characters(s);
            case Markup m -> characters(m.text());
            case List<?> list -> walk(list);
            case Map<?, ?> map -> walk(map.keySet());
            case View view -> view.iterator();
            case Generator generator -> generator.items();
            case Undefined _ -> java.util.Collections.emptyIterator();
            case Loop loop -> loop.walk();
            case null, default -> throw new Fault("'" + typeName(value) + "' object is not iterable");
        };
    }

    private static Iterator<Object> characters(String text) {
        return text.codePoints().mapToObj(c -> (Object) Character.toString(c)).iterator();
    }

    private static Iterator<Object> walk(Iterable<?> items) {
        Iterator<?> iterator = items.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public Object next() {
                return iterator.next();
            }
        };
    }

    static List<Object> list(Object value, Budget budget) {
        List<Object> items = new ArrayList<>();
        for (Iterator<Object> i = iterate(value); i.hasNext(); ) {
            budget.items(1);
            items.add(i.next());
        }
        return items;
    }

    /// A number as Python's arithmetic sees it (booleans are 0 and 1), else null.
    static Number number(Object value) {
        return switch (value) {
            case Long n -> n;
            case BigInteger n -> n;
            case Double d -> d;
            case Boolean b -> b ? 1L : 0L;
            case null, default -> null;
        };
    }

    static boolean equal(Object a, Object b, Budget budget) {
        return equal(a, b, budget, 0);
    }

    private static boolean equal(Object a, Object b, Budget budget, int depth) {
        if (a == b) {
            return !(a instanceof Double d) || !d.isNaN() || depth > 0;
        }
        budget.step();
        budget.read(a);
        if (depth > DEPTH) {
            throw new Fault("maximum recursion depth exceeded in comparison");
        }
        Number x = number(a);
        Number y = number(b);
        if (x != null && y != null) {
            return Arithmetic.compare(x, y) == 0;
        }
        if (text(a) != null) {
            return text(a).equals(text(b));
        }
        return switch (a) {
            case List<?> list when b instanceof List<?> other && typeName(a).equals(typeName(b)) -> {
                boolean same = list.size() == other.size();
                for (int i = 0; same && i < list.size(); i++) {
                    same = equal(list.get(i), other.get(i), budget, depth + 1);
                }
                yield same;
            }
            case Map<?, ?> map when b instanceof Map<?, ?> other -> {
                boolean same = map.size() == other.size();
                Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
                while (same && entries.hasNext()) {
                    Map.Entry<?, ?> entry = entries.next();
                    Object value = find(other, entry.getKey(), MISSING);
                    same = value != MISSING && equal(entry.getValue(), value, budget, depth + 1);
                }
                yield same;
            }
            case View view when b instanceof View other && view.kind() != View.Kind.VALUES && view.kind() == other.kind() ->
                equal(view.kind() == View.Kind.ITEMS ? view.map() : keys(view), view.kind() == View.Kind.ITEMS ? other.map() : keys(other), budget, depth + 1);
            case Undefined _ -> b instanceof Undefined;
            case BoundMethod _ -> a.equals(b);
            case null, default -> false;
        };
    }

    private static Map<Object, Object> keys(View view) {
        Map<Object, Object> keys = new LinkedHashMap<>();
        view.map().keySet().forEach(key -> keys.put(key, true));
        return keys;
    }

    static final Object MISSING = new Object();

    /// The value under a key that Python counts as equal (1, 1.0 and True are), else `otherwise`.
    static Object find(Map<?, ?> map, Object key, Object otherwise) {
        Object own = ownKey(map, hashable(key));
        return own == MISSING ? otherwise : map.get(own);
    }

    static void put(Map<Object, Object> map, Object key, Object value) {
        Object plain = hashable(key);
        Object own = ownKey(map, plain);
        map.put(own == MISSING ? plain : own, value);
    }

    private static Object ownKey(Map<?, ?> map, Object key) {
        if (map.containsKey(key)) {
            return key;
        }
        Number number = number(key);
        if (number != null) {
            double d = number.doubleValue();
            Object[] others = {d == Math.rint(d) ? (Object) (long) d : d, d, d == 1 ? Boolean.TRUE : d == 0 ? Boolean.FALSE : d};
            for (Object other : others) {
                if (map.containsKey(other) && Arithmetic.compare(number, number(other)) == 0) {
                    return other;
                }
            }
        }
        return MISSING;
    }

    /// A key as maps hold it.
    static Object hashable(Object key) {
        switch (key) {
            case Markup m -> {
                return m.text();
            }
            case Tuple tuple -> keyItems(tuple, 0);
            case Range _ -> { }
            case List<?> _, Map<?, ?> _ -> throw new Fault("unhashable type: '" + typeName(key) + "'");
            case null, default -> { }
        }
        return key;
    }

    /// Counts the items of a tuple that is to be a key: hashing and comparing it walks them all, those it holds twice too.
    private static int keyItems(Tuple tuple, int before) {
        int count = before + tuple.size();
        if (count > KEY_ITEMS) {
            throw new Fault("a key of more than " + KEY_ITEMS + " items");
        }
        for (Object item : tuple) {
            count = item instanceof Tuple inner ? keyItems(inner, count) : count;
            if (!(item instanceof Tuple)) {
                hashable(item);
            }
        }
        return count;
    }
}
