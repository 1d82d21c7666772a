package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/// The `attribute` arguments of filters: getters and sort keys.
final class Attributes {
    private Attributes() { }

    /// A getter of `a.b.0` paths; None gets the item itself. What is undefined becomes `otherwise` unless that is missing.
    static UnaryOperator<Object> attribute(Interpreter run, Object path, Object otherwise) {
        if (path == null) {
            return item -> item;
        }
        List<Object> keys = new ArrayList<>();
        if (Values.text(path) == null) {
            keys.add(path);
        } else {
            for (Object part : Text.split(Values.text(path), ".", -1)) {
                String name = (String) part;
                boolean digits = !name.isEmpty() && name.chars().allMatch(Character::isDigit);
                keys.add(digits ? (Object) Numbers.parse(name, 10) : name);
            }
        }
        return item -> {
            Object value = item;
            for (Object key : keys) {
                run.budget.step();
                value = Access.item(value, key, run.budget);
                value = value instanceof Undefined && otherwise != Values.MISSING ? otherwise : value;
            }
            return value;
        };
    }

    /// What items are compared by: an attribute, or they themselves, without regard to case.
    static UnaryOperator<Object> key(Interpreter run, Object path, boolean caseSensitive) {
        UnaryOperator<Object> getter = attribute(run, path, Values.MISSING);
        return item -> fold(getter.apply(item), caseSensitive);
    }

    static Object fold(Object value, boolean caseSensitive) {
        return !caseSensitive && Values.text(value) != null ? Text.lower(Values.text(value)) : value;
    }

    /// What `sort` compares: a list, since it takes several attributes with commas between them.
    static UnaryOperator<Object> keys(Interpreter run, Object path, boolean caseSensitive) {
        List<Object> paths = Values.text(path) == null ? Collections.singletonList(path) : Text.split(Values.text(path), ",", -1);
        List<UnaryOperator<Object>> getters = paths.stream().map(each -> key(run, each, caseSensitive)).toList();
        return item -> {
            List<Object> values = new ArrayList<>();
            getters.forEach(getter -> values.add(getter.apply(item)));
            return values;
        };
    }
}
