package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// [AttentionLoops] by the Vector API: [AttentionKernel#ROWS] rows share what is read of keys and values; a last single row has loops of its own.
final class VectorLoops implements AttentionLoops {
    private static final int ROWS = AttentionKernel.ROWS;
    private static final int TILE = SlotLayout.TILE;
    private static final int STEP = HeadSlots.STEP;

    private final AttentionBlock block;
    private final AttentionMemory memory;
    private final HeadSlots slots;
    private final SlotLayout layout;
    private final int keyDim;
    /// `[group of four rows][keyDim][4]`, or null where only values are weighed
    private final float[] q;
    private final int rows;
    /// The row that is alone after the groups, or their end.
    private final int alone;

    VectorLoops(AttentionBlock block, AttentionMemory memory, HostRows q, Scratch scratch) {
        this.block = block;
        this.memory = memory;
        slots = block.slots();
        layout = slots.layout();
        keyDim = block.attention().keyDim();
        rows = block.rows();
        alone = rows % ROWS == 1 ? rows - 1 : rows;
        this.q = q == null ? null : read(q, scratch);
    }

    private float[] read(HostRows from, Scratch scratch) {
        int groups = Math.ceilDiv(rows, ROWS);
        float[] out = scratch.sums(groups * ROWS * keyDim);
        Arrays.fill(out, (groups - 1) * ROWS * keyDim, groups * ROWS * keyDim, 0);
        for (int row = 0; row < rows; row++) {
            long at = from.offset(block.token(row)) + (long) block.head(row) * keyDim * Float.BYTES;
            int to = row / ROWS * ROWS * keyDim + row % ROWS;
            for (int d = 0; d < keyDim; d++) out[to + d * ROWS] = from.segment().get(HostRows.FLOAT, at + (long) d * Float.BYTES);
        }
        return out;
    }

    @Override
    public void scores(int slot, int count) {
        long tileBytes = (long) Float.BYTES * keyDim * TILE;
        boolean direct = layout.format() == Format.F32;
        MemorySegment keys = direct ? slots.keys() : memory.keys();
        long at = direct ? slots.keyOffset(slot) : 0;
        int tiles = Math.ceilDiv(count, TILE);
        float scale = block.attention().scale();
        if (!direct) SlotKernel.keys(layout, slots.keys(), slots.keyOffset(slot), memory.keys(), tiles, memory.scales());
        for (int tile = 0; tile < tiles; tile++)
            for (int row = 0; row < alone; row += ROWS)
                AttentionKernel.scores(keys, at + tile * tileBytes, keyDim, q, row * keyDim, scale, memory.weights(), memory.weight(row) + (long) Float.BYTES * tile * TILE, 4L * STEP);
        for (int i = 0; alone < rows && i < count; i += AttentionKernel.WIDE)
            AttentionKernel.scoresOfOne(keys, at + i / TILE * tileBytes, keyDim, q, alone * keyDim, scale, memory.weights(), memory.weight(alone) + (long) Float.BYTES * i);
    }

    @Override
    public void soften(int slot, int count, Gathered into) {
        boolean masked = block.bent(slot, Math.min(count, slots.length() - slot)) || slot + count > block.limit(0);
        for (int row = 0; masked && row < rows; row++) block.mask(memory, row, slot, count);
        AttentionKernel.soften(memory, rows, count, into);
    }

    @Override
    public void weigh(int slot, int count, Gathered into) {
        int width = layout.valueStride();
        boolean direct = layout.format() == Format.F32;
        MemorySegment values = direct ? slots.values() : memory.values();
        long at = direct ? slots.valueOffset(slot) : 0;
        if (!direct) SlotKernel.values(layout, slots.values(), slots.valueOffset(slot), memory.values(), count, memory.scales());
        for (int from = 0; from < count; from += TILE) {
            int part = Math.min(TILE, count - from);
            long tileAt = at + (long) Float.BYTES * from * width;
            long weight = (long) Float.BYTES * from;
            for (int row = 0; row < alone; row += ROWS) AttentionKernel.weigh(values, tileAt, part, memory, row, weight, into);
            if (alone < rows) AttentionKernel.weighOne(values, tileAt, part, memory, alone, weight, into);
            for (int row = 0; row < rows; row++) memory.factors().setAtIndex(HostRows.FLOAT, row, 1);
        }
    }
}
