package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The slots of one key-value head: a position, a key and a value each, as float32 or float16 in native memory that grows by doubling.
///
/// Keys lie in tiles `[tile][keyDim][32 slots]`, so that one vector holds one component of many keys; values lie in rows `[slot][valueStride]`.
/// Everything past the last slot and past `valueDim` is zero: kernels read whole tiles and whole vectors.
final class HeadSlots {
    /// Slots of one tile.
    static final int TILE = 32;
    static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT;

    private final int keyDim;
    private final int valueDim;
    private final int valueStride;
    private final boolean half;
    private final int elementBytes;

    private int[] positions = {};
    private int length;
    private Arena arena;
    private MemorySegment keys = MemorySegment.NULL;
    private MemorySegment values = MemorySegment.NULL;

    HeadSlots(Cache.Shape shape) {
        keyDim = shape.keyDim();
        valueDim = shape.valueDim();
        valueStride = (valueDim + HostRows.LANES - 1) / HostRows.LANES * HostRows.LANES;
        half = shape.format() == Format.F16;
        elementBytes = half ? Short.BYTES : Float.BYTES;
    }

    /// Slots in use.
    int length() { return length; }

    /// Position of the token in a slot.
    int position(int slot) { return positions[slot]; }

    /// Whether numbers are float16, float32 otherwise.
    boolean half() { return half; }

    /// `[capacity / 32][keyDim][32]`
    MemorySegment keys() { return keys; }

    /// `[capacity][valueStride]`
    MemorySegment values() { return values; }

    /// Elements from one value to the next: valueDim rounded up to 16.
    int valueStride() { return valueStride; }

    long bytes() { return keys.byteSize() + values.byteSize(); }

    /// Byte offset of component 0 of a tile's keys; component `d` follows `d * 32` elements later.
    long tileOffset(int tile) { return (long) tile * keyDim * TILE * elementBytes; }

    /// Byte offset of a slot's value.
    long valueOffset(int slot) { return (long) slot * valueStride * elementBytes; }

    float key(int slot, int component) { return get(keys, keyElement(slot, component)); }

    float value(int slot, int component) { return get(values, (long) slot * valueStride + component); }

    /// Makes room for `count` more slots, so that a long span costs one allocation.
    void reserve(int count) {
        int needed = Math.addExact(length, count);
        if (needed > positions.length) grow(needed);
    }

    /// Appends one slot from float32 memory: `keyDim` numbers at byte `keyOffset` and `valueDim` numbers at byte `valueOffset`.
    void append(int position, MemorySegment key, long keyOffset, MemorySegment value, long valueOffset) {
        reserve(1);
        int slot = length++;
        positions[slot] = position;
        for (int d = 0; d < keyDim; d++)
            set(keys, keyElement(slot, d), key.get(HostRows.FLOAT, keyOffset + (long) d * Float.BYTES));
        for (int d = 0; d < valueDim; d++)
            set(values, (long) slot * valueStride + d, value.get(HostRows.FLOAT, valueOffset + (long) d * Float.BYTES));
    }

    /// Drops every slot whose position is `position` or later; the others keep their order.
    void rewind(int position) {
        int kept = 0;
        for (int slot = 0; slot < length; slot++) {
            if (positions[slot] >= position) continue;
            if (kept != slot) move(slot, kept);
            kept++;
        }
        for (int slot = kept; slot < length; slot++) clear(slot);
        length = kept;
    }

    void close() {
        if (arena != null) arena.close();
        arena = null;
        keys = MemorySegment.NULL;
        values = MemorySegment.NULL;
        positions = new int[0];
        length = 0;
    }

    private void grow(int needed) {
        int tiles = Math.ceilDiv(Math.max(needed, positions.length * 2), TILE);
        int capacity = Math.multiplyExact(tiles, TILE);
        Arena larger = Arena.ofShared();
        MemorySegment largerKeys = larger.allocate((long) capacity * keyDim * elementBytes, HostRows.ALIGNMENT);
        MemorySegment largerValues = larger.allocate((long) capacity * valueStride * elementBytes, HostRows.ALIGNMENT);
        largerKeys.copyFrom(keys);
        largerValues.copyFrom(values);
        if (arena != null) arena.close();
        arena = larger;
        keys = largerKeys;
        values = largerValues;
        positions = Arrays.copyOf(positions, capacity);
    }

    private void move(int from, int to) {
        positions[to] = positions[from];
        for (int d = 0; d < keyDim; d++) set(keys, keyElement(to, d), key(from, d));
        MemorySegment.copy(values, valueOffset(from), values, valueOffset(to), (long) valueStride * elementBytes);
    }

    private void clear(int slot) {
        for (int d = 0; d < keyDim; d++) set(keys, keyElement(slot, d), 0);
        values.asSlice(valueOffset(slot), (long) valueStride * elementBytes).fill((byte) 0);
    }

    private long keyElement(int slot, int component) { return ((long) slot / TILE * keyDim + component) * TILE + slot % TILE; }

    private float get(MemorySegment memory, long element) {
        return half ? Float.float16ToFloat(memory.getAtIndex(HALF, element)) : memory.getAtIndex(HostRows.FLOAT, element);
    }

    private void set(MemorySegment memory, long element, float x) {
        if (half) memory.setAtIndex(HALF, element, Float.floatToFloat16(x));
        else memory.setAtIndex(HostRows.FLOAT, element, x);
    }
}
