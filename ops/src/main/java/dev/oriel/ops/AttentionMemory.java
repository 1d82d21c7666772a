package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// One worker's memory for a block and a step of slots.
///
/// @param keys    keys of a step brought to float32, `[tile][keyDim][32]`
/// @param values  values likewise, `[slot][valueStride]`
/// @param scales  for bringing them there
/// @param weights scores, then weights, `[row][STEP]`
/// @param factors per row, by how much what was gathered before counts less
/// @param limits  per row, how many slots of the step it sees
/// @param all     what has been gathered
/// @param one     the same of one range
record AttentionMemory(MemorySegment keys, MemorySegment values, MemorySegment scales, MemorySegment weights, MemorySegment factors, MemorySegment limits, Gathered all, Gathered one) {
    private static final int STEP = HeadSlots.STEP;

    static AttentionMemory of(AttentionBlock block, Scratch scratch) {
        SlotLayout layout = block.slots().layout();
        int rows = block.padded();
        int width = layout.valueStride();
        // A tile that ends within an integer of codes writes past itself.
        long keyBytes = (long) Float.BYTES * (layout.keyDim() + SlotLayout.CODES) * STEP;
        long valueBytes = (long) Float.BYTES * width * STEP;
        long scaleBytes = SlotKernel.scaleBytes(layout);
        long weightBytes = (long) Float.BYTES * rows * STEP;
        long factorBytes = Math.ceilDiv(rows, HostRows.LANES) * HostRows.ALIGNMENT;
        long gatheredBytes = Gathered.bytes(rows, width);
        long[] sizes = {keyBytes, valueBytes, scaleBytes, weightBytes, factorBytes, factorBytes, gatheredBytes, gatheredBytes};
        long total = 0;
        for (long size : sizes) total += size;
        MemorySegment memory = scratch.memory(total);
        MemorySegment[] parts = new MemorySegment[sizes.length];
        long at = 0;
        for (int i = 0; i < parts.length; at += sizes[i++]) parts[i] = memory.asSlice(at, sizes[i]);
        return new AttentionMemory(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], new Gathered(parts[6], rows, width), new Gathered(parts[7], rows, width));
    }

    /// Byte offset of a row's weights.
    long weight(int row) { return (long) Float.BYTES * STEP * row; }
}
