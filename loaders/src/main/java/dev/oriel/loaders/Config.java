package dev.oriel.loaders;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// `config.json` with nested keys joined by dots.
final class Config {
    private static final int MAX_KEY = 1024;

    private final Path path;
    private final Map<String, Object> values = new LinkedHashMap<>();

    private Config(Path path) { this.path = path; }

    static Map<String, Object> read(Path path) {
        Config config = new Config(path);
        config.flatten("", Json.parseObject(path));
        return config.values;
    }

    private void flatten(String prefix, Map<?, ?> members) {
        members.forEach((name, value) -> {
            String key = prefix + name;
            // Long names around many values would multiply the file's size.
            if (key.length() > MAX_KEY) throw new ModelException(path, key, "keys of at most " + MAX_KEY + " characters", key.length());
            if (value instanceof Map<?, ?> nested) flatten(key + ".", nested);
            else if (values.containsKey(key)) throw new ModelException(path, key, "one value", "the key a second time");
            else values.put(key, value);
        });
    }
}
