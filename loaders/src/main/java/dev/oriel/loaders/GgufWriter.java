package dev.oriel.loaders;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes GGUF files, version 3, with data aligned to 32 bytes.
public final class GgufWriter {
    private static final int VERSION = 3;

    private GgufWriter() {}

    /// Writes a file that appears under its name only when it is complete.
    ///
    /// Types of metadata: Boolean; Integer and Long (u32 where it fits, as llama.cpp wants its numbers, else i32, else i64); Float (f32); Double (f32 if that
    /// loses nothing, else f64: give a Float where a decimal fraction is meant to be f32); String; a List of one of these (Byte: u8; integers: i32 where all fit, else u32,
    /// else i64). Arrays of a [Checkpoint] that was read from GGUF keep the types they had. `general.alignment` is not taken over, for it describes another file.
    ///
    /// @param metadata key-value pairs, in the order in which they are written
    /// @param tensors  in the order in which they are written; made one after the other
    /// @throws ModelException if the format cannot hold something, or the file cannot be written
    public static void write(Path target, Map<String, ?> metadata, Collection<TensorSource> tensors) {
        Map<String, GgufValue> values = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (!key.equals(GgufReader.ALIGNMENT_KEY)) values.put(checkedKey(target, key), GgufValue.of(target, key, value));
        });
        List<TensorSource> sources = List.copyOf(tensors);
        Set<String> names = new HashSet<>();
        for (TensorSource source : sources) {
            check(target, source);
            if (!names.add(source.name())) throw new ModelException(target, source.name(), "one tensor of this name", "a second one");
        }
        Output.write(target, out -> write(out, target, values, sources));
    }

    private static void write(Output out, Path target, Map<String, GgufValue> values, List<TensorSource> sources) throws IOException {
        out.int32(GgufReader.MAGIC);
        out.int32(VERSION);
        out.int64(sources.size());
        out.int64(values.size());
        for (Map.Entry<String, GgufValue> pair : values.entrySet()) {
            out.string(pair.getKey());
            pair.getValue().write(out);
        }
        long offset = 0;
        for (TensorSource source : sources) {
            describe(out, source, offset);
            offset = padded(Math.addExact(offset, bytes(target, source)));
        }
        out.fill(padded(out.position()) - out.position(), (byte) 0);
        for (TensorSource source : sources) {
            out.tensor(source);
            out.fill(padded(out.position()) - out.position(), (byte) 0);
        }
    }

    private static void describe(Output out, TensorSource source, long offset) throws IOException {
        out.string(source.name());
        out.int32(source.shape().length);
        for (int i = source.shape().length - 1; i >= 0; i--) out.int64(source.shape()[i]);
        out.int32(source.format().ggufId());
        out.int64(offset);
    }

    private static String checkedKey(Path target, String key) {
        int length = key.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > GgufReader.MAX_KEY_BYTES) throw new ModelException(target, "key " + key, "1.." + GgufReader.MAX_KEY_BYTES + " bytes", length);
        return key;
    }

    private static void check(Path target, TensorSource source) {
        int length = source.name().getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > GgufReader.MAX_NAME_BYTES)
            throw new ModelException(target, source.name(), "a tensor name of 1.." + GgufReader.MAX_NAME_BYTES + " bytes, as GGUF demands", length);
        if (source.shape().length > GgufReader.MAX_DIMENSIONS)
            throw new ModelException(target, source.name(), "at most " + GgufReader.MAX_DIMENSIONS + " dimensions", Arrays.toString(source.shape()));
        if (source.format().ggufId() < 0) throw new ModelException(target, source.name(), "a type that GGUF has", source.format());
        bytes(target, source);
    }

    private static long bytes(Path target, TensorSource source) {
        return Extents.bytes(target.toString(), source.name(), source.format(), source.shape());
    }

    private static long padded(long offset) { return Math.addExact(offset, GgufReader.DEFAULT_ALIGNMENT - 1) & -GgufReader.DEFAULT_ALIGNMENT; }
}
