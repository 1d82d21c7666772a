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

    /// All numbers as float32.
    float[] floats() {
        float[] out = new float[size];
        if (type == GgufType.F32) MemorySegment.copy(bytes, GgufType.FLOAT, 0, out, 0, size);
        else for (int i = 0; i < size; i++) out[i] = ((Number) get(i)).floatValue();
        return out;
    }

    /// All numbers as 64-bit integers.
    long[] integers() {
        long[] out = new long[size];
        if (type == GgufType.I32) {
            int[] stored = new int[size];
            MemorySegment.copy(bytes, GgufType.INT, 0, stored, 0, size);
            for (int i = 0; i < size; i++) out[i] = stored[i];
        } else {
            for (int i = 0; i < size; i++) out[i] = ((Number) get(i)).longValue();
        }
        return out;
    }

    @Override
    public Object get(int index) {
        Objects.checkIndex(index, size);
        return type.read(bytes, (long) index * type.width);
    }

    @Override
    public int size() { return size; }
}
