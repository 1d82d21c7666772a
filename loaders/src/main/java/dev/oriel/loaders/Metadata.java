package dev.oriel.loaders;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Typed access to what a file says about its tensors: GGUF key-value pairs, or a `config.json` whose nested keys are joined by dots.
/// Values are Boolean, Long, Double, String, and List of these (or, from JSON, `List` of `Map` and null).
/// A key that is present with the wrong type is an error when it is asked for, and never before: unused keys may hold anything.
public final class Metadata {
    private final String file;
    private final Map<String, Object> values;

    public Metadata(String file, Map<String, Object> values) {
        this.file = file;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// The file's name, for messages.
    public String file() { return file; }

    public Map<String, Object> values() { return values; }

    /// Present and not null.
    public boolean has(String key) { return values.get(key) != null; }

    public Optional<String> text(String key) { return Optional.ofNullable(typed(key, "a string", String.class)); }

    public Optional<Boolean> flag(String key) { return Optional.ofNullable(typed(key, "true or false", Boolean.class)); }

    public Optional<Long> integer(String key) {
        Object v = values.get(key);
        if (v instanceof Double d && d == Math.rint(d)) v = d.longValue();
        return Optional.ofNullable(cast(key, v, "an integer", Long.class));
    }

    public Optional<Double> number(String key) {
        Object v = values.get(key);
        if (v instanceof Long l) v = l.doubleValue();
        return Optional.ofNullable(cast(key, v, "a number", Double.class));
    }

    /// A required integer in `[low, high]`.
    public int require(String key, int low, int high) {
        long v = integer(key).orElseThrow(() -> new ModelException(file, key, "an integer", "nothing"));
        return bounded(key, v, low, high);
    }

    /// An optional integer in `[low, high]`.
    public int count(String key, int low, int high, int fallback) {
        return has(key) ? require(key, low, high) : fallback;
    }

    public String requireText(String key) {
        return text(key).orElseThrow(() -> new ModelException(file, key, "a string", "nothing"));
    }

    public List<?> list(String key) { return typed(key, "a list", List.class); }

    /// A list of strings, or null where there is none.
    public Utf8List strings(String key) {
        List<?> list = list(key);
        if (list == null || list instanceof Utf8List) return (Utf8List) list;
        List<String> strings = new ArrayList<>(list.size());
        for (Object element : list) strings.add(element(key, element, "a list of String", String.class));
        return Utf8List.of(strings);
    }

    /// A list of numbers as float32, or null where there is none.
    public float[] floats(String key) {
        List<?> list = list(key);
        if (list instanceof PackedList packed && packed.type != GgufType.BOOL) return packed.floats();
        float[] floats = list == null ? null : new float[list.size()];
        for (int i = 0; floats != null && i < floats.length; i++) floats[i] = element(key, list.get(i), "a list of Number", Number.class).floatValue();
        return floats;
    }

    /// A list of integers, or null where there is none.
    public long[] integers(String key) {
        List<?> list = list(key);
        if (list instanceof PackedList packed && packed.type.integer()) return packed.integers();
        long[] integers = list == null ? null : new long[list.size()];
        for (int i = 0; integers != null && i < integers.length; i++) integers[i] = element(key, list.get(i), "a list of Long", Long.class);
        return integers;
    }

    private <T> T element(String key, Object value, String expected, Class<T> type) {
        if (!type.isInstance(value)) throw new ModelException(file, key, expected, String.valueOf(value));
        return type.cast(value);
    }

    private int bounded(String key, long v, int low, int high) {
        if (v < low || v > high) throw new ModelException(file, key, low + ".." + high, v);
        return (int) v;
    }

    private <T> T typed(String key, String expected, Class<T> type) { return cast(key, values.get(key), expected, type); }

    private <T> T cast(String key, Object v, String expected, Class<T> type) {
        if (v != null && !type.isInstance(v)) throw new ModelException(file, key, expected, shorten(v));
        return type.cast(v);
    }

    private static String shorten(Object v) {
        String s = String.valueOf(v);
        return s.length() > 60 ? s.substring(0, 60) + "…" : s;
    }
}
