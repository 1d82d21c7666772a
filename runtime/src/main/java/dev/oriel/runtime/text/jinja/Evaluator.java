package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Computes expressions.
final class Evaluator {
    private final Interpreter run;

    Evaluator(Interpreter run) {
        this.run = run;
    }

    Object value(Expression expression, Scope scope) {
        run.budget.enter();
        Object value = switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.Sequence sequence -> sequence(sequence, scope);
            case Expression.Mapping mapping -> mapping(mapping, scope);
            case Expression.Attribute attribute -> {
                Object target = value(attribute.target(), scope);
                run.budget.line = attribute.line();
                yield Access.attribute(target, attribute.name());
            }
            case Expression.Item item -> {
                Object target = value(item.target(), scope);
                Object key = value(item.key(), scope);
                run.budget.line = item.line();
                yield Access.item(target, key, run.budget);
            }
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, scope, null);
            case Expression.Filter filter -> apply(filter, scope);
            case Expression.Test test -> apply(test, scope);
            case Expression.Unary unary -> {
                Object operand = value(unary.operand(), scope);
                run.budget.line = unary.line();
                yield Arithmetic.unary(unary.operator(), operand);
            }
            case Expression.Not not -> !Values.truth(value(not.operand(), scope));
            case Expression.Binary binary -> {
                Object left = value(binary.left(), scope);
                Object right = value(binary.right(), scope);
                run.budget.line = binary.line();
                yield Operators.binary(binary.operator(), left, right, run.budget);
            }
            case Expression.Concat concat -> concat(concat, scope);
            case Expression.Compare compare -> compare(compare, scope);
            case Expression.And and -> {
                Object left = value(and.left(), scope);
                yield Values.truth(left) ? value(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = value(or.left(), scope);
                yield Values.truth(left) ? left : value(or.right(), scope);
            }
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
        run.budget.leave();
        return value;
    }

    private Object sequence(Expression.Sequence sequence, Scope scope) {
        List<Object> items = values(sequence.items(), scope);
        return sequence.tuple() ? new Tuple(items, List.of()) : items;
    }

    private List<Object> values(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(value(expression, scope));
        }
        return values;
    }

    private Object mapping(Expression.Mapping mapping, Scope scope) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < mapping.keys().size(); i++) {
            Object key = value(mapping.keys().get(i), scope);
            Object value = value(mapping.values().get(i), scope);
            run.budget.line = mapping.line();
            Values.put(map, key, value);
        }
        return map;
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object target = value(slice.target(), scope);
        Object start = slice.start() == null ? null : value(slice.start(), scope);
        Object stop = slice.stop() == null ? null : value(slice.stop(), scope);
        Object step = slice.step() == null ? null : value(slice.step(), scope);
        run.budget.line = slice.line();
        return Access.slice(target, start, stop, step, run.budget);
    }

    private Object concat(Expression.Concat concat, Scope scope) {
        StringBuilder text = new StringBuilder();
        for (Expression part : concat.parts()) {
            String next = Repr.str(value(part, scope), run.budget);
            run.budget.line = concat.line();
            run.budget.cap((long) text.length() + next.length());
            run.budget.provenance.append(text, next);
        }
        run.budget.text(text.length());
        return run.budget.provenance.text(text);
    }

    private Object compare(Expression.Compare compare, Scope scope) {
        Object left = value(compare.operands().getFirst(), scope);
        for (int i = 0; i < compare.operators().size(); i++) {
            Object right = value(compare.operands().get(i + 1), scope);
            run.budget.line = compare.line();
            if (!Operators.holds(compare.operators().get(i), left, right, run.budget)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Values.truth(value(conditional.test(), scope))) {
            return value(conditional.then(), scope);
        }
        return conditional.otherwise() == null
            ? new Undefined("the inline if-expression on line " + conditional.line() + " evaluated to false and no else section was defined")
            : value(conditional.otherwise(), scope);
    }

    /// @param caller the body of a `call` block, or null
    Object call(Expression.Call call, Scope scope, Macro caller) {
        Object target = value(call.target(), scope);
        Arguments arguments = arguments(call.given(), scope);
        if (caller != null) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.put("caller", caller);
            arguments = new Arguments(arguments.positional(), named);
        }
        run.budget.line = call.line();
        if (target instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (!(target instanceof Callable callable)) {
            throw new Fault("'" + Values.typeName(target) + "' object is not callable");
        }
        return callable.call(run, arguments);
    }

    private Object apply(Expression.Filter filter, Scope scope) {
        Object input = value(filter.input(), scope);
        Arguments arguments = arguments(filter.given(), scope);
        run.budget.line = filter.line();
        return Filters.apply(filter.name(), run, arguments.prepend(input));
    }

    private Object apply(Expression.Test test, Scope scope) {
        Object input = value(test.input(), scope);
        Arguments arguments = arguments(test.given(), scope);
        run.budget.line = test.line();
        return Tests.apply(test.name(), run, arguments.prepend(input));
    }

    private Arguments arguments(Expression.Given given, Scope scope) {
        if (given == Expression.Given.NONE) {
            return Arguments.NONE;
        }
        List<Object> positional = values(given.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i < given.names().size(); i++) {
            named.put(given.names().get(i), value(given.named().get(i), scope));
        }
        if (given.star() != null) {
            positional.addAll(Values.list(value(given.star(), scope), run.budget));
        }
        if (given.starStar() != null) {
            if (!(value(given.starStar(), scope) instanceof Map<?, ?> more)) {
                throw new Fault("argument after ** must be a mapping");
            }
            for (Map.Entry<?, ?> entry : more.entrySet()) {
                if (!(entry.getKey() instanceof String name) || named.put(name, entry.getValue()) != null) {
                    throw new Fault("keywords must be strings and given once");
                }
            }
        }
        return new Arguments(positional, named);
    }
}
