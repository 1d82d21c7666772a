package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Attention of one block of queries with one key-value head, tile after tile of 32 slots; the query heads that share the key-value head are computed together.
///
/// A query visits the tiles in slot order and passes through one that it does not see unchanged. So its bits do not depend on the queries beside it.
final class AttentionPass {
    /// Rows (queries times heads) that a block has at most, unless one query alone has more.
    private static final int ROWS = 32;
    private static final int TILE = HeadSlots.TILE;

    private final MemorySegment keyMemory;
    private final MemorySegment valueMemory;
    private final Attention attention;
    private final HeadSlots slots;
    private final Span span;
    private final int kvHead;
    private final int firstQuery;
    private final int queries;
    private final int rows;
    private final int valueWidth;
    private final float[] q;
    private final float[] weights;
    private final float[] z;
    private final float[] factors;
    private final int[] positions = new int[TILE];

    /// @param part     which block of which key-value head, below [#parts]
    /// @param scratch  native memory for a tile
    AttentionPass(Attention attention, HostCache cache, Span span, int part, Scratch scratch) {
        int blocks = Math.ceilDiv(span.count(), queriesAtOnce(attention));
        this.attention = attention;
        this.span = span;
        kvHead = part / blocks;
        slots = cache.head(kvHead);
        firstQuery = part % blocks * queriesAtOnce(attention);
        queries = Math.min(queriesAtOnce(attention), span.count() - firstQuery);
        rows = Math.ceilDiv(queries * attention.groupSize(), AttentionKernel.ROWS) * AttentionKernel.ROWS;
        valueWidth = Math.ceilDiv(attention.valueDim(), TILE) * TILE;
        q = new float[rows * attention.keyDim()];
        weights = new float[rows * TILE];
        z = new float[rows * valueWidth];
        factors = new float[rows];
        long keyBytes = (long) attention.keyDim() * TILE * Float.BYTES;
        MemorySegment memory = scratch.memory(keyBytes + (long) valueWidth * TILE * Float.BYTES);
        keyMemory = memory.asSlice(0, keyBytes);
        valueMemory = memory.asSlice(keyBytes);
    }

    private static int queriesAtOnce(Attention attention) { return Math.max(1, ROWS / attention.groupSize()); }

    /// Blocks that can be computed apart.
    static int parts(Attention attention, Span span) { return attention.kvHeads() * Math.ceilDiv(span.count(), queriesAtOnce(attention)); }

    /// z = softmax(scores) · values
    void attend(HostTokens tokens, HostRows queries, HostRows out) {
        read(queries);
        float[] sums = new float[rows * TILE];
        float[] largest = new float[rows];
        Arrays.fill(largest, Float.NEGATIVE_INFINITY);
        int end = attention.causal() ? limit(this.queries - 1) : slots.length();
        for (int slot = firstTile(tokens) * TILE; slot < end; slot += TILE) {
            scores(slot);
            for (int row = 0; row < this.queries * attention.groupSize(); row++) {
                float now = Math.max(largest[row], mask(tokens, row, slot));
                boolean nothing = now == Float.NEGATIVE_INFINITY;
                factors[row] = Functions.exp(nothing ? 0 : largest[row] - now);
                largest[row] = now;
                AttentionKernel.soften(weights, row * TILE, nothing ? 0 : now, factors[row], sums);
            }
            weigh(slot, Math.min(TILE, end - slot));
        }
        for (int row = 0; row < this.queries * attention.groupSize(); row++) {
            float sum = 0;
            for (int i = 0; i < TILE; i++) sum += sums[row * TILE + i];
            if (attention.sinks() != null) sum += Functions.exp(attention.sink(head(row)) - largest[row]);
            for (int d = 0; d < attention.valueDim() && sum != 0; d++) z[row * valueWidth + d] /= sum;
        }
        write(out);
    }

    /// The open twin's scores, `[heads * span.count, slots]`.
    void scores(HostTokens tokens, HostRows queries, HostRows out) {
        read(queries);
        for (int slot = 0; slot < out.width(); slot += TILE) {
            int count = Math.min(TILE, out.width() - slot);
            if (slot < slots.length()) scores(slot);
            for (int row = 0; row < this.queries * attention.groupSize(); row++) {
                if (slot < slots.length()) mask(tokens, row, slot);
                else Arrays.fill(weights, row * TILE, (row + 1) * TILE, Float.NEGATIVE_INFINITY);
                MemorySegment.copy(weights, row * TILE, out.segment(), HostRows.FLOAT, out.offset(openRow(row)) + (long) slot * Float.BYTES, count);
            }
        }
    }

    /// The open twin's z = pattern · values.
    void weigh(HostRows pattern, HostRows out) {
        Arrays.fill(factors, 1);
        for (int slot = 0; slot < slots.length(); slot += TILE) {
            int count = Math.min(TILE, slots.length() - slot);
            for (int row = 0; row < queries * attention.groupSize(); row++)
                MemorySegment.copy(pattern.segment(), HostRows.FLOAT, pattern.offset(openRow(row)) + (long) slot * Float.BYTES, weights, row * TILE, count);
            weigh(slot, count);
        }
        write(out);
    }

    private int query(int row) { return firstQuery + row / attention.groupSize(); }

    private int head(int row) { return kvHead * attention.groupSize() + row % attention.groupSize(); }

    private int openRow(int row) { return head(row) * span.count() + query(row); }

    /// Slots up to and with the query's own.
    private int limit(int query) { return slots.length() - span.count() + firstQuery + query + 1; }

    /// The first tile with a slot that the block's queries can see.
    private int firstTile(HostTokens tokens) {
        if (attention.window() == 0) return 0;
        int oldest = Integer.MAX_VALUE;
        for (int i = 0; i < queries; i++) oldest = Math.min(oldest, tokens.positions()[span.first() + firstQuery + i] - attention.window());
        int slot = 0;
        while (slot < slots.length() && slots.position(slot) <= oldest) slot++;
        return slot / TILE;
    }

    /// q `[group of four rows][keyDim][4]`
    private void read(HostRows queries) {
        int keyDim = attention.keyDim();
        for (int row = 0; row < this.queries * attention.groupSize(); row++) {
            long at = queries.offset(span.first() + query(row)) + (long) head(row) * keyDim * Float.BYTES;
            int to = row / AttentionKernel.ROWS * AttentionKernel.ROWS * keyDim + row % AttentionKernel.ROWS;
            for (int d = 0; d < keyDim; d++) q[to + d * AttentionKernel.ROWS] = queries.segment().get(HostRows.FLOAT, at + (long) d * Float.BYTES);
        }
    }

    private void write(HostRows out) {
        for (int row = 0; row < queries * attention.groupSize(); row++) {
            long at = out.offset(span.first() + query(row)) + (long) head(row) * attention.valueDim() * Float.BYTES;
            MemorySegment.copy(z, row * valueWidth, out.segment(), HostRows.FLOAT, at, attention.valueDim());
        }
    }

    private void scores(int slot) {
        MemorySegment keys = slots.keys();
        long at = slots.tileOffset(slot / TILE);
        if (slots.half()) {
            AttentionKernel.widen(keys, at, keyMemory, 0, attention.keyDim() * TILE);
            keys = keyMemory;
            at = 0;
        }
        for (int row = 0; row < rows; row += AttentionKernel.ROWS)
            AttentionKernel.scores(keys, at, attention.keyDim(), q, row * attention.keyDim(), weights, row * TILE);
        if (attention.positional())
            for (int i = 0; i < Math.min(TILE, slots.length() - slot); i++) positions[i] = slots.position(slot + i);
    }

    private float mask(HostTokens tokens, int row, int slot) {
        int query = row / attention.groupSize();
        int position = tokens.positions()[span.first() + firstQuery + query];
        return AttentionKernel.mask(weights, row * TILE, attention, attention.slope(head(row)), slot, attention.causal() ? limit(query) : slots.length(), positions, position);
    }

    private void weigh(int slot, int count) {
        MemorySegment values = slots.values();
        long at = slots.valueOffset(slot);
        int stride = slots.valueStride();
        if (slots.half() || stride % TILE != 0) {
            copyValues(slot, count);
            values = valueMemory;
            at = 0;
            stride = valueWidth;
        }
        for (int row = 0; row < rows; row += AttentionKernel.ROWS)
            AttentionKernel.weigh(values, at, stride, count, weights, row * TILE, factors, row, z, row * valueWidth, valueWidth);
    }

    private void copyValues(int slot, int count) {
        int stride = slots.valueStride();
        for (int i = 0; i < count; i++) {
            long to = (long) i * valueWidth * Float.BYTES;
            if (slots.half()) AttentionKernel.widen(slots.values(), slots.valueOffset(slot + i), valueMemory, to, stride);
            else MemorySegment.copy(slots.values(), slots.valueOffset(slot + i), valueMemory, to, (long) stride * Float.BYTES);
            for (int d = stride; d < valueWidth; d++) valueMemory.set(HostRows.FLOAT, to + (long) d * Float.BYTES, 0);
        }
    }
}
