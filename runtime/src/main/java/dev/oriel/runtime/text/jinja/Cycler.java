package dev.oriel.runtime.text.jinja;

import java.util.List;

/// What `cycler()` gives.
final class Cycler {
    private final List<Object> items;
    private int at;

    Cycler(List<Object> items) {
        if (items.isEmpty()) {
            throw new Fault("at least one item has to be provided");
        }
        this.items = items;
    }

    Object attribute(String name) {
        return switch (name) {
            case "current" -> items.get(at);
            case "next" -> Builtin.of("next", "", (_, _) -> {
                Object current = items.get(at);
                at = (at + 1) % items.size();
                return current;
            });
            case "reset" -> Builtin.of("reset", "", (_, _) -> {
                at = 0;
                return null;
            });
            default -> Values.MISSING;
        };
    }
}
