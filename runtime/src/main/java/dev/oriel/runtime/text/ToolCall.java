package dev.oriel.runtime.text;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.io.StringReader;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A call of a tool that a model asks for.
///
/// @param id        what the model calls this call, where its form has ids
/// @param name      of the tool, as the model writes it: it may be none that was offered
/// @param arguments a JSON object, where the model writes JSON with its own white space and digits
public record ToolCall(Optional<String> id, String name, String arguments) {
    /// @throws ModelException where the arguments are no JSON object
    public ToolCall {
        parse(arguments);
    }

    public static ToolCall of(String name, Map<String, ?> arguments) { return new ToolCall(Optional.empty(), name, Json.write(arguments)); }

    public ToolCall withId(String id) { return new ToolCall(Optional.of(id), name, arguments); }

    /// The arguments as plain values (String, Long, Double, Boolean, List, Map, null) in the model's order. An integer outside 64 bits becomes a Double.
    public Map<String, Object> values() { return parse(arguments); }

    private static Map<String, Object> parse(String arguments) {
        if (!(Json.parse("arguments", new StringReader(arguments)) instanceof Map<?, ?> map)) throw new ModelException("arguments: expected a JSON object, found another value");
        Map<String, Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put((String) key, value));
        return Collections.unmodifiableMap(values);
    }

    /// As chat templates take it, and as the usual APIs write it.
    Map<String, Object> variables(boolean asText) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", asText ? arguments : values());
        Map<String, Object> call = new LinkedHashMap<>();
        id.ifPresent(given -> call.put("id", given));
        call.put("type", "function");
        call.put("function", function);
        return call;
    }
}
