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
    /// Bits as they are, in memory that may come from a file and lie anywhere.
    private static final ValueLayout.OfShort STORED_HALF = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt STORED_FLOAT = ValueLayout.JAVA_INT_UNALIGNED;

    private final int keyDim;
    private final int valueDim;
    private final int valueStride;
    private final boolean half;
    private final int elementBytes;

    private int[] positions = {};
    /// How many tokens had been stored before the one in a slot.
    private int[] ordinals = {};
    private int length;
    private int stored;
    private Slab slab;
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

    /// Memory that forks share; whoever changes it takes a copy first.
    private static final class Slab {
        private final Arena arena = Arena.ofShared();
        private int owners = 1;

        void release() {
            if (--owners == 0) arena.close();
        }
    }

    private HeadSlots(HeadSlots of) {
        keyDim = of.keyDim;
        valueDim = of.valueDim;
        valueStride = of.valueStride;
        half = of.half;
        elementBytes = of.elementBytes;
        positions = of.positions.clone();
        ordinals = of.ordinals.clone();
        length = of.length;
        stored = of.stored;
        slab = of.slab;
        keys = of.keys;
        values = of.values;
        if (slab != null) slab.owners++;
    }

    HeadSlots fork() { return new HeadSlots(this); }

    /// Makes room for `count` more slots, so that a long span costs one allocation.
    void reserve(int count) {
        int needed = Math.addExact(length, count);
        if (needed > positions.length) move(Math.max(needed, positions.length * 2));
        else own();
    }

    private void own() {
        if (slab != null && slab.owners > 1) move(positions.length);
    }

    /// Appends one slot from float32 memory: `keyDim` numbers at byte `keyOffset` and `valueDim` numbers at byte `valueOffset`.
    void append(int position, MemorySegment key, long keyOffset, MemorySegment value, long valueOffset) {
        reserve(1);
        int slot = length++;
        positions[slot] = position;
        ordinals[slot] = stored++;
        for (int d = 0; d < keyDim; d++)
            set(keys, keyElement(slot, d), key.get(HostRows.FLOAT, keyOffset + (long) d * Float.BYTES));
        for (int d = 0; d < valueDim; d++)
            set(values, (long) slot * valueStride + d, value.get(HostRows.FLOAT, valueOffset + (long) d * Float.BYTES));
    }

    /// A copy of all slots; keys leave their tiles.
    Cache.Content content(Arena arena) {
        MemorySegment keyRows = arena.allocate((long) length * keyDim * elementBytes, HostRows.ALIGNMENT);
        MemorySegment valueRows = arena.allocate((long) length * valueDim * elementBytes, HostRows.ALIGNMENT);
        for (int slot = 0; slot < length; slot++) {
            for (int d = 0; d < keyDim; d++) copy(keys, keyElement(slot, d), keyRows, (long) slot * keyDim + d);
            for (int d = 0; d < valueDim; d++) copy(values, (long) slot * valueStride + d, valueRows, (long) slot * valueDim + d);
        }
        return new Cache.Content(stored, Arrays.copyOf(ordinals, length), Arrays.copyOf(positions, length), keyRows, valueRows);
    }

    /// Holds these slots and no others.
    void restore(Cache.Content content) {
        int slots = content.positions().length;
        if (content.keys().byteSize() != (long) slots * keyDim * elementBytes || content.values().byteSize() != (long) slots * valueDim * elementBytes)
            throw new IllegalArgumentException(slots + " slots: expected " + keyDim + " and " + valueDim + " numbers of " + elementBytes + " bytes each, found "
                    + content.keys().byteSize() + " and " + content.values().byteSize() + " bytes in all");
        rewind(0);
        reserve(slots);
        for (int slot = 0; slot < slots; slot++) {
            for (int d = 0; d < keyDim; d++) copy(content.keys(), (long) slot * keyDim + d, keys, keyElement(slot, d));
            for (int d = 0; d < valueDim; d++) copy(content.values(), (long) slot * valueDim + d, values, (long) slot * valueStride + d);
        }
        System.arraycopy(content.positions(), 0, positions, 0, slots);
        System.arraycopy(content.ordinals(), 0, ordinals, 0, slots);
        length = slots;
        stored = content.tokens();
    }

    /// Drops the slots of every token but the first `tokens` stored.
    void rewind(int tokens) {
        if (tokens >= stored) return;
        stored = tokens;
        int kept = length;
        while (kept > 0 && ordinals[kept - 1] >= tokens) kept--;
        if (kept == length) return;
        own();
        for (int slot = kept; slot < length; slot++) clear(slot);
        length = kept;
    }

    void close() {
        if (slab != null) slab.release();
        slab = null;
        keys = MemorySegment.NULL;
        values = MemorySegment.NULL;
        positions = new int[0];
        ordinals = new int[0];
        length = 0;
        stored = 0;
    }

    /// Moves into memory of its own with room for `slots` slots.
    private void move(int slots) {
        int capacity = Math.multiplyExact(Math.ceilDiv(slots, TILE), TILE);
        Slab own = new Slab();
        MemorySegment ownKeys = own.arena.allocate((long) capacity * keyDim * elementBytes, HostRows.ALIGNMENT);
        MemorySegment ownValues = own.arena.allocate((long) capacity * valueStride * elementBytes, HostRows.ALIGNMENT);
        ownKeys.copyFrom(keys);
        ownValues.copyFrom(values);
        if (slab != null) slab.release();
        slab = own;
        keys = ownKeys;
        values = ownValues;
        positions = Arrays.copyOf(positions, capacity);
        ordinals = Arrays.copyOf(ordinals, capacity);
    }

    private void clear(int slot) {
        for (int d = 0; d < keyDim; d++) set(keys, keyElement(slot, d), 0);
        values.asSlice(valueOffset(slot), (long) valueStride * elementBytes).fill((byte) 0);
    }

    private long keyElement(int slot, int component) { return ((long) slot / TILE * keyDim + component) * TILE + slot % TILE; }

    private void copy(MemorySegment from, long element, MemorySegment to, long target) {
        if (half) to.setAtIndex(STORED_HALF, target, from.getAtIndex(STORED_HALF, element));
        else to.setAtIndex(STORED_FLOAT, target, from.getAtIndex(STORED_FLOAT, element));
    }

    private float get(MemorySegment memory, long element) {
        return half ? Float.float16ToFloat(memory.getAtIndex(HALF, element)) : memory.getAtIndex(HostRows.FLOAT, element);
    }

    private void set(MemorySegment memory, long element, float x) {
        if (half) memory.setAtIndex(HALF, element, Float.floatToFloat16(x));
        else memory.setAtIndex(HostRows.FLOAT, element, x);
    }
}
