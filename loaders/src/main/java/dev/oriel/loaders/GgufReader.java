package dev.oriel.loaders;

import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads one GGUF file of version 2 or 3: header, key-value pairs, tensor descriptions, padding, data.
/// Every count is bounded by the bytes that remain before anything is allocated for it; values of keys that nobody asks for may be anything.
final class GgufReader {
    static final int MAGIC = 0x46554747;
    static final int DEFAULT_ALIGNMENT = 32;
    static final String ALIGNMENT_KEY = "general.alignment";
    /// What ggml has room for: 64 bytes with the terminating zero.
    static final int MAX_NAME_BYTES = 63;
    static final int MAX_KEY_BYTES = 65535;
    static final int MAX_DIMENSIONS = 4;

    private static final int MAX_ELEMENTS = 1 << 26;
    private static final int MAX_ALIGNMENT = 65536;
    /// Length, one byte of key, type, one byte of value.
    private static final int MIN_PAIR_BYTES = 8 + 1 + 4 + 1;
    /// Length, one byte of name, number of dimensions, type, offset.
    private static final int MIN_TENSOR_BYTES = 8 + 1 + 4 + 4 + 8;

    private final String file;
    private final MemorySegment bytes;
    private final Cursor in;
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private int alignment = DEFAULT_ALIGNMENT;

    private GgufReader(String file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
        this.in = new Cursor(file, bytes);
    }

    /// The tensors are slices of `bytes`; the metadata are not.
    static GgufFile read(String file, MemorySegment bytes) { return new GgufReader(file, bytes).read(); }

    private GgufFile read() {
        int magic = in.int32("magic");
        if (magic != MAGIC) throw new ModelException(file, "magic", "the letters GGUF", "bytes 0x%08x".formatted(Integer.reverseBytes(magic)));
        checkVersion(in.int32("version"));
        long tensors = in.count("tensor count", Integer.MAX_VALUE, MIN_TENSOR_BYTES);
        long pairs = in.count("key-value count", Integer.MAX_VALUE, MIN_PAIR_BYTES);
        for (long i = 0; i < pairs; i++) readPair();
        List<Description> described = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < tensors; i++) described.add(describe(names));
        return new GgufFile(file, metadata, slice(described));
    }

    private void checkVersion(int version) {
        if (version == 1) throw new ModelException(file, "version", "2 or 3", "1, which is no longer read: convert the model again");
        if (version != 0 && (version & 0xFFFF) == 0)
            throw new ModelException(file, "version", "2 or 3", Integer.reverseBytes(version) + " in big-endian order: a file for machines of the other byte order");
        if (version != 2 && version != 3) throw new ModelException(file, "version", "2 or 3", Integer.toUnsignedString(version));
    }

    private void readPair() {
        String key = in.string("length of a key", MAX_KEY_BYTES);
        if (key.isEmpty()) throw new ModelException(file, "key " + metadata.size(), "a name", "an empty one");
        if (metadata.containsKey(key)) throw new ModelException(file, key, "one value", "the key a second time");
        GgufType type = GgufType.of(in.int32(key), file, key);
        if (key.equals(ALIGNMENT_KEY)) checkAlignment(type);
        metadata.put(key, switch (type) {
            case STRING -> in.string(key, MAX_ELEMENTS);
            case ARRAY -> readArray(key);
            default -> type.read(in.take(type.width, key), 0);
        });
    }

    private void checkAlignment(GgufType type) {
        if (type != GgufType.U32) throw new ModelException(file, ALIGNMENT_KEY, "a value of type U32", type);
        long value = in.peek32(ALIGNMENT_KEY) & 0xFFFF_FFFFL;
        if (Long.bitCount(value) != 1 || value > MAX_ALIGNMENT)
            throw new ModelException(file, ALIGNMENT_KEY, "a power of two, 1.." + MAX_ALIGNMENT, value);
        alignment = (int) value;
    }

    private List<?> readArray(String key) {
        GgufType type = GgufType.of(in.int32(key), file, key);
        if (type == GgufType.ARRAY) throw new ModelException(file, key, "an array of values", "an array of arrays");
        int n = (int) in.count(key, MAX_ELEMENTS, type == GgufType.STRING ? 8 : type.width);
        if (type != GgufType.STRING) return PackedList.copy(type, in.take((long) n * type.width, key));
        return in.strings(key, n, MAX_ELEMENTS);
    }

    /// @param shape slowest axis first, unlike the file
    private record Description(String name, Format format, long[] shape, long bytes, long offset) {}

    private Description describe(Set<String> names) {
        String name = in.string("length of a tensor name", MAX_NAME_BYTES);
        if (name.isEmpty()) throw new ModelException(file, "tensor " + names.size(), "a name", "an empty one");
        if (!names.add(name)) throw new ModelException(file, name, "one tensor of this name", "a second one");
        int dimensions = in.int32(name);
        if (dimensions < 0 || dimensions > MAX_DIMENSIONS)
            throw new ModelException(file, name, "0.." + MAX_DIMENSIONS + " dimensions", Integer.toUnsignedString(dimensions));
        long[] shape = new long[dimensions];
        for (int i = dimensions - 1; i >= 0; i--) shape[i] = in.int64(name);
        int type = in.int32(name);
        Format format = Format.ofGguf(type)
                .orElseThrow(() -> new ModelException(file, name, "a known GGUF tensor type", "type " + Integer.toUnsignedString(type)));
        return new Description(name, format, shape, Extents.bytes(file, name, format, shape), in.int64(name));
    }

    private Map<String, Tensor> slice(List<Description> described) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (described.isEmpty()) return tensors;
        long start = padded(in.position());
        if (start > bytes.byteSize()) throw new ModelException(file, "tensor data", "at offset " + start, "the file's end at " + bytes.byteSize());
        long room = bytes.byteSize() - start;
        long expected = 0;
        for (Description d : described) {
            if (d.offset != expected) throw new ModelException(file, d.name, "data offset " + expected, Long.toUnsignedString(d.offset));
            if (d.bytes > room - expected && d.bytes > 0)
                throw new ModelException(file, d.name, d.bytes + " bytes at offset " + (start + expected), "the file's end at " + bytes.byteSize());
            tensors.put(d.name, new Tensor(d.name, d.format, d.shape, d.bytes == 0 ? bytes.asSlice(0, 0) : bytes.asSlice(start + expected, d.bytes)));
            expected = padded(Math.addExact(expected, d.bytes));
        }
        return tensors;
    }

    /// Cannot overflow: what is padded here has been found to lie inside the file.
    private long padded(long offset) { return Math.addExact(offset, alignment - 1) & -alignment; }
}
