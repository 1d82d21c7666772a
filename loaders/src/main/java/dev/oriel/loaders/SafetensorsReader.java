package dev.oriel.loaders;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads one safetensors file: header length, JSON header, data that the entries of the header cover without hole or overlap.
final class SafetensorsReader {
    static final long MAX_HEADER_BYTES = 100_000_000;
    private static final int MAX_ENTRIES = 1 << 18;

    private final String file;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final List<String> unreadable = new ArrayList<>();

    private SafetensorsReader(String file) { this.file = file; }

    /// @param metadata   the header's `__metadata__`
    /// @param unreadable names of tensors of types that [Format] lacks, such as booleans; they are checked and left out
    record Contents(Map<String, String> metadata, Map<String, Tensor> tensors, List<String> unreadable) {}

    /// The tensors are slices of `bytes`.
    static Contents read(String file, MemorySegment bytes) { return new SafetensorsReader(file).read(bytes); }

    private Contents read(MemorySegment bytes) {
        Cursor in = new Cursor(file, bytes);
        int length = (int) in.count("header length", MAX_HEADER_BYTES, 1);
        byte[] text = in.take(length, "header").toArray(ValueLayout.JAVA_BYTE);
        checkFrame(text);
        SafetensorsHeader header = SafetensorsHeader.parse(file, text, MAX_ENTRIES);
        List<SafetensorsHeader.Entry> entries = new ArrayList<>(header.entries());
        entries.sort(Comparator.comparingLong(SafetensorsHeader.Entry::begin).thenComparingLong(SafetensorsHeader.Entry::end));
        MemorySegment data = bytes.asSlice(in.position());
        long expected = 0;
        for (SafetensorsHeader.Entry entry : entries) {
            if (entry.begin() != expected) throw new ModelException(file, entry.name(), "data from offset " + expected, entry.begin());
            if (entry.end() < entry.begin() || entry.end() > data.byteSize())
                throw new ModelException(file, entry.name(), "data up to an offset in " + entry.begin() + ".." + data.byteSize(), entry.end());
            add(entry, data.asSlice(entry.begin(), entry.end() - entry.begin()));
            expected = entry.end();
        }
        if (expected != data.byteSize()) throw new ModelException(file, "data", expected + " bytes, as the header says", data.byteSize());
        return new Contents(header.metadata(), tensors, unreadable);
    }

    /// `{` first, and nothing but spaces after the last `}`: padding with anything else is refused by other readers, and could hide something.
    private void checkFrame(byte[] text) {
        int last = text.length - 1;
        while (last >= 0 && text[last] == ' ') last--;
        if (last < 1 || text[0] != '{' || text[last] != '}') throw new ModelException(file, "header", "{...} and spaces", "something else around it");
    }

    private void add(SafetensorsHeader.Entry entry, MemorySegment data) {
        long[] shape = entry.shape();
        StoredType type = StoredType.of(file, entry.name(), entry.type());
        long bytes = type.bytes(file, entry.name(), shape);
        if (bytes != data.byteSize())
            throw new ModelException(file, entry.name(), bytes + " bytes for " + entry.type() + " " + Arrays.toString(shape), data.byteSize());
        Format.ofSafetensors(entry.type()).ifPresentOrElse(format -> {
            Extents.bytes(file, entry.name(), format, shape);
            tensors.put(entry.name(), new Tensor(entry.name(), format, shape, data));
        }, () -> unreadable.add(entry.name()));
    }
}
