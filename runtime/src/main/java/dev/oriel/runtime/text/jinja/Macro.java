package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A macro (or the body of a `call` block) and the variables around its definition.
record Macro(String name, Node.Parameters parameters, List<Node> body, Scope around) implements Callable {
    Object attribute(String attribute) {
        return switch (attribute) {
            case "name" -> name;
            case "arguments" -> new Tuple(new ArrayList<>(parameters.names()), List.of());
            case "catch_kwargs" -> parameters.kwargs();
            case "catch_varargs" -> parameters.varargs();
            case "caller" -> parameters.caller();
            default -> Values.MISSING;
        };
    }

    @Override
    public Object call(Interpreter run, Arguments arguments) {
        return run.invoke(this, bind(run, arguments));
    }

    private Scope bind(Interpreter run, Arguments arguments) {
        Scope scope = new Scope(around);
        List<String> names = parameters.names();
        List<Object> positional = arguments.positional();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        int firstDefault = names.size() - parameters.defaults().size();
        for (int i = 0; i < names.size(); i++) {
            String parameter = names.get(i);
            Object value;
            if (i < positional.size()) {
                value = positional.get(i);
            } else if (named.containsKey(parameter)) {
                value = named.remove(parameter);
            } else {
                value = i < firstDefault ? new Undefined("parameter '" + parameter + "' was not provided")
                    : run.evaluator.value(parameters.defaults().get(i - firstDefault), scope);
            }
            scope.set(parameter, value);
        }
        Object caller = named.remove("caller");
        if (parameters.caller()) {
            scope.set("caller", arguments.named().containsKey("caller") ? caller : new Undefined("no caller defined"));
        } else if (arguments.named().containsKey("caller") && !names.contains("caller")) {
            named.put("caller", caller);
        }
        rest(scope, positional, named);
        return scope;
    }

    private void rest(Scope scope, List<Object> positional, Map<String, Object> named) {
        if (parameters.kwargs()) {
            scope.set("kwargs", named);
        } else if (named.containsKey("caller")) {
            throw new Fault("macro '" + name + "' does not use the special caller argument");
        } else if (!named.isEmpty()) {
            throw new Fault("macro '" + name + "' takes no keyword argument '" + named.keySet().iterator().next() + "'");
        }
        int count = parameters.names().size();
        if (parameters.varargs()) {
            scope.set("varargs", new Tuple(positional.subList(Math.min(count, positional.size()), positional.size()), List.of()));
        } else if (positional.size() > count) {
            throw new Fault("macro '" + name + "' takes not more than " + count + " argument(s)");
        }
    }
}
