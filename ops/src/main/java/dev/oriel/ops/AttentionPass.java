package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Attention of one block of queries with one key-value head; the query heads that share the key-value head are computed together.
///
/// Slots are taken a step at a time. What a range of [#RANGE] slots gives is gathered by itself and then added to what the ranges before it gave, whoever computes
/// which; and a query passes through a step that it does not see unchanged. So its bits depend neither on the queries beside it nor on the threads.
final class AttentionPass {
    static final int RANGE = 4 * HeadSlots.STEP;
    /// Rows (queries times heads) that a block has at most, unless one query alone has more.
    private static final int ROWS = 64;
    private static final int TILE = SlotLayout.TILE;
    private static final int STEP = HeadSlots.STEP;

    private final MemorySegment keyMemory;
    private final MemorySegment valueMemory;
    private final MemorySegment scaleMemory;
    private final Attention attention;
    private final HeadSlots slots;
    private final SlotLayout layout;
    private final int[] positions;
    private final Span span;
    private final int kvHead;
    private final int firstQuery;
    private final int queries;
    private final int rows;
    private final int padded;
    private final int width;
    private final float[] q;
    private final float[] weights;
    private final float[] factors;

    /// @param part    which block of which key-value head, below [#parts]
    /// @param scratch native memory for a step
    AttentionPass(Attention attention, HostCache cache, HostTokens tokens, Span span, int part, Scratch scratch) {
        int blocks = Math.ceilDiv(span.count(), queriesAtOnce(attention));
        this.attention = attention;
        this.span = span;
        positions = tokens == null ? null : tokens.positions();
        kvHead = part / blocks;
        slots = cache.head(kvHead);
        layout = slots.layout();
        firstQuery = part % blocks * queriesAtOnce(attention);
        queries = Math.min(queriesAtOnce(attention), span.count() - firstQuery);
        rows = queries * attention.groupSize();
        padded = Math.ceilDiv(rows, AttentionKernel.ROWS) * AttentionKernel.ROWS;
        width = layout.valueStride();
        q = new float[padded * attention.keyDim()];
        weights = new float[padded * STEP];
        factors = new float[padded];
        // A tile that ends within an integer of codes writes past itself.
        long keyBytes = (long) Float.BYTES * (attention.keyDim() + SlotLayout.CODES) * STEP;
        long valueBytes = (long) Float.BYTES * width * STEP;
        MemorySegment memory = scratch.memory(keyBytes + valueBytes + SlotKernel.scaleBytes(layout));
        keyMemory = memory.asSlice(0, keyBytes);
        valueMemory = memory.asSlice(keyBytes, valueBytes);
        scaleMemory = memory.asSlice(keyBytes + valueBytes);
    }

    private static int queriesAtOnce(Attention attention) { return Math.max(1, ROWS / attention.groupSize()); }

    /// Blocks that can be computed apart.
    static int parts(Attention attention, Span span) { return attention.kvHeads() * Math.ceilDiv(span.count(), queriesAtOnce(attention)); }

    /// Ranges that can be computed apart, too.
    static int ranges(Cache cache) { return Math.ceilDiv(cache.slots(), RANGE); }

    /// What the block's rows gather from all slots, range by range.
    Gathered gather(HostRows from) {
        Gathered all = new Gathered(padded, width);
        Gathered one = new Gathered(padded, width);
        read(from);
        int first = firstSlot();
        for (int range = first / RANGE; range * RANGE < end(); range++) {
            gather(range, first, one);
            all.add(one);
            one.clear();
        }
        return all;
    }

    /// The same of one range.
    Gathered gather(HostRows from, int range) {
        Gathered one = new Gathered(padded, width);
        read(from);
        gather(range, firstSlot(), one);
        return one;
    }

    private void gather(int range, int first, Gathered into) {
        int end = Math.min(end(), (range + 1) * RANGE);
        for (int slot = Math.max(first, range * RANGE); slot < end; slot += STEP) {
            int count = Math.min(STEP, end - slot);
            int whole = Math.ceilDiv(count, TILE) * TILE;
            scores(slot, count);
            boolean masked = attention.softCap() != 0 || attention.positional() || slot + whole > limit(0);
            for (int row = 0; masked && row < rows; row++) mask(row, slot, whole);
            AttentionKernel.soften(weights, rows, STEP, whole, into.largest, factors, into.sums);
            weigh(slot, count, into.z);
        }
    }

    /// z = what was gathered, divided by its sums.
    void write(Gathered all, HostRows out) {
        for (int row = 0; row < rows; row++) all.finish(row, attention.sink(head(row)));
        write(all.z, out);
    }

    /// The open twin's scores, `[heads * span.count, slots]`.
    void scores(HostRows from, HostRows out) {
        read(from);
        for (int slot = 0; slot < out.width(); slot += STEP) {
            int count = Math.min(STEP, out.width() - slot);
            boolean kept = slot >= slots.first() && slot < slots.length();
            if (kept) scores(slot, Math.min(count, slots.length() - slot));
            for (int row = 0; row < rows; row++) {
                if (kept) mask(row, slot, STEP);
                else Arrays.fill(weights, row * STEP, (row + 1) * STEP, Float.NEGATIVE_INFINITY);
                MemorySegment.copy(weights, row * STEP, out.segment(), HostRows.FLOAT, out.offset(openRow(row)) + (long) slot * Float.BYTES, count);
            }
        }
    }

    /// The open twin's z = pattern · values.
    void weigh(HostRows pattern, HostRows out) {
        float[] z = new float[padded * width];
        for (int slot = slots.first(); slot < slots.length(); slot += STEP) {
            int count = Math.min(STEP, slots.length() - slot);
            for (int row = 0; row < rows; row++)
                MemorySegment.copy(pattern.segment(), HostRows.FLOAT, pattern.offset(openRow(row)) + (long) slot * Float.BYTES, weights, row * STEP, count);
            Arrays.fill(factors, 1);
            weigh(slot, count, z);
        }
        write(z, out);
    }

    private int query(int row) { return firstQuery + row / attention.groupSize(); }

    private int head(int row) { return kvHead * attention.groupSize() + row % attention.groupSize(); }

    private int openRow(int row) { return head(row) * span.count() + query(row); }

    /// The first slot that a query of the block does not see because it comes later.
    private int limit(int query) { return attention.causal() ? slots.length() - span.count() + firstQuery + query + 1 : slots.length(); }

    /// The first slot that none of them sees.
    private int end() { return limit(queries - 1); }

    /// The first slot of a step in which the block's queries can see one.
    private int firstSlot() {
        if (attention.window() == 0) return slots.first();
        int oldest = Integer.MAX_VALUE;
        for (int i = 0; i < queries; i++) oldest = Math.min(oldest, positions[span.first() + firstQuery + i] - attention.window());
        int slot = slots.first();
        while (slot < slots.length() && slots.position(slot) <= oldest) slot++;
        return slot / STEP * STEP;
    }

    /// q `[group of four rows][keyDim][4]`, scaled
    private void read(HostRows from) {
        int keyDim = attention.keyDim();
        for (int row = 0; row < rows; row++) {
            long at = from.offset(span.first() + query(row)) + (long) head(row) * keyDim * Float.BYTES;
            int to = row / AttentionKernel.ROWS * AttentionKernel.ROWS * keyDim + row % AttentionKernel.ROWS;
            for (int d = 0; d < keyDim; d++) q[to + d * AttentionKernel.ROWS] = from.segment().get(HostRows.FLOAT, at + (long) d * Float.BYTES) * attention.scale();
        }
    }

    private void write(float[] z, HostRows out) {
        for (int row = 0; row < rows; row++) {
            long at = out.offset(span.first() + query(row)) + (long) head(row) * attention.valueDim() * Float.BYTES;
            MemorySegment.copy(z, row * width, out.segment(), HostRows.FLOAT, at, attention.valueDim());
        }
    }

    /// Scores of all rows with the tiles that hold `count` slots from `slot` on, before anything is masked.
    private void scores(int slot, int count) {
        int keyDim = attention.keyDim();
        long tileBytes = (long) Float.BYTES * keyDim * TILE;
        boolean direct = layout.format() == Format.F32;
        MemorySegment keys = direct ? slots.keys() : keyMemory;
        long at = direct ? slots.keyOffset(slot) : 0;
        int alone = rows % AttentionKernel.ROWS == 1 ? rows - 1 : rows;
        int tiles = Math.ceilDiv(count, TILE);
        if (!direct) SlotKernel.keys(layout, slots.keys(), slots.keyOffset(slot), keyMemory, tiles, scaleMemory);
        for (int tile = 0; tile < tiles; tile++) {
            long tileAt = at + tile * tileBytes;
            for (int row = 0; row < alone; row += AttentionKernel.ROWS)
                AttentionKernel.scores(keys, tileAt, keyDim, q, row * keyDim, weights, row * STEP + tile * TILE, STEP);
        }
        for (int i = 0; alone < rows && i < count; i += AttentionKernel.WIDE)
            AttentionKernel.scoresOfOne(keys, at + i / TILE * tileBytes, keyDim, q, alone * keyDim, weights, alone * STEP + i);
    }

    private void mask(int row, int slot, int count) {
        int query = row / attention.groupSize();
        int position = positions[span.first() + firstQuery + query];
        AttentionKernel.mask(weights, row * STEP, count, attention, attention.slope(head(row)), slot, limit(query), slots.positions(), slot - slots.first(), position);
    }

    /// z = z * factors + weights · values, for `count` slots from `slot` on; leaves the factors at 1.
    private void weigh(int slot, int count, float[] z) {
        int alone = rows % AttentionKernel.ROWS == 1 ? rows - 1 : rows;
        boolean direct = layout.format() == Format.F32;
        MemorySegment values = direct ? slots.values() : valueMemory;
        long at = direct ? slots.valueOffset(slot) : 0;
        if (!direct) SlotKernel.values(layout, slots.values(), slots.valueOffset(slot), valueMemory, count, scaleMemory);
        for (int from = 0; from < count; from += TILE) {
            int part = Math.min(TILE, count - from);
            long tileAt = at + (long) Float.BYTES * from * width;
            for (int row = 0; row < alone; row += AttentionKernel.ROWS)
                AttentionKernel.weigh(values, tileAt, width, part, weights, row * STEP + from, STEP, factors, row, z, row * width);
            if (alone < rows) AttentionKernel.weighOne(values, tileAt, width, part, weights, alone * STEP + from, factors[alone], z, alone * width);
            Arrays.fill(factors, 1);
        }
    }
}
