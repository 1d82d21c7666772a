package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A tool that a model may call.
///
/// @param schema its whole description as plain values: `{"type": "function", "function": {"name", "description", "parameters": a JSON schema}}`
public record Tool(Map<String, Object> schema) {
    /// @throws ModelException where the tool has no name
    public Tool {
        schema = Collections.unmodifiableMap(new LinkedHashMap<>(schema));
        function(schema, "tool");
    }

    /// @param parameters a JSON schema: `{"type": "object", "properties": {...}, "required": [...]}`
    public static Tool of(String name, String description, Map<String, Object> parameters) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("description", description);
        function.put("parameters", parameters);
        return new Tool(wrapped(function));
    }

    /// Reads a JSON array of tools, each whole as above or only its `function`.
    ///
    /// @param name what error messages call the source
    /// @throws ModelException where it is something else
    public static List<Tool> list(String name, Reader json) {
        if (!(Json.parse(name, json) instanceof List<?> items)) throw new ModelException(name, "tools", "a JSON array", "another value");
        List<Tool> tools = new ArrayList<>();
        for (Object item : items) {
            String what = name + ": tool " + tools.size();
            if (!(item instanceof Map<?, ?> map)) throw new ModelException(what + ": expected a JSON object, found another value");
            Map<String, Object> given = new LinkedHashMap<>();
            map.forEach((key, value) -> given.put((String) key, value));
            Map<String, Object> whole = given.containsKey("function") ? given : wrapped(given);
            function(whole, what);
            tools.add(new Tool(whole));
        }
        return List.copyOf(tools);
    }

    private static Map<String, Object> wrapped(Map<String, Object> function) {
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("type", "function");
        whole.put("function", function);
        return whole;
    }

    private static Map<?, ?> function(Map<String, Object> schema, String what) {
        if (!(schema.get("function") instanceof Map<?, ?> function)) throw new ModelException(what + ": expected a member 'function', found none");
        if (!(function.get("name") instanceof String name) || name.isBlank()) throw new ModelException(what + ": expected a member 'name' that is a text, found " + function.get("name"));
        if (function.get("parameters") != null && !(function.get("parameters") instanceof Map<?, ?>)) throw new ModelException(what + ": expected 'parameters' to be a JSON schema, found another value");
        return function;
    }

    public String name() { return (String) function(schema, "tool").get("name"); }

    /// The type that the schema gives a parameter, where it gives a single one.
    Optional<String> type(String parameter) {
        return function(schema, "tool").get("parameters") instanceof Map<?, ?> parameters && parameters.get("properties") instanceof Map<?, ?> properties
                && properties.get(parameter) instanceof Map<?, ?> property && property.get("type") instanceof String type ? Optional.of(type) : Optional.empty();
    }
}
