package dev.oriel.runtime.text.jinja;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/// The table of tests: what may follow `is`.
final class Tests {
    static final Map<String, Builtin> TABLE = new HashMap<>();

    private Tests() { }

    private static void row(String name, Predicate<Object> test) {
        Builtin.row(TABLE, name, "value", (_, a) -> test.test(a.get(0)));
    }

    private static void operator(String names, String operator) {
        Builtin.row(TABLE, names, "value other", (run, a) -> Operators.holds(operator, a.get(0), a.get(1), run.budget));
    }

    static {
        row("defined", value -> !(value instanceof Undefined));
        row("undefined", value -> value instanceof Undefined);
        row("none", value -> value == null);
        row("boolean", value -> value instanceof Boolean);
        row("true", value -> Boolean.TRUE.equals(value));
        row("false", value -> Boolean.FALSE.equals(value));
        row("integer", value -> value instanceof Long || value instanceof BigInteger);
        row("float", value -> value instanceof Double);
        row("number", value -> Values.number(value) != null);
        row("string", value -> Values.text(value) != null);
        row("mapping", value -> value instanceof Map);
        row("iterable", Values::iterable);
        row("sequence", value -> Values.hasLength(value) && !(value instanceof View) && !(value instanceof Loop));
        row("callable", value -> value instanceof Callable || value instanceof Undefined);
        row("escaped", value -> value instanceof Markup);
        row("odd", value -> remainder(value, 2L) == 1);
        row("even", value -> remainder(value, 2L) == 0);
        Builtin.row(TABLE, "divisibleby", "value num", (_, a) -> remainder(a.get(0), a.get(1)) == 0);
        Builtin.row(TABLE, "lower", "value", (run, a) -> isAll(run, a.get(0), Character::isLowerCase));
        Builtin.row(TABLE, "upper", "value", (run, a) -> isAll(run, a.get(0), Character::isUpperCase));
        Builtin.row(TABLE, "sameas", "value other", (_, a) -> same(a.get(0), a.get(1)));
        Builtin.row(TABLE, "filter", "value", (_, a) -> a.get(0) instanceof String name && Filters.TABLE.containsKey(name));
        Builtin.row(TABLE, "test", "value", (_, a) -> a.get(0) instanceof String name && TABLE.containsKey(name));
        operator("in", "in");
        operator("== eq equalto", "==");
        operator("!= ne", "!=");
        operator("> gt greaterthan", ">");
        operator(">= ge", ">=");
        operator("< lt lessthan", "<");
        operator("<= le", "<=");
    }

    static Object apply(String name, Interpreter run, Arguments arguments) {
        Builtin test = TABLE.get(name);
        if (test == null) {
            throw new Fault("no test named '" + name + "'");
        }
        return test.call(run, arguments);
    }

    private static boolean isAll(Interpreter run, Object value, IntPredicate ofCase) {
        String text = Repr.str(value, run.budget);
        run.budget.read(text);
        return Text.isAll(text, ofCase);
    }

    private static double remainder(Object value, Object by) {
        Number rest = Values.text(value) != null ? null : Values.number(Operators.binary("%", value, by, new Budget()));
        if (rest == null) {
            throw new Fault("not all arguments converted during string formatting");
        }
        return rest.doubleValue();
    }

    /// Python's `is`: equal values of small types count as one object.
    private static boolean same(Object a, Object b) {
        boolean plain = a instanceof Boolean || a instanceof Long || a instanceof Double || a instanceof String;
        return a == b || plain && a.equals(b) || a instanceof List<?> x && x.isEmpty() && a instanceof Tuple && b instanceof Tuple y && y.isEmpty();
    }
}
