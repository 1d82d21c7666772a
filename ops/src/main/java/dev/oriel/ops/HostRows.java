package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Set;

/// Activations in native memory, shared by the CPU implementations: rows start on 64-byte boundaries, a stride apart.
///
/// A view shares the segment of its whole and has its own origin, capacity and width; closing a view does nothing.
final class HostRows implements Rows {
    /// Bytes every allocation is aligned to: one cache line, one 512-bit vector.
    static final long ALIGNMENT = 64;
    /// Floats a row stride is rounded up to, so that every row starts aligned.
    static final int LANES = 16;
    /// How activations lie in memory.
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final MemorySegment segment;
    private final int capacity;
    private final int width;
    private final int stride;
    private final long origin;
    private final Runnable free;

    private HostRows(MemorySegment segment, int capacity, int width, int stride, long origin, Runnable free) {
        this.segment = segment;
        this.capacity = capacity;
        this.width = width;
        this.stride = stride;
        this.origin = origin;
        this.free = free;
    }

    /// Allocates zero-filled rows. They add a way to free them to `owned`, and take it away when they are closed, so that an [Ops] can free what is left.
    static HostRows allocate(int capacity, int width, Set<Runnable> owned) {
        if (capacity < 1 || width < 1) throw new IllegalArgumentException("rows of " + capacity + " x " + width);
        int stride = Math.addExact(width, LANES - 1) / LANES * LANES;
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate((long) capacity * stride * Float.BYTES, ALIGNMENT);
        Runnable free = new Runnable() {
            @Override
            public void run() {
                if (owned.remove(this)) arena.close();
            }
        };
        owned.add(free);
        return new HostRows(segment, capacity, width, stride, 0, free);
    }

    /// These rows as an operation needs them: of this kind of memory, at least `n` rows, exactly `width` columns.
    ///
    /// @throws IllegalArgumentException with the operand's name, what was expected and what was found
    static HostRows live(Rows rows, int n, int width, String operand) {
        if (!(rows instanceof HostRows host)) throw new IllegalArgumentException(operand + ": rows of another backend");
        if (n < 0 || n > host.capacity || width != host.width)
            throw new IllegalArgumentException(operand + ": expected " + n + " rows of width " + width
                + ", found capacity " + host.capacity + " and width " + host.width);
        return host;
    }

    /// The same for any width.
    static HostRows live(Rows rows, int n, String operand) { return live(rows, n, rows.width(), operand); }

    /// The memory of the whole; use [#offset] to find a row.
    MemorySegment segment() { return segment; }

    @Override
    public int capacity() { return capacity; }

    @Override
    public int width() { return width; }

    /// Floats from one row to the next.
    int stride() { return stride; }

    /// Floats before the first number of row 0.
    long origin() { return origin; }

    /// Byte offset of the first number of a row.
    long offset(int row) { return (origin + (long) row * stride) * Float.BYTES; }

    float get(int row, int column) { return segment.get(FLOAT, offset(row) + (long) column * Float.BYTES); }

    void set(int row, int column, float value) { segment.set(FLOAT, offset(row) + (long) column * Float.BYTES, value); }

    /// Copies a row into `out[0 .. width)`.
    void read(int row, float[] out) { MemorySegment.copy(segment, FLOAT, offset(row), out, 0, width); }

    /// Copies `in[0 .. width)` into a row.
    void write(int row, float[] in) { MemorySegment.copy(in, 0, segment, FLOAT, offset(row), width); }

    @Override
    public HostRows columns(int from, int width) {
        Objects.checkFromIndexSize(from, width, this.width);
        return new HostRows(segment, capacity, width, stride, origin + from, null);
    }

    @Override
    public HostRows rows(int from, int count) {
        Objects.checkFromIndexSize(from, count, capacity);
        return new HostRows(segment, count, width, stride, origin + (long) from * stride, null);
    }

    @Override
    public void close() {
        if (free != null) free.run();
    }

    /// As [Ops#spread] says, out of `from`.
    void spread(HostRows from, int fromEvery, int every, int count, int n) {
        if (count > every || fromEvery != 0 && count > fromEvery) throw new IllegalArgumentException("spread: " + count + " columns do not fit into " + every);
        for (int i = 0; i < n; i++)
            for (int column = 0, source = 0; column + count <= width; column += every, source += fromEvery) {
                Objects.checkFromIndexSize(source, count, from.width);
                MemorySegment.copy(from.segment, from.offset(i) + (long) source * Float.BYTES, segment, offset(i) + (long) column * Float.BYTES, (long) count * Float.BYTES);
            }
    }

    /// Rows [0, n) from `from`, row after row.
    void take(float[] from, int n) {
        for (int i = 0; i < n; i++) MemorySegment.copy(from, i * width(), segment(), FLOAT, offset(i), width());
    }

    /// Rows [0, n) into `to`, row after row.
    void give(int n, float[] to) {
        for (int i = 0; i < n; i++) MemorySegment.copy(segment(), FLOAT, offset(i), to, i * width(), width());
    }
}
