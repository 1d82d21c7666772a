package dev.oriel.ops;

/// Attention of a span shared by [Workers]: by blocks of queries and key-value heads and, where those are too few, by ranges of slots.
final class FusedAttention {
    /// Parts that each worker should have, so that none waits long for the last.
    private static final int PARTS = 4;

    private final Workers workers;
    private final Scratch[] scratch;

    FusedAttention(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    private record Task(Attention attention, HostCache cache, HostTokens tokens, Span span) {
        int blocks() { return AttentionPass.parts(attention, span); }

        long work() { return (long) attention.heads() * span.count() * cache.slots() * attention.keyDim(); }

        AttentionPass pass(int block, Scratch scratch) { return new AttentionPass(attention, cache, tokens, span, block, scratch); }
    }

    void attend(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows z) {
        cache.requireKept(attention, tokens, span);
        Task task = new Task(attention, cache, tokens, span);
        if (AttentionPass.ranges(cache) > 1 && task.blocks() < PARTS * workers.count()) inRanges(task, q, z);
        else workers.share(task.blocks(), task.work(), (block, worker) -> {
            AttentionPass pass = task.pass(block, scratch[worker]);
            pass.write(pass.gather(q), z);
        });
    }

    private void inRanges(Task task, HostRows q, HostRows z) {
        int ranges = AttentionPass.ranges(task.cache);
        AttentionPass[] passes = new AttentionPass[task.blocks() * ranges];
        Gathered[] gathered = new Gathered[passes.length];
        workers.share(passes.length, task.work(), (part, worker) -> {
            passes[part] = task.pass(part / ranges, scratch[worker]);
            gathered[part] = passes[part].gather(q, part % ranges);
        });
        for (int block = 0; block < task.blocks(); block++) {
            Gathered all = gathered[block * ranges];
            for (int range = 1; range < ranges; range++) all.add(gathered[block * ranges + range]);
            passes[block * ranges].write(all, z);
        }
    }

    void scores(Attention attention, HostCache cache, HostTokens tokens, Span span, HostRows q, HostRows out) {
        cache.requireKept(attention, tokens, span);
        Task task = new Task(attention, cache, tokens, span);
        workers.share(task.blocks(), task.work(), (block, worker) -> task.pass(block, scratch[worker]).scores(q, out));
    }

    void weigh(Attention attention, HostCache cache, Span span, HostRows pattern, HostRows z) {
        Task task = new Task(attention, cache, null, span);
        workers.share(task.blocks(), task.work(), (block, worker) -> task.pass(block, scratch[worker]).weigh(pattern, z));
    }
}
