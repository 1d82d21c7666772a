package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Python's operators.
final class Operators {
    private Operators() { }

    static Object binary(String operator, Object left, Object right, Budget budget) {
        requireDefined(left);
        if (Values.text(left) == null || !operator.equals("%")) {
            requireDefined(right);
        }
        Number x = Values.number(left);
        Number y = Values.number(right);
        if (x != null && y != null) {
            return Arithmetic.binary(operator, x, y);
        }
        Object result = switch (operator) {
            case "+" -> concatenated(left, right, budget);
            case "*" -> x instanceof Long n ? repeated(right, n, budget) : y instanceof Long n ? repeated(left, n, budget) : null;
            case "%" -> Values.text(left) != null ? budget.provenance.derived(Markup.like(left, Printf.format(Values.text(left), right, budget)), Arrays.asList(left, right)) : null;
            default -> null;
        };
        if (result == null) {
            throw new Fault("unsupported operand type(s) for " + operator + ": '" + Values.typeName(left) + "' and '" + Values.typeName(right) + "'");
        }
        return result;
    }

    static void requireDefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.fault();
        }
    }

    private static Object concatenated(Object left, Object right, Budget budget) {
        if (Values.text(left) != null && Values.text(right) != null) {
            budget.text((long) Values.text(left).length() + Values.text(right).length());
            return left instanceof Markup || right instanceof Markup
                ? new Markup(joined(Markup.escape(left, budget), Markup.escape(right, budget), budget)) : joined((String) left, (String) right, budget);
        }
        if (left instanceof List<?> a && right instanceof List<?> b && !(left instanceof Range)
            && Values.typeName(left).equals(Values.typeName(right))) {
            budget.items((long) a.size() + b.size());
            List<Object> all = new ArrayList<>(a);
            all.addAll(b);
            return left instanceof Tuple ? new Tuple(all, List.of()) : all;
        }
        return null;
    }

    private static String joined(String left, String right, Budget budget) {
        StringBuilder out = new StringBuilder(left.length() + right.length());
        budget.provenance.append(out, left);
        budget.provenance.append(out, right);
        return budget.provenance.text(out);
    }

    private static Object repeated(Object value, long times, Budget budget) {
        int n = Math.clamp(times, 0, Integer.MAX_VALUE);
        if (Values.text(value) != null) {
            String text = Values.text(value);
            budget.text((long) text.length() * n);
            return budget.provenance.derived(Markup.like(value, text.isEmpty() ? "" : text.repeat(n)), List.of(text));
        }
        if (!(value instanceof List<?> list) || value instanceof Range) {
            return null;
        }
        budget.items((long) list.size() * n);
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < n && !list.isEmpty(); i++) {
            all.addAll(list);
        }
        return value instanceof Tuple ? new Tuple(all, List.of()) : all;
    }

    static boolean holds(String operator, Object left, Object right, Budget budget) {
        return switch (operator) {
            case "==" -> Values.equal(left, right, budget);
            case "!=" -> !Values.equal(left, right, budget);
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            default -> ordered(operator, left, right, budget);
        };
    }

    private static boolean ordered(String operator, Object left, Object right, Budget budget) {
        requireDefined(left);
        requireDefined(right);
        Number x = Values.number(left);
        Number y = Values.number(right);
        if (x != null && y != null && (Double.isNaN(x.doubleValue()) || Double.isNaN(y.doubleValue()))) {
            return false;
        }
        int order = order(operator, left, right, budget, 0);
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /// Order of two values for sorting.
    static int order(Object left, Object right, Budget budget) {
        requireDefined(left);
        requireDefined(right);
        return order("<", left, right, budget, 0);
    }

    private static int order(String operator, Object left, Object right, Budget budget, int depth) {
        budget.step();
        budget.read(left);
        Number x = Values.number(left);
        Number y = Values.number(right);
        if (x != null && y != null) {
            return Arithmetic.compare(x, y);
        }
        if (Values.text(left) != null && Values.text(right) != null) {
            return Text.compare(Values.text(left), Values.text(right));
        }
        if (left instanceof List<?> a && right instanceof List<?> b && !(left instanceof Range) && depth < 200
            && Values.typeName(left).equals(Values.typeName(right))) {
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                if (!Values.equal(a.get(i), b.get(i), budget)) {
                    return order(operator, a.get(i), b.get(i), budget, depth + 1);
                }
            }
            return Integer.compare(a.size(), b.size());
        }
        throw new Fault("'" + operator + "' not supported between instances of '" + Values.typeName(left) + "' and '" + Values.typeName(right) + "'");
    }

    static boolean contains(Object container, Object item, Budget budget) {
        if (Values.text(container) != null) {
            String needle = Values.text(item);
            if (needle == null) {
                requireDefined(item);
                throw new Fault("'in <string>' requires string as left operand, not " + Values.typeName(item));
            }
            budget.search(Values.text(container).length(), needle.length());
            return Values.text(container).contains(needle);
        }
        budget.read(item);
        if (container instanceof Map<?, ?> map) {
            return Values.find(map, item, Values.MISSING) != Values.MISSING;
        }
        if (container instanceof View view && view.kind() == View.Kind.KEYS) {
            return Values.find(view.map(), item, Values.MISSING) != Values.MISSING;
        }
        if (!Values.iterable(container)) {
            throw new Fault("argument of type '" + Values.typeName(container) + "' is not iterable");
        }
        for (Iterator<Object> i = Values.iterate(container); i.hasNext(); ) {
            budget.step();
            Object next = i.next();
            if (next == item || Values.equal(next, item, budget)) {
                return true;
            }
        }
        return false;
    }
}
