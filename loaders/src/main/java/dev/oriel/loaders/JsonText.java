package dev.oriel.loaders;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/// Plain values as JSON text.
final class JsonText {
    private final JsonGenerator out;

    private JsonText(JsonGenerator out) { this.out = out; }

    static String of(Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = Json.FACTORY.createGenerator(text)) {
            new JsonText(out).write(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void write(Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case String s -> out.writeString(s);
            case Boolean b -> out.writeBoolean(b);
            case Float f -> out.writeNumber(finite(f).floatValue());
            case Double d -> out.writeNumber(finite(d).doubleValue());
            case Number n -> out.writeNumber(n.longValue());
            case Map<?, ?> members -> object(members);
            case Iterable<?> elements -> array(elements);
            case int[] a -> out.writeArray(a, 0, a.length);
            case long[] a -> out.writeArray(a, 0, a.length);
            case float[] a -> floats(a);
            case double[] a -> doubles(a);
            default -> throw new IllegalArgumentException("JSON has no " + value.getClass().getName());
        }
    }

    private void object(Map<?, ?> members) throws IOException {
        out.writeStartObject();
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.writeFieldName(String.valueOf(member.getKey()));
            write(member.getValue());
        }
        out.writeEndObject();
    }

    private void array(Iterable<?> elements) throws IOException {
        out.writeStartArray();
        for (Object element : elements) write(element);
        out.writeEndArray();
    }

    private void floats(float[] values) throws IOException {
        out.writeStartArray();
        for (float value : values) write(value);
        out.writeEndArray();
    }

    private void doubles(double[] values) throws IOException {
        out.writeStartArray();
        for (double value : values) write(value);
        out.writeEndArray();
    }

    private static Number finite(Number value) {
        if (!Double.isFinite(value.doubleValue())) throw new IllegalArgumentException("JSON has no " + value);
        return value;
    }
}
