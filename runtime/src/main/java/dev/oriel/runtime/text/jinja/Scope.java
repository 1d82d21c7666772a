package dev.oriel.runtime.text.jinja;

import java.util.HashMap;
import java.util.Map;

/// Variables, and those around them.
final class Scope {
    final Scope around;
    private final Map<String, Object> variables;

    Scope(Scope around) {
        this(around, new HashMap<>());
    }

    Scope(Scope around, Map<String, Object> variables) {
        this.around = around;
        this.variables = variables;
    }

    Object get(String name) {
        for (Scope scope = this; scope != null; scope = scope.around) {
            Object value = scope.variables.get(name);
            if (value != null || scope.variables.containsKey(name)) {
                return value;
            }
        }
        return Undefined.variable(name);
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }
}
