package dev.oriel.ops;

/// Some queries times the query heads that share one key-value head: the rows that attention computes together, query by query.
///
/// @param positions of all tokens of the pass, or null where nothing depends on them
/// @param span      the tokens whose queries these are among
/// @param first     the first query, counted from the span's
record AttentionBlock(Attention attention, HeadSlots slots, int[] positions, Span span, int kvHead, int first, int queries) {
    /// Rows that a block has at most, unless one query alone has more.
    private static final int ROWS = 64;

    static AttentionBlock of(Attention attention, HostCache cache, HostTokens tokens, Span span, int part) {
        int blocks = Math.ceilDiv(span.count(), queriesAtOnce(attention));
        int kvHead = part / blocks;
        int first = part % blocks * queriesAtOnce(attention);
        int queries = Math.min(queriesAtOnce(attention), span.count() - first);
        return new AttentionBlock(attention, cache.head(kvHead), tokens == null ? null : tokens.positions(), span, kvHead, first, queries);
    }

    private static int queriesAtOnce(Attention attention) { return Math.max(1, ROWS / attention.groupSize()); }

    /// Blocks that can be computed apart.
    static int parts(Attention attention, Span span) { return attention.kvHeads() * Math.ceilDiv(span.count(), queriesAtOnce(attention)); }

    int rows() { return queries * attention.groupSize(); }

    /// Rows rounded up to what kernels take together.
    int padded() { return Math.ceilDiv(rows(), AttentionKernel.ROWS) * AttentionKernel.ROWS; }

    int head(int row) { return kvHead * attention.groupSize() + row % attention.groupSize(); }

    /// The row of the pass that a row's query is.
    int token(int row) { return span.first() + first + row / attention.groupSize(); }

    /// Where a row stands in open scores `[heads * span.count, slots]`.
    int openRow(int row) { return head(row) * span.count() + first + row / attention.groupSize(); }

    /// The first slot that a row does not see because it comes later.
    int limit(int row) {
        return attention.causal() ? slots.length() - span.count() + first + row / attention.groupSize() + 1 : slots.length();
    }

    /// The first slot that none of them sees.
    int end() { return limit(rows() - 1); }

    /// The first slot of a step in which the block's queries can see one.
    int firstSlot() {
        if (attention.window() == 0) return slots.first();
        int oldest = Integer.MAX_VALUE;
        for (int i = 0; i < queries; i++) oldest = Math.min(oldest, positions[span.first() + first + i] - attention.window());
        int slot = slots.first();
        while (slot < slots.length() && slots.position(slot) <= oldest) slot++;
        return slot / HeadSlots.STEP * HeadSlots.STEP;
    }

    /// Whether scores with these slots change with more than the slots' number: by a soft cap, by slopes, or because the window ends among them.
    boolean bent(int slot, int count) {
        if (attention.softCap() != 0 || attention.slopes() != null) return true;
        if (attention.window() == 0) return false;
        int low = Integer.MAX_VALUE, high = Integer.MIN_VALUE;
        for (int i = slot; i < slot + count; i++) {
            low = Math.min(low, slots.position(i));
            high = Math.max(high, slots.position(i));
        }
        for (int i = 0; i < queries; i++) {
            int position = positions[span.first() + first + i];
            if (position - low >= attention.window() || high - position >= attention.window()) return true;
        }
        return false;
    }

    /// Soft cap, slopes and masks on a row's scores with `count` slots from `slot` on.
    void mask(AttentionMemory memory, int row, int slot, int count) {
        AttentionKernel.mask(memory.weights(), memory.weight(row), count, attention, attention.slope(head(row)), slot, limit(row), slots.positions(), slot - slots.first(),
            positions[token(row)]);
    }
}
