package dev.oriel.ops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A golden of the test resources: just enough of safetensors to read files that our own tools wrote.
final class Golden {
    private static final Pattern ENTRY = Pattern.compile(
        "\"([^\"]+)\":\\s*\\{\"dtype\":\\s*\"\\w+\",\\s*\"shape\":\\s*\\[[^]]*],\\s*\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)]}");
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    Golden(String resource) {
        byte[] file = read(resource);
        int header = Math.toIntExact(MemorySegment.ofArray(file).get(LONG, 0));
        Matcher entry = ENTRY.matcher(new String(file, 8, header, StandardCharsets.UTF_8));
        while (entry.find()) {
            int from = Integer.parseInt(entry.group(2));
            int to = Integer.parseInt(entry.group(3));
            entries.put(entry.group(1), Arrays.copyOfRange(file, 8 + header + from, 8 + header + to));
        }
        if (entries.isEmpty()) throw new IllegalStateException(resource + ": no entries");
    }

    byte[] bytes(String name) {
        byte[] bytes = entries.get(name);
        if (bytes == null) throw new IllegalArgumentException("no " + name + " among " + entries.keySet());
        return bytes;
    }

    float[] floats(String name) {
        return MemorySegment.ofArray(bytes(name)).toArray(FLOAT);
    }

    Set<String> names() { return entries.keySet(); }

    private static byte[] read(String resource) {
        try (InputStream in = Golden.class.getResourceAsStream("/goldens/" + resource)) {
            if (in == null) throw new IllegalStateException("no resource goldens/" + resource);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
