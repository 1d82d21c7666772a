package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An object of a JSON file with typed access; a wrong type is an error that says where.
///
/// @param where keys from the top, for messages
record JsonNode(String file, String where, Map<?, ?> values) {
    static JsonNode read(Path path) { return new JsonNode(path.toString(), "", object(path.toString(), "content", Json.parse(path))); }

    boolean has(String key) { return values.get(key) != null; }

    Optional<String> text(String key) { return Optional.ofNullable(typed(key, String.class, "a string")); }

    String requireText(String key) { return text(key).orElseThrow(() -> wrong(key, "a string", "nothing")); }

    boolean flag(String key, boolean otherwise) { return Optional.ofNullable(typed(key, Boolean.class, "true or false")).orElse(otherwise); }

    Optional<Long> integer(String key) { return Optional.ofNullable(typed(key, Long.class, "an integer")); }

    List<?> list(String key) {
        List<?> list = typed(key, List.class, "a list");
        return list == null ? List.of() : list;
    }

    Optional<JsonNode> node(String key) {
        Map<?, ?> map = typed(key, Map.class, "an object");
        return map == null ? Optional.empty() : Optional.of(new JsonNode(file, where + key + ".", map));
    }

    JsonNode requireNode(String key) { return node(key).orElseThrow(() -> wrong(key, "an object", "nothing")); }

    /// The objects of a list.
    List<JsonNode> nodes(String key) {
        List<JsonNode> nodes = new ArrayList<>();
        for (Object value : list(key)) {
            String at = where + key + "[" + nodes.size() + "]";
            nodes.add(new JsonNode(file, at + ".", object(file, at, value)));
        }
        return nodes;
    }

    ModelException wrong(String key, String expected, Object found) { return new ModelException(file, where + key, expected, found); }

    private <T> T typed(String key, Class<T> type, String expected) {
        Object value = values.get(key);
        if (value != null && !type.isInstance(value)) throw wrong(key, expected, value.getClass().getSimpleName());
        return type.cast(value);
    }

    private static Map<?, ?> object(String file, String where, Object value) {
        if (value instanceof Map<?, ?> map) return map;
        throw new ModelException(file, where, "an object", value == null ? "null" : value.getClass().getSimpleName());
    }
}
