package dev.oriel.runtime.text.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The values of a call's arguments.
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(Arrays.asList(positional), Map.of());
    }

    Arguments prepend(Object first) {
        List<Object> all = new ArrayList<>(positional.size() + 1);
        all.add(first);
        all.addAll(positional);
        return new Arguments(all, named);
    }

    /// All but the first `n`.
    Arguments rest(int n) {
        return new Arguments(positional.subList(Math.min(n, positional.size()), positional.size()), named);
    }

    Arguments without(String name) {
        Map<String, Object> others = new LinkedHashMap<>(named);
        others.remove(name);
        return new Arguments(positional, others);
    }
}
