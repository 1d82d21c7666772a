package dev.oriel.runtime.text.jinja;

import java.util.Iterator;
import java.util.Map;

/// What `items()`, `keys()` and `values()` of a map give: has a length and can be walked, but has no items by number.
record View(Kind kind, Map<?, ?> map) {
    enum Kind { ITEMS, KEYS, VALUES }

    Iterator<Object> iterator() {
        Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public Object next() {
                Map.Entry<?, ?> entry = entries.next();
                return switch (kind) {
                    case ITEMS -> Tuple.of(entry.getKey(), entry.getValue());
                    case KEYS -> entry.getKey();
                    case VALUES -> entry.getValue();
                };
            }
        };
    }
}
