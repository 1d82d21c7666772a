package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Attention of a span shared by [Workers]: by blocks of queries and key-value heads and, where those are too few, by ranges of slots.
final class FusedAttention implements AutoCloseable {
    /// Parts that each worker should have, so that none waits long for the last.
    private static final int PARTS = 4;

    private final Workers workers;
    private final Scratch[] scratch;
    /// Or null.
    private final EmittedAttention emitted;
    private Arena arena = Arena.ofShared();
    /// What the ranges of a span have gathered.
    private MemorySegment gathered = MemorySegment.NULL;

    FusedAttention(Workers workers, Scratch[] scratch, EmittedAttention emitted) {
        this.workers = workers;
        this.scratch = scratch;
        this.emitted = emitted;
    }

    /// Why emitted kernels stepped aside, or null.
    String refusal() { return emitted == null ? null : emitted.refusal(); }

    private record Task(Attention attention, HostCache cache, HostTokens tokens, Span span) {
        int blocks() { return AttentionBlock.parts(attention, span); }

        long work() { return (long) attention.heads() * span.count() * cache.slots() * attention.keyDim(); }

        AttentionBlock block(int number) { return AttentionBlock.of(attention, cache, tokens, span, number); }
    }

    private AttentionPass fused(AttentionBlock block, HostRows q, int worker) {
        AttentionMemory memory = AttentionMemory.of(block, scratch[worker]);
        AttentionLoops loops = emitted == null ? null : emitted.loops(block, memory, q, worker);
        return new AttentionPass(block, memory, loops != null ? loops : new VectorLoops(block, memory, q, scratch[worker]));
    }

    private AttentionPass open(AttentionBlock block, HostRows q, int worker) {
        AttentionMemory memory = AttentionMemory.of(block, scratch[worker]);
        return new AttentionPass(block, memory, new VectorLoops(block, memory, q, scratch[worker]));
    }

    void attend(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows z) {
        cache.requireKept(attention, tokens, span);
        Task task = new Task(attention, cache, tokens, span);
        if (AttentionPass.ranges(cache) > 1 && task.blocks() < PARTS * workers.count()) inRanges(task, q, z);
        else workers.share(task.blocks(), task.work(), (block, worker) -> fused(task.block(block), q, worker).attend(z));
    }

    private void inRanges(Task task, HostRows q, HostRows z) {
        int ranges = AttentionPass.ranges(task.cache);
        AttentionBlock[] blocks = new AttentionBlock[task.blocks()];
        for (int i = 0; i < blocks.length; i++) blocks[i] = task.block(i);
        int rows = blocks[0].padded();
        int width = blocks[0].slots().layout().valueStride();
        long bytes = Gathered.bytes(rows, width);
        reserve(bytes * blocks.length * ranges);
        workers.share(blocks.length * ranges, task.work(), (part, worker) ->
            fused(blocks[part / ranges], q, worker).gather(part % ranges, new Gathered(gathered.asSlice(part * bytes, bytes), rows, width)));
        for (int block = 0; block < blocks.length; block++) {
            Gathered all = new Gathered(gathered.asSlice(block * ranges * bytes, bytes), rows, width);
            for (int range = 1; range < ranges; range++) all.add(new Gathered(gathered.asSlice((block * ranges + range) * bytes, bytes), rows, width));
            AttentionPass.write(blocks[block], all, z);
        }
    }

    private void reserve(long bytes) {
        if (gathered.byteSize() >= bytes) return;
        arena.close();
        arena = Arena.ofShared();
        gathered = arena.allocate(2 * bytes, HostRows.ALIGNMENT);
    }

    void scores(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows out) {
        cache.requireKept(attention, tokens, span);
        Task task = new Task(attention, cache, tokens, span);
        workers.share(task.blocks(), task.work(), (block, worker) -> open(task.block(block), q, worker).scores(out));
    }

    void weigh(Attention attention, HostCache cache, Span span, HostRows pattern, HostRows z) {
        Task task = new Task(attention, cache, null, span);
        workers.share(task.blocks(), task.work(), (block, worker) -> open(task.block(block), null, worker).weigh(pattern, z));
    }

    @Override
    public void close() {
        arena.close();
        if (emitted != null) emitted.close();
    }
}
