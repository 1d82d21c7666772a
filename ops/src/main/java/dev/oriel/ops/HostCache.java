package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.util.Arrays;

/// Keys and values in native memory, shared by the CPU implementations: one [HeadSlots] per key-value head.
final class HostCache implements Cache {
    private final Shape shape;
    private final HeadSlots[] heads;

    private HostCache(Shape shape, HeadSlots[] heads) {
        this.shape = shape;
        this.heads = heads;
    }

    HostCache(Shape shape) {
        this.shape = shape;
        heads = new HeadSlots[shape.kvHeads()];
        for (int head = 0; head < heads.length; head++) heads[head] = new HeadSlots(shape);
    }

    Shape shape() { return shape; }

    /// The slots of one key-value head.
    HeadSlots head(int kvHead) { return heads[kvHead]; }

    /// Appends a span's rows: keys `[_, kvHeads * keyDim]`, values `[_, kvHeads * valueDim]`.
    void append(HostTokens tokens, Span span, HostRows keys, HostRows values) {
        for (int kvHead = 0; kvHead < heads.length; kvHead++) append(kvHead, tokens, span, keys, values);
    }

    /// The same for one key-value head; heads may be filled side by side.
    void append(int kvHead, HostTokens tokens, Span span, HostRows keys, HostRows values) {
        HeadSlots head = heads[kvHead];
        head.reserve(span.count());
        long keyColumn = (long) kvHead * shape.keyDim() * Float.BYTES;
        long valueColumn = (long) kvHead * shape.valueDim() * Float.BYTES;
        for (int row = span.first(); row < span.end(); row++)
            head.append(tokens.positions()[row],
                keys.segment(), keys.offset(row) + keyColumn,
                values.segment(), values.offset(row) + valueColumn);
    }

    /// @throws IllegalStateException if a query of the span could see slots that are gone
    void requireKept(Attention attention, HostTokens tokens, Span span) {
        if (earliest() == 0) return;
        boolean narrow = attention.window() != 0 && attention.window() <= shape.window();
        for (int row = span.first(); row < span.end(); row++)
            if (!narrow || tokens.positions()[row] < firstQuery())
                throw new IllegalStateException("attention: position " + tokens.positions()[row] + " with a window of " + attention.window() + " looks back at slots that are gone");
    }

    @Override
    public int slots() {
        int most = 0;
        for (HeadSlots head : heads) most = Math.max(most, head.length());
        return most;
    }

    @Override
    public void rewind(int tokens) {
        for (HeadSlots head : heads) head.rewind(tokens);
    }

    @Override
    public int earliest() { return Arrays.stream(heads).mapToInt(HeadSlots::earliest).max().orElse(0); }

    @Override
    public int firstQuery() { return Arrays.stream(heads).mapToInt(HeadSlots::firstQuery).max().orElse(0); }

    @Override
    public HostCache fork() { return new HostCache(shape, Arrays.stream(heads).map(HeadSlots::fork).toArray(HeadSlots[]::new)); }

    @Override
    public Content content(int kvHead, Arena arena) { return heads[kvHead].content(arena); }

    @Override
    public void restore(int kvHead, Content content) { heads[kvHead].restore(content); }

    @Override
    public long bytes() {
        long bytes = 0;
        for (HeadSlots head : heads) bytes += head.bytes();
        return bytes;
    }

    @Override
    public void close() {
        for (HeadSlots head : heads) head.close();
    }
}
