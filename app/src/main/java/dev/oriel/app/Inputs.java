package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON from stdin.
final class Inputs {
    private Inputs() {}

    static List<String> strings(Streams streams) {
        if (!(Json.parse("stdin", streams.reader()) instanceof List<?> list)) throw new ModelException("stdin: expected a JSON array of strings, found another value");
        List<String> strings = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof String s)) throw new ModelException("stdin: expected a JSON array of strings, found " + element + " in it");
            strings.add(s);
        }
        return strings;
    }

    static Map<String, Object> object(Streams streams) {
        if (!(Json.parse("stdin", streams.reader()) instanceof Map<?, ?> map)) throw new ModelException("stdin: expected a JSON object, found another value");
        Map<String, Object> members = new LinkedHashMap<>();
        map.forEach((key, value) -> members.put((String) key, value));
        return members;
    }
}
