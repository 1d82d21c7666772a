package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/// [AttentionLoops] by emitted kernels. Their addresses lie within the rows, slots and memory of the block, whose sizes are checked here once.
final class EmittedLoops implements AttentionLoops {
    private static final int TILE = SlotLayout.TILE;
    private static final long STEP_BYTES = (long) Float.BYTES * HeadSlots.STEP;

    private final EmittedAttention kernels;
    private final Arguments arguments;
    private final AttentionBlock block;
    private final AttentionMemory memory;
    private final HeadSlots slots;
    private final SlotLayout layout;
    private final HostRows q;
    private final int rows;
    private final boolean half;

    EmittedLoops(EmittedAttention kernels, Arguments arguments, AttentionBlock block, AttentionMemory memory, HostRows q) {
        this.kernels = kernels;
        this.arguments = arguments;
        this.block = block;
        this.memory = memory;
        this.q = q;
        slots = block.slots();
        layout = slots.layout();
        rows = block.rows();
        half = layout.format() == Format.F16;
        if (!q.segment().scope().isAlive()) throw new IllegalStateException("the rows were closed");
        q.segment().asSlice(q.offset(block.token(0)), q.offset(block.token(rows - 1)) - q.offset(block.token(0)) + (long) q.width() * Float.BYTES);
    }

    private boolean direct() { return layout.format() != Format.Q8_0; }

    private int numberBytes() { return half ? Short.BYTES : Float.BYTES; }

    @Override
    public void scores(int slot, int count) {
        int tiles = Math.ceilDiv(count, TILE);
        if (!direct()) SlotKernel.keys(layout, slots.keys(), slots.keyOffset(slot), memory.keys(), tiles, memory.scales());
        long tileBytes = (long) numberBytes() * layout.keyDim() * TILE;
        // Kernels read whole steps, which slots are allocated in.
        MemorySegment keys = direct() ? slots.keys().asSlice(slots.keyOffset(slot), HeadSlots.STEP / TILE * tileBytes) : memory.keys();
        int group = block.attention().groupSize();
        for (int row = 0, take; row < rows; row += take) {
            take = Math.min(kernels.rows(), group == 1 ? rows - row : group - row % group);
            arguments.rows(query(row), group == 1 ? (long) q.stride() * Float.BYTES : (long) layout.keyDim() * Float.BYTES);
            Emitted.Kernel kernel = kernels.scores(half, take);
            arguments.keys(keys.address(), tileBytes, layout.keyDim(), Math.ceilDiv(count, kernels.slots(take)), block.attention().scale());
            kernel.run(arguments.to(memory.weights().address() + memory.weight(row), STEP_BYTES));
        }
        Reference.reachabilityFence(q);
    }

    private long query(int row) { return q.segment().address() + q.offset(block.token(row)) + (long) block.head(row) * layout.keyDim() * Float.BYTES; }

    @Override
    public void soften(int slot, int count, Gathered into) {
        boolean bent = block.bent(slot, Math.min(count, slots.length() - slot));
        for (int row = 0; row < rows; row++) {
            if (bent) block.mask(memory, row, slot, count);
            memory.limits().setAtIndex(ValueLayout.JAVA_INT, row, bent ? count : Math.clamp((long) block.limit(row) - slot, 0, count));
        }
        long gathered = into.memory().address();
        arguments.softmax(rows, memory.weights().address(), STEP_BYTES, count / TILE, memory.limits().address(), gathered + into.largest(0), gathered + into.sums(0),
            memory.factors().address());
        kernels.softmax().run(arguments);
    }

    @Override
    public void weigh(int slot, int count, Gathered into) {
        int width = layout.valueStride();
        if (!direct()) SlotKernel.values(layout, slots.values(), slots.valueOffset(slot), memory.values(), count, memory.scales());
        long valueBytes = (long) numberBytes() * width;
        MemorySegment values = direct() ? slots.values().asSlice(slots.valueOffset(slot), count * valueBytes) : memory.values();
        for (int row = 0, take; row < rows; row += take) {
            take = Math.min(kernels.rows(), rows - row);
            arguments.rows(memory.weights().address() + memory.weight(row), STEP_BYTES).from(memory.factors().address() + (long) row * Float.BYTES, 0);
            int vectors = width / kernels.lanes();
            for (int i = 0, some; i < vectors; i += some) {
                some = Math.min(kernels.columns(take), vectors - i);
                long column = (long) i * kernels.lanes();
                arguments.values(values.address() + column * numberBytes(), valueBytes, count);
                kernels.weigh(half, take, some).run(arguments.to(into.memory().address() + into.z(row) + column * Float.BYTES, (long) width * Float.BYTES));
            }
        }
        Reference.reachabilityFence(into);
    }
}
