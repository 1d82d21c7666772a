package dev.oriel.loaders;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The JSON header of a safetensors file, read token by token: what the format does not know is refused before it takes memory.
final class SafetensorsHeader {
    static final String METADATA = "__metadata__";
    private static final int MAX_DIMENSIONS = 16;

    /// What the header says of one tensor.
    ///
    /// @param begin offset of its first byte from the start of the data
    /// @param end   offset after its last byte
    record Entry(String name, String type, long[] shape, long begin, long end) {}

    private final String file;
    private final JsonParser parser;
    private final int maxEntries;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private Map<String, String> metadata;

    private SafetensorsHeader(String file, JsonParser parser, int maxEntries) {
        this.file = file;
        this.parser = parser;
        this.maxEntries = maxEntries;
    }

    static SafetensorsHeader parse(String file, byte[] text, int maxEntries) {
        // A decoder of our own, for a reader made from a charset would replace what is malformed.
        try (Reader reader = new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8.newDecoder());
                JsonParser parser = Json.FACTORY.createParser(reader)) {
            SafetensorsHeader header = new SafetensorsHeader(file, parser, maxEntries);
            header.read();
            return header;
        } catch (IOException e) {
            throw Json.failure(file, e);
        }
    }

    Collection<Entry> entries() { return entries.values(); }

    Map<String, String> metadata() { return metadata == null ? Map.of() : metadata; }

    private void read() throws IOException {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            if (name.equals(METADATA)) {
                readMetadata();
                continue;
            }
            if (entries.size() == maxEntries) throw new ModelException(file, "header", "at most " + maxEntries + " tensors", "more");
            if (entries.containsKey(name)) throw new ModelException(file, name, "one tensor of this name", "a second one");
            entries.put(name, readEntry(name));
        }
        if (parser.nextToken() != null) throw new ModelException(file, "header", "one JSON object", "more");
    }

    private void readMetadata() throws IOException {
        if (metadata != null) throw new ModelException(file, METADATA, "one", "a second one");
        metadata = new LinkedHashMap<>();
        expect(parser.nextToken(), JsonToken.START_OBJECT, METADATA);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            expect(parser.nextToken(), JsonToken.VALUE_STRING, METADATA + "." + key);
            if (metadata.put(key, parser.getText()) != null) throw new ModelException(file, METADATA + "." + key, "one value", "a second one");
        }
    }

    private Entry readEntry(String name) throws IOException {
        expect(parser.nextToken(), JsonToken.START_OBJECT, name);
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            if (!seen.add(key)) throw new ModelException(file, name, "'" + key + "' once", "a second one");
            JsonToken token = parser.nextToken();
            switch (key) {
                case "dtype" -> {
                    expect(token, JsonToken.VALUE_STRING, name + ".dtype");
                    type = parser.getText();
                }
                case "shape" -> shape = numbers(token, name + ".shape");
                case "data_offsets" -> offsets = numbers(token, name + ".data_offsets");
                default -> throw new ModelException(file, name, "dtype, shape and data_offsets", "'" + key + "'");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.length != 2)
            throw new ModelException(file, name, "dtype, shape and two data_offsets", "only " + seen);
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private long[] numbers(JsonToken start, String what) throws IOException {
        expect(start, JsonToken.START_ARRAY, what);
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
            if (parser.getNumberType() == NumberType.BIG_INTEGER || parser.getLongValue() < 0)
                throw new ModelException(file, what, "numbers in 0..2^63-1", parser.getText());
            if (numbers.size() == MAX_DIMENSIONS) throw new ModelException(file, what, "at most " + MAX_DIMENSIONS + " numbers", "more");
            numbers.add(parser.getLongValue());
        }
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private void expect(JsonToken found, JsonToken expected, String what) {
        if (found != expected) throw new ModelException(file, what, described(expected), described(found));
    }

    private static String described(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case null -> "nothing";
            default -> "another value";
        };
    }
}
