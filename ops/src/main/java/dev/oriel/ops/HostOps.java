package dev.oriel.ops;

import java.lang.foreign.MemorySegment;

/// What the implementations on the CPU do alike: everything is [HostRows], [HostTokens] and [HostCache], and moving numbers is copying them.
interface HostOps extends Ops {
    @Override
    default Cache cache(Cache.Shape shape) { return new HostCache(shape); }

    @Override
    default Tokens tokens(int[] ids, int[] positions, int[] outputs) { return new HostTokens(ids, positions, outputs); }

    @Override
    default void write(float[] from, Rows to, int n) { HostRows.live(to, n, "write").take(from, n); }

    @Override
    default void read(Rows from, int n, float[] to) { HostRows.live(from, n, "read").give(n, to); }

    @Override
    default void pick(Tokens tokens, Rows x, Rows out) {
        int[] wanted = ((HostTokens) tokens).outputRows();
        HostRows source = HostRows.live(x, tokens.count(), "pick x");
        HostRows target = HostRows.live(out, wanted.length, x.width(), "pick out");
        for (int j = 0; j < wanted.length; j++)
            MemorySegment.copy(source.segment(), source.offset(wanted[j]), target.segment(), target.offset(j), (long) x.width() * Float.BYTES);
    }

    @Override
    default void spread(Rows x, int xEvery, Rows out, int outEvery, int width, int n) {
        HostRows.live(out, n, "spread out").spread(HostRows.live(x, n, "spread x"), xEvery, outEvery, width, n);
    }

    /// A norm's input, which must be whole groups.
    static HostRows grouped(Norm norm, Rows x, int n) {
        if (x.width() % norm.width() != 0)
            throw new IllegalArgumentException("norm x: expected groups of " + norm.width() + " columns, found width " + x.width());
        return HostRows.live(x, n, "norm x");
    }

    static HostRows queries(Attention attention, Span span, Rows q) { return HostRows.live(q, span.end(), attention.heads() * attention.keyDim(), "attention q"); }

    static HostRows results(Attention attention, Span span, Rows z) { return HostRows.live(z, span.end(), attention.heads() * attention.valueDim(), "attention z"); }
}
