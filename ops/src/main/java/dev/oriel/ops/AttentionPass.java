package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// Attention of one [AttentionBlock].
///
/// Slots are taken a step at a time. What a range of [#RANGE] slots gives is gathered by itself and then added to what the ranges before it gave, whoever computes
/// which; and a query passes through a step that it does not see unchanged. So its bits depend neither on the queries beside it nor on the threads.
final class AttentionPass {
    private static final int STEP = HeadSlots.STEP;
    static final int RANGE = 4 * STEP;

    private final AttentionBlock block;
    private final HeadSlots slots;
    private final AttentionMemory memory;
    private final AttentionLoops loops;

    AttentionPass(AttentionBlock block, AttentionMemory memory, AttentionLoops loops) {
        this.block = block;
        slots = block.slots();
        this.memory = memory;
        this.loops = loops;
    }

    /// Ranges that can be computed apart, too.
    static int ranges(Cache cache) { return Math.ceilDiv(cache.slots(), RANGE); }

    /// z of all slots, gathered range by range.
    void attend(HostRows out) {
        Gathered all = memory.all().clear();
        int first = block.firstSlot();
        gather(first / RANGE, first, all);
        for (int range = first / RANGE + 1; range * RANGE < block.end(); range++) {
            gather(range, first, memory.one().clear());
            all.add(memory.one());
        }
        write(block, all, out);
    }

    /// What one range gives.
    void gather(int range, Gathered into) { gather(range, block.firstSlot(), into.clear()); }

    private void gather(int range, int first, Gathered into) {
        int end = Math.min(block.end(), (range + 1) * RANGE);
        for (int slot = Math.max(first, range * RANGE); slot < end; slot += STEP) {
            int count = Math.min(STEP, end - slot);
            loops.scores(slot, count);
            loops.soften(slot, Math.ceilDiv(count, SlotLayout.TILE) * SlotLayout.TILE, into);
            loops.weigh(slot, count, into);
        }
    }

    /// z = what was gathered, divided by its sums.
    static void write(AttentionBlock block, Gathered all, HostRows out) {
        float[] z = new float[block.attention().valueDim()];
        for (int row = 0; row < block.rows(); row++) {
            all.finish(row, block.attention().sink(block.head(row)), z);
            MemorySegment.copy(z, 0, out.segment(), HostRows.FLOAT, out.offset(block.token(row)) + (long) block.head(row) * z.length * Float.BYTES, z.length);
        }
    }

    private static void give(AttentionBlock block, Gathered all, HostRows out) {
        long bytes = (long) block.attention().valueDim() * Float.BYTES;
        for (int row = 0; row < block.rows(); row++)
            MemorySegment.copy(all.memory(), all.z(row), out.segment(), out.offset(block.token(row)) + block.head(row) * bytes, bytes);
    }

    /// The open twin's scores, `[heads * span.count, slots]`.
    void scores(HostRows out) {
        for (int slot = 0; slot < out.width(); slot += STEP) {
            int count = Math.min(STEP, out.width() - slot);
            boolean kept = slot >= slots.first() && slot < slots.length();
            if (kept) loops.scores(slot, Math.min(count, slots.length() - slot));
            for (int row = 0; row < block.rows(); row++) {
                if (kept) block.mask(memory, row, slot, STEP);
                else for (int i = 0; i < STEP; i++) memory.weights().set(HostRows.FLOAT, memory.weight(row) + (long) i * Float.BYTES, Float.NEGATIVE_INFINITY);
                MemorySegment.copy(memory.weights(), memory.weight(row), out.segment(), out.offset(block.openRow(row)) + (long) slot * Float.BYTES, (long) count * Float.BYTES);
            }
        }
    }

    /// The open twin's z = pattern · values.
    void weigh(HostRows pattern, HostRows out) {
        Gathered all = memory.all().clear();
        for (int slot = slots.first(); slot < slots.length(); slot += STEP) {
            int count = Math.min(STEP, slots.length() - slot);
            for (int row = 0; row < block.rows(); row++) {
                memory.factors().setAtIndex(HostRows.FLOAT, row, 1);
                MemorySegment.copy(pattern.segment(), pattern.offset(block.openRow(row)) + (long) slot * Float.BYTES, memory.weights(), memory.weight(row), (long) count * Float.BYTES);
            }
            loops.weigh(slot, count, all);
        }
        give(block, all, out);
    }
}
