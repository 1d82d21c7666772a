package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// JSON files among the test resources.
public final class Goldens {
    private Goldens() { }

    /// The objects of a file that holds an array of them.
    @SuppressWarnings("unchecked")
    public static List<Map<String, Object>> rows(String name) {
        try {
            return (List<Map<String, Object>>) Json.parse(Path.of(Objects.requireNonNull(Goldens.class.getResource("/goldens/" + name), name).toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
