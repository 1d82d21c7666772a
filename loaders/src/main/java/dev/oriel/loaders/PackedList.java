package dev.oriel.loaders;

import java.lang.foreign.MemorySegment;
import java.util.AbstractList;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/// A GGUF array of numbers or booleans, kept as the file's bytes: it takes no more memory than the file, and is written with the type it was read with.
final class PackedList extends AbstractList<Object> implements RandomAccess {
    final GgufType type;
    final MemorySegment bytes;
    private final int size;

    private PackedList(GgufType type, MemorySegment bytes) {
        this.type = type;
        this.bytes = bytes;
        this.size = Math.toIntExact(bytes.byteSize() / type.width);
    }

    /// A copy on the heap, which outlives the mapping.
    static PackedList copy(GgufType type, MemorySegment mapped) {
        MemorySegment heap = MemorySegment.ofArray(new byte[Math.toIntExact(mapped.byteSize())]);
        return new PackedList(type, heap.copyFrom(mapped));
    }

    static PackedList of(GgufType type, List<?> values) {
        MemorySegment heap = MemorySegment.ofArray(new byte[Math.multiplyExact(values.size(), type.width)]);
        long offset = 0;
        for (Object value : values) {
            type.write(heap, offset, value);
            offset += type.width;
        }
        return new PackedList(type, heap);
    }

    @Override
    public Object get(int index) {
        Objects.checkIndex(index, size);
        return type.read(bytes, (long) index * type.width);
    }

    @Override
    public int size() { return size; }
}
