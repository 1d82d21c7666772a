package dev.oriel.loaders;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// JSON as plain values: Map (in file order), List, String, Long, Double, Boolean and null.
///
/// Refused, with file, line and column: more than 200 levels, a key twice in one object, anything after the value, malformed UTF-8.
/// Accepted beyond the standard: `NaN`, `Infinity` and `-Infinity`, which Python writes. An integer outside 64 bits becomes a Double.
public final class Json {
    static final int MAX_DEPTH = 200;

    /// Names are neither interned nor kept in a shared table: a vocabulary's keys are all different, and would only fill it.
    static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH).maxStringLength(1 << 26).maxDocumentLength(1L << 28).build())
            .build();

    private final String name;
    private final JsonParser parser;

    private Json(String name, JsonParser parser) {
        this.name = name;
        this.parser = parser;
    }

    /// The value in a UTF-8 file.
    public static Object parse(Path path) {
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            return read(path.toString(), reader);
        } catch (IOException e) {
            throw failure(path.toString(), e);
        }
    }

    /// The value that `reader` holds up to its end; it is not closed.
    public static Object parse(Reader reader) { return parse("JSON", reader); }

    /// The same; messages call it `name`.
    public static Object parse(String name, Reader reader) {
        try {
            return read(name, reader);
        } catch (IOException e) {
            throw failure(name, e);
        }
    }

    /// The object in a UTF-8 file.
    static Map<?, ?> parseObject(Path path) {
        if (parse(path) instanceof Map<?, ?> object) return object;
        throw new ModelException(path, "content", "a JSON object", "another value");
    }

    /// Compact JSON of Map, Iterable, String, Number, Boolean, null, and arrays of int, long, float and double.
    ///
    /// @throws IllegalArgumentException for other classes, and for NaN and infinities, which JSON lacks
    public static String write(Object value) { return JsonText.of(value); }

    private static Object read(String name, Reader reader) throws IOException {
        try (JsonParser parser = FACTORY.createParser(reader)) {
            parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
            Json json = new Json(name, parser);
            parser.nextToken();
            Object value = json.value();
            if (parser.nextToken() != null) throw json.wrong("the end after one value", "more");
            return value;
        }
    }

    /// The value whose first token is the current one. Recursion is bounded by the parser's depth limit.
    private Object value() throws IOException {
        JsonToken token = parser.currentToken();
        return switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> array();
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getNumberType() == NumberType.BIG_INTEGER ? (Object) parser.getDoubleValue() : (Object) parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case null, default -> throw wrong("a value", "nothing");
        };
    }

    private Map<String, Object> object() throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            if (members.containsKey(key)) throw wrong("the key '" + key + "' once", "a second one");
            parser.nextToken();
            members.put(key, value());
        }
        return members;
    }

    private List<Object> array() throws IOException {
        List<Object> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) elements.add(value());
        return elements;
    }

    private ModelException wrong(String expected, String found) {
        return new ModelException(name, place(parser.currentTokenLocation()), expected, found);
    }

    static ModelException failure(String name, IOException e) {
        return switch (e) {
            case JsonProcessingException j ->
                new ModelException(ModelException.line(name + ": " + place(j.getLocation()) + ": expected JSON, found: " + j.getOriginalMessage()), e);
            case CharacterCodingException _ -> new ModelException(name + ": text: expected UTF-8, found other bytes", e);
            default -> new ModelException(name + ": cannot be read: " + Mapping.reason(e), e);
        };
    }

    private static String place(JsonLocation at) { return at == null ? "JSON" : "line " + at.getLineNr() + ", column " + at.getColumnNr(); }
}
