package dev.oriel.loaders;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes safetensors files.
public final class SafetensorsWriter {
    private static final int HEADER_ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /// Writes a file that appears under its name only when it is complete. Tensors are ordered by the size of their numbers, the widest first, so that each is
    /// aligned, and otherwise stay in the order given; they are made one after the other.
    ///
    /// @param metadata the header's `__metadata__`; left out if empty
    /// @throws ModelException if the format cannot hold something (block formats must be decoded first), or the file cannot be written
    public static void write(Path target, Map<String, String> metadata, Collection<TensorSource> tensors) {
        List<TensorSource> sources = new ArrayList<>(tensors);
        sources.sort(Comparator.comparing((TensorSource source) -> source.format().blockBytes()).reversed());
        byte[] header = header(target, metadata, sources).getBytes(StandardCharsets.UTF_8);
        if (header.length > SafetensorsReader.MAX_HEADER_BYTES)
            throw new ModelException(target, "header", "at most " + SafetensorsReader.MAX_HEADER_BYTES + " bytes", header.length);
        Output.write(target, out -> write(out, header, sources));
    }

    private static void write(Output out, byte[] header, List<TensorSource> sources) throws IOException {
        int padding = -header.length & (HEADER_ALIGNMENT - 1);
        out.int64(header.length + padding);
        out.bytes(MemorySegment.ofArray(header));
        out.fill(padding, (byte) ' ');
        for (TensorSource source : sources) out.tensor(source);
    }

    private static String header(Path target, Map<String, String> metadata, List<TensorSource> sources) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) header.put(SafetensorsHeader.METADATA, metadata);
        long offset = 0;
        for (TensorSource source : sources) {
            String type = source.format().safetensorsName();
            if (type == null) throw new ModelException(target, source.name(), "a type that safetensors has, such as F32", source.format());
            if (source.name().equals(SafetensorsHeader.METADATA)) throw new ModelException(target, source.name(), "another tensor name", "the reserved one");
            long end = Math.addExact(offset, Extents.bytes(target.toString(), source.name(), source.format(), source.shape()));
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("dtype", type);
            entry.put("shape", source.shape());
            entry.put("data_offsets", new long[] {offset, end});
            if (header.put(source.name(), entry) != null) throw new ModelException(target, source.name(), "one tensor of this name", "a second one");
            offset = end;
        }
        return Json.write(header);
    }
}
