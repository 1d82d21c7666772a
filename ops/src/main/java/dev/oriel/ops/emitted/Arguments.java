package dev.oriel.ops.emitted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What a kernel is called with: a block of memory that one thread fills and passes the address of, so that calling conventions hardly matter.
public final class Arguments {
    static final int CODES = 0, SCALES = 8, STRIDE = 16, X = 24, SIDE = 32, BLOCKS = 40, FROM = 48, FROM_STRIDE = 56, TO = 64, TO_STRIDE = 72, STRIDE_3 = 80, SIDE_3 = 88, SCALE = 96, LIMITS = 104, TURNS = 112, MEAN = 120, ROOTS = 128;
    /// Where a kernel keeps registers of its caller.
    static final int KEPT = 192;

    private final MemorySegment memory;

    public Arguments(Arena arena) { memory = arena.allocate(KEPT + 160, 64); }

    long address() { return memory.address(); }

    /// Addresses of the codes (or numbers), scales and roots ([Layout.Scaling#PRODUCT]) of a tile's first block, and bytes to the next tile.
    public Arguments weights(long codes, long scales, long roots, long stride) {
        return set(CODES, codes).set(SCALES, scales).set(ROOTS, roots).set(STRIDE, stride).set(STRIDE_3, 3 * stride);
    }

    /// Addresses of the activations of a group of tokens, and of what goes with them ([Layout.Codes]).
    public Arguments activations(long x, long side, long blocks) { return set(X, x).set(SIDE, side).set(BLOCKS, blocks); }

    /// Where the sums of the first token start from, and bytes to those of the next.
    public Arguments from(long address, long stride) { return set(FROM, address).set(FROM_STRIDE, stride); }

    /// Where they go to.
    public Arguments to(long address, long stride) { return set(TO, address).set(TO_STRIDE, stride); }

    /// For attention: addresses of the first tile of keys and bytes to the next, components of a key, how often a kernel's slots are taken, and what scores are multiplied by.
    public Arguments keys(long address, long stride, long components, long turns, float scale) {
        return set(CODES, address).set(STRIDE, stride).set(STRIDE_3, 3 * stride).set(BLOCKS, components).set(TURNS, turns)
            .set(SCALE, Float.floatToRawIntBits(scale));
    }

    /// For attention: address of the first value, bytes to the next, and how many there are.
    public Arguments values(long address, long stride, long count) { return set(CODES, address).set(STRIDE, stride).set(STRIDE_3, 3 * stride).set(BLOCKS, count); }

    /// For attention: address of the first row's numbers, and bytes to the next row's.
    public Arguments rows(long address, long stride) { return set(X, address).set(SIDE, stride).set(SIDE_3, 3 * stride); }

    /// For softmax, of so many rows: 32 times `blocks` scores and bytes from row to row; then addresses of a number per row each, and of 32 sums: how many of the scores are seen,
    /// the largest score before, and where the factor goes.
    public Arguments softmax(long rows, long scores, long stride, long blocks, long limits, long largest, long sums, long factors) {
        return set(TURNS, rows).set(X, scores).set(STRIDE, stride).set(BLOCKS, blocks).set(LIMITS, limits).set(FROM, largest).set(SIDE, sums).set(TO, factors);
    }

    /// For a row of numbers: addresses of them and of what else each meets (0 where nothing is), and so many times what a kernel takes at once.
    public Arguments row(long x, long other, long third, long count) { return row(x, other, third, 0, count); }

    public Arguments row(long x, long other, long third, long fourth, long count) { return set(X, x).set(SIDE, other).set(FROM, third).set(CODES, fourth).set(BLOCKS, count); }

    /// For norms: what is subtracted from numbers, and what they are divided by.
    public Arguments centre(float mean, float scale) { return set(MEAN, Float.floatToRawIntBits(mean)).set(SCALE, Float.floatToRawIntBits(scale)); }

    /// For packing: addresses of rows as they are stored, one behind the other, and of the scales, roots and codes of a tile.
    ///
    /// @param rows   at most those of a tile
    /// @param blocks stored ones of a row
    public Arguments pack(Stored stored, long from, int rows, int blocks, long scales, long roots, long codes) {
        set(FROM, from).set(X, rows).set(BLOCKS, blocks).set(SCALES, scales).set(ROOTS, roots).set(CODES, codes);
        // From behind the last block of a row to the first of the next.
        return set(FROM_STRIDE, stored.laneBytes() - (long) blocks * stored.scaleBytes()).set(STRIDE, Short.BYTES - (long) blocks * stored.rootBytes())
            .set(TO_STRIDE, Integer.BYTES - (long) blocks * stored.codeBytes());
    }

    /// Whether what was packed had a scale or minimum that is infinite or no number.
    public boolean overflowed() { return (memory.get(ValueLayout.JAVA_LONG, TO) & PackWriter.OVERFLOW) != 0; }

    private Arguments set(int at, long value) {
        memory.set(ValueLayout.JAVA_LONG, at, value);
        return this;
    }
}
