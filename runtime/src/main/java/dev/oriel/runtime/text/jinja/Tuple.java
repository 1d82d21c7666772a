package dev.oriel.runtime.text.jinja;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;

/// Python's tuple; with `names` a named one, whose items are attributes too.
final class Tuple extends AbstractList<Object> {
    private final List<Object> items;
    final List<String> names;

    Tuple(List<Object> items, List<String> names) {
        this.items = items;
        this.names = names;
    }

    static Tuple of(Object... items) {
        return new Tuple(Arrays.asList(items), List.of());
    }

    @Override
    public Object get(int index) {
        return items.get(index);
    }

    @Override
    public int size() {
        return items.size();
    }
}
