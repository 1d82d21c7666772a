package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The slots of one key-value head: a position, a key and a value each, in native memory that grows by doubling and lies as [SlotLayout] says.
///
/// Slots are counted from the sequence's first, also where the first ones are gone: with a window a head forgets, a [#STEP] at a time, what no later query can
/// see, and keeps enough to go back [Cache.Shape#MARGIN] tokens. Everything past the last slot and past `valueDim` is zero: kernels read whole steps and vectors.
final class HeadSlots {
    static final int TILE = SlotLayout.TILE;
    /// Slots that attention takes at once, and that memory grows and shrinks by: a few tiles.
    static final int STEP = 4 * TILE;

    private final SlotLayout layout;
    private final int window;

    private int[] positions = {};
    /// How many tokens had been stored before the one in a slot.
    private int[] ordinals = {};
    /// Slots that are gone, a multiple of [#STEP].
    private int first;
    private int length;
    private int stored;
    private int earliest;
    private int firstQuery;
    private Slab slab;
    private MemorySegment keys = MemorySegment.NULL;
    private MemorySegment values = MemorySegment.NULL;

    HeadSlots(Cache.Shape shape) {
        layout = new SlotLayout(shape);
        window = shape.window();
    }

    SlotLayout layout() { return layout; }

    /// Slots so far, with those that are gone.
    int length() { return length; }

    /// The first slot that is still kept.
    int first() { return first; }

    /// As [Cache#earliest].
    int earliest() { return earliest; }

    /// As [Cache#firstQuery].
    int firstQuery() { return firstQuery; }

    /// Position of the token in a slot.
    int position(int slot) { return positions[slot - first]; }

    /// Positions from slot [#first] on, with room to the end of a step.
    int[] positions() { return positions; }

    /// Tiles of keys from slot [#first] on.
    MemorySegment keys() { return keys; }

    /// Tiles of values from slot [#first] on.
    MemorySegment values() { return values; }

    long bytes() { return keys.byteSize() + values.byteSize(); }

    /// Byte offset of the tile of keys that begins with a slot.
    long keyOffset(int slot) { return (slot - first) / TILE * layout.keyBytes(); }

    /// Byte offset of the tile of values that begins with a slot.
    long valueOffset(int slot) { return (slot - first) / TILE * layout.valueBytes(); }

    float key(int slot, int component) { return layout.key(keys, slot - first, component); }

    float value(int slot, int component) { return layout.value(values, slot - first, component); }

    /// Memory that forks share; whoever changes it takes a copy first.
    private static final class Slab {
        private final Arena arena = Arena.ofShared();
        private int owners = 1;

        void release() {
            if (--owners == 0) arena.close();
        }
    }

    private HeadSlots(HeadSlots of) {
        layout = of.layout;
        window = of.window;
        positions = of.positions.clone();
        ordinals = of.ordinals.clone();
        first = of.first;
        length = of.length;
        stored = of.stored;
        earliest = of.earliest;
        firstQuery = of.firstQuery;
        slab = of.slab;
        keys = of.keys;
        values = of.values;
        if (slab != null) slab.owners++;
    }

    HeadSlots fork() { return new HeadSlots(this); }

    /// Makes room for `count` more slots, so that a long span costs one allocation; before it grows, a head with a window forgets what it can.
    void reserve(int count) {
        int needed = Math.addExact(length - first, count);
        if (needed <= positions.length) {
            own();
            return;
        }
        int gone = forgettable();
        needed -= gone;
        int capacity = needed <= positions.length ? positions.length : Math.max(needed, Math.multiplyExact(positions.length, 2));
        forget(gone);
        move(capacity, gone);
    }

    private void own() {
        if (slab != null && slab.owners > 1) move(positions.length, 0);
    }

    /// Appends one slot from float32 memory: `keyDim` numbers at byte `keyOffset` and `valueDim` numbers at byte `valueOffset`.
    void append(int position, MemorySegment key, long keyOffset, MemorySegment value, long valueOffset) {
        reserve(1);
        int at = length++ - first;
        positions[at] = position;
        ordinals[at] = stored++;
        layout.putKey(keys, at, key, keyOffset);
        layout.putValue(values, at, value, valueOffset);
    }

    /// A copy of all slots that are kept; keys leave their tiles.
    Cache.Content content(Arena arena) {
        int kept = length - first;
        MemorySegment keyRows = arena.allocate(kept * layout.storedBytes(layout.keyDim()), HostRows.ALIGNMENT);
        MemorySegment valueRows = arena.allocate(kept * layout.storedBytes(layout.valueDim()), HostRows.ALIGNMENT);
        for (int at = 0; at < kept; at++) {
            layout.giveKey(keys, at, keyRows);
            layout.giveValue(values, at, valueRows);
        }
        return new Cache.Content(stored, Arrays.copyOf(ordinals, kept), Arrays.copyOf(positions, kept), keyRows, valueRows);
    }

    /// Holds these slots and no others.
    void restore(Cache.Content content) {
        int kept = content.positions().length;
        long keyBytes = layout.storedBytes(layout.keyDim());
        long valueBytes = layout.storedBytes(layout.valueDim());
        if (content.keys().byteSize() != kept * keyBytes || content.values().byteSize() != kept * valueBytes)
            throw new IllegalArgumentException(kept + " slots: expected " + keyBytes + " and " + valueBytes + " bytes each, found "
                    + content.keys().byteSize() + " and " + content.values().byteSize() + " bytes in all");
        close();
        reserve(kept);
        for (int at = 0; at < kept; at++) {
            layout.takeKey(keys, at, content.keys());
            layout.takeValue(values, at, content.values());
        }
        System.arraycopy(content.positions(), 0, positions, 0, kept);
        System.arraycopy(content.ordinals(), 0, ordinals, 0, kept);
        stored = content.tokens();
        first = window == 0 || kept == 0 ? 0 : content.ordinals()[0] / STEP * STEP;
        length = first + kept;
        if (first > 0) remember();
    }

    /// What [#forget] knew of slots that are gone, from those that are left: what came before had smaller positions.
    private void remember() {
        firstQuery = positions[0] + window;
        int kept = length - first;
        int at = 0;
        while (at < kept && positions[at] < firstQuery) at++;
        earliest = at < kept ? ordinals[at] : stored;
    }

    /// Drops the slots of every token but the first `tokens` stored.
    ///
    /// @throws IllegalStateException if some that those tokens' queries see are gone
    void rewind(int tokens) {
        if (tokens >= stored) return;
        if (tokens == 0 && first > 0) {
            close();
            return;
        }
        if (tokens < earliest) throw new IllegalStateException("rewind: expected 0 or at least " + earliest + " tokens, found " + tokens);
        stored = tokens;
        int kept = length;
        while (kept > first && ordinals[kept - 1 - first] >= tokens) kept--;
        if (kept == length) return;
        own();
        MemorySegment zeros = Arena.ofAuto().allocate(Float.BYTES * (long) Math.max(layout.keyDim(), layout.valueDim()), HostRows.ALIGNMENT);
        for (int at = kept - first; at < length - first; at++) {
            layout.putKey(keys, at, zeros, 0);
            layout.putValue(values, at, zeros, 0);
        }
        length = kept;
    }

    /// Empty again, without memory.
    void close() {
        if (slab != null) slab.release();
        slab = null;
        keys = MemorySegment.NULL;
        values = MemorySegment.NULL;
        positions = new int[0];
        ordinals = new int[0];
        first = 0;
        length = 0;
        stored = 0;
        earliest = 0;
        firstQuery = 0;
    }

    /// How many of the first slots no query can see that comes after any of the last [Cache.Shape#MARGIN] tokens.
    private int forgettable() {
        int kept = length - first;
        if (window == 0 || kept <= Cache.Shape.MARGIN) return 0;
        int oldest = Integer.MAX_VALUE;
        for (int at = kept - 1; at >= 0 && ordinals[at] >= stored - Cache.Shape.MARGIN; at--) oldest = Math.min(oldest, positions[at]);
        int gone = 0;
        while (gone < kept && positions[gone] <= oldest - window) gone++;
        return gone / STEP * STEP;
    }

    private void forget(int gone) {
        if (gone == 0) return;
        for (int at = 0; at < gone; at++) firstQuery = Math.max(firstQuery, positions[at] + window);
        earliest = Math.max(earliest, stored - Cache.Shape.MARGIN);
        first += gone;
    }

    /// Moves all but the first `gone` slots into memory of its own with room for `slots` slots.
    private void move(int slots, int gone) {
        int capacity = Math.multiplyExact(Math.ceilDiv(slots, STEP), STEP);
        Slab own = new Slab();
        keys = moved(own.arena, keys, capacity, gone, layout.keyBytes());
        values = moved(own.arena, values, capacity, gone, layout.valueBytes());
        if (slab != null) slab.release();
        slab = own;
        positions = Arrays.copyOfRange(positions, gone, gone + capacity);
        ordinals = Arrays.copyOfRange(ordinals, gone, gone + capacity);
    }

    private static MemorySegment moved(Arena arena, MemorySegment from, int capacity, int gone, long tileBytes) {
        MemorySegment to = arena.allocate(capacity / TILE * tileBytes, HostRows.ALIGNMENT);
        long skipped = Math.min(from.byteSize(), gone / TILE * tileBytes);
        long count = Math.min(from.byteSize() - skipped, to.byteSize());
        MemorySegment.copy(from, skipped, to, 0, count);
        return to;
    }
}
