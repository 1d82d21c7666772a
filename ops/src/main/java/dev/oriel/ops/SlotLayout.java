package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntToLongFunction;

/// How the keys and values of one head lie in memory: tile after tile of 32 slots, as float32, float16 or [Format#Q8_0].
///
/// A tile of keys is `[keyDim][32 slots]`, so that one vector holds one component of many keys; a tile of values is `[32 slots][valueStride]`.
/// In Q8_0 the 32 components of a slot that share a scale are those of the stored format, and rounded as there; a tile starts with its float16 scales
/// `[group][32 slots]`. Then come integers of four codes: keys `[keyDim / 4][32 slots]`, where a byte is one of four consecutive components, and values
/// `[8][valueStride]`, where a byte is one of four consecutive slots. So a vector of integers becomes four vectors of numbers by shifts alone.
record SlotLayout(Format format, int keyDim, int valueDim) {
    /// Slots of one tile.
    static final int TILE = 32;
    static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;
    /// Components that share a scale.
    static final int GROUP = 32;
    /// Codes of one integer.
    static final int CODES = 4;

    SlotLayout {
        if (format != Format.F32 && format != Format.F16 && format != Format.Q8_0)
            throw new IllegalArgumentException("a cache keeps F32, F16 or Q8_0, not " + format);
    }

    SlotLayout(Cache.Shape shape) { this(shape.format(), shape.keyDim(), shape.valueDim()); }

    /// Elements from one value to the next: valueDim rounded up to 16.
    int valueStride() { return Math.ceilDiv(valueDim, HostRows.LANES) * HostRows.LANES; }

    int keyGroups() { return Math.ceilDiv(keyDim, GROUP); }

    int valueGroups() { return Math.ceilDiv(valueDim, GROUP); }

    /// Bytes of a tile of keys.
    long keyBytes() {
        return switch (format) {
            case F32 -> 4L * keyDim * TILE;
            case F16 -> 2L * keyDim * TILE;
            default -> scaleBytes(keyGroups()) + 4L * Math.ceilDiv(keyDim, CODES) * TILE;
        };
    }

    /// Bytes of a tile of values.
    long valueBytes() {
        return switch (format) {
            case F32 -> 4L * valueStride() * TILE;
            case F16 -> 2L * valueStride() * TILE;
            default -> scaleBytes(valueGroups()) + (long) valueStride() * TILE;
        };
    }

    /// Bytes of a tile's scales in Q8_0.
    static long scaleBytes(int groups) { return 2L * groups * TILE; }

    float key(MemorySegment keys, int slot, int d) {
        long tile = slot / TILE * keyBytes();
        return format == Format.Q8_0 ? scale(keys, tile, slot, d) * keys.get(ValueLayout.JAVA_BYTE, keyCode(tile, slot, d)) : get(keys, tile, keyElement(slot, d));
    }

    float value(MemorySegment values, int slot, int d) {
        long tile = slot / TILE * valueBytes();
        return format == Format.Q8_0 ? scale(values, tile, slot, d) * values.get(ValueLayout.JAVA_BYTE, valueCode(tile, slot, d)) : get(values, tile, valueElement(slot, d));
    }

    /// Takes in a key: `keyDim` float32 numbers at byte `at`.
    void putKey(MemorySegment keys, int slot, MemorySegment key, long at) {
        long tile = slot / TILE * keyBytes();
        if (format == Format.Q8_0) quantise(key, at, keyDim, keys, tile, slot, d -> keyCode(tile, slot, d));
        else for (int d = 0; d < keyDim; d++) set(keys, tile, keyElement(slot, d), key.get(HostRows.FLOAT, at + 4L * d));
    }

    /// Takes in a value: `valueDim` float32 numbers at byte `at`.
    void putValue(MemorySegment values, int slot, MemorySegment value, long at) {
        long tile = slot / TILE * valueBytes();
        if (format == Format.Q8_0) quantise(value, at, valueDim, values, tile, slot, d -> valueCode(tile, slot, d));
        else for (int d = 0; d < valueDim; d++) set(values, tile, valueElement(slot, d), value.get(HostRows.FLOAT, at + 4L * d));
    }

    /// Bytes of a row of numbers in the format as files have it, filled up to whole blocks.
    long storedBytes(int count) { return format.bytes((long) Math.ceilDiv(count, format.blockLength()) * format.blockLength()); }

    /// Copies a slot's key to its row of keys in the format as files have it.
    void giveKey(MemorySegment keys, int slot, MemorySegment rows) { transfer(keys, slot / TILE * keyBytes(), slot, rows, keyDim, this::keyPlace, true); }

    void giveValue(MemorySegment values, int slot, MemorySegment rows) { transfer(values, slot / TILE * valueBytes(), slot, rows, valueDim, this::valuePlace, true); }

    /// The way back.
    void takeKey(MemorySegment keys, int slot, MemorySegment rows) { transfer(keys, slot / TILE * keyBytes(), slot, rows, keyDim, this::keyPlace, false); }

    void takeValue(MemorySegment values, int slot, MemorySegment rows) { transfer(values, slot / TILE * valueBytes(), slot, rows, valueDim, this::valuePlace, false); }

    /// Byte offset of a slot's component in a tile that begins at byte `tile`.
    private interface Place {
        long of(long tile, int slot, int d);
    }

    private long keyPlace(long tile, int slot, int d) { return format == Format.Q8_0 ? keyCode(tile, slot, d) : tile + size() * keyElement(slot, d); }

    private long valuePlace(long tile, int slot, int d) { return format == Format.Q8_0 ? valueCode(tile, slot, d) : tile + size() * valueElement(slot, d); }

    /// Bits as they are; rows may come from a file and lie anywhere.
    ///
    /// @param out whether to the rows, or from them
    private void transfer(MemorySegment tiles, long tile, int slot, MemorySegment rows, int count, Place place, boolean out) {
        long row = slot * storedBytes(count);
        for (int d = 0; d < count; d++) {
            long at = place.of(tile, slot, d);
            long to = row + (format == Format.Q8_0 ? (long) d / GROUP * format.blockBytes() + Short.BYTES + d % GROUP : size() * d);
            if (format == Format.Q8_0 && d % GROUP == 0) move(tiles, scaleOffset(tile, slot, d), rows, to - Short.BYTES, Short.BYTES, out);
            move(tiles, at, rows, to, size(), out);
        }
    }

    private static void move(MemorySegment tiles, long at, MemorySegment rows, long to, long bytes, boolean out) {
        if (out) MemorySegment.copy(tiles, at, rows, to, bytes);
        else MemorySegment.copy(rows, to, tiles, at, bytes);
    }

    /// Bytes of one number or code.
    private long size() { return format == Format.F32 ? 4 : format == Format.F16 ? 2 : 1; }

    /// By the stored format's own encoder, group by group.
    ///
    /// @param offset byte offset of a component's code in `to`
    private static void quantise(MemorySegment from, long at, int count, MemorySegment to, long tile, int slot, IntToLongFunction offset) {
        float[] group = new float[GROUP];
        byte[] block = new byte[Format.Q8_0.blockBytes()];
        MemorySegment memory = MemorySegment.ofArray(block);
        for (int first = 0; first < count; first += GROUP) {
            int live = Math.min(GROUP, count - first);
            MemorySegment.copy(from, HostRows.FLOAT, at + 4L * first, group, 0, live);
            Arrays.fill(group, live, GROUP, 0);
            Format.Q8_0.encode(group, 0, GROUP, memory, 0);
            to.set(HALF, scaleOffset(tile, slot, first), memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0));
            for (int i = 0; i < live; i++) to.set(ValueLayout.JAVA_BYTE, offset.applyAsLong(first + i), block[2 + i]);
        }
    }

    private static long scaleOffset(long tile, int slot, int d) { return tile + 2L * (d / GROUP * TILE + slot % TILE); }

    private static float scale(MemorySegment memory, long tile, int slot, int d) { return Float.float16ToFloat(memory.get(HALF, scaleOffset(tile, slot, d))); }

    private long keyCode(long tile, int slot, int d) { return tile + scaleBytes(keyGroups()) + 4L * (d / CODES * TILE + slot % TILE) + d % CODES; }

    private long valueCode(long tile, int slot, int d) {
        return tile + scaleBytes(valueGroups()) + 4L * (slot % TILE / CODES * valueStride() + d) + slot % CODES;
    }

    private static long keyElement(int slot, int d) { return (long) d * TILE + slot % TILE; }

    private long valueElement(int slot, int d) { return (long) slot % TILE * valueStride() + d; }

    private float get(MemorySegment memory, long tile, long element) {
        return format == Format.F16 ? Float.float16ToFloat(memory.get(HALF, tile + 2 * element)) : memory.get(HostRows.FLOAT, tile + 4 * element);
    }

    private void set(MemorySegment memory, long tile, long element, float x) {
        if (format == Format.F16) memory.set(HALF, tile + 2 * element, Float.floatToFloat16(x));
        else memory.set(HostRows.FLOAT, tile + 4 * element, x);
    }
}
