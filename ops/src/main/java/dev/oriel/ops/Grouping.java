package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Where things lie in a tile that has scales: group after group of the tile its 16 scales, then its 16 minimums if there are any; where those are products, behind all groups the
/// other factors ([#rootsAt]), in the same order, for every 256 columns; then, on a cache line, the codes.
///
/// Scales and codes apart make streams of whole lines, which the processor prefetches; scales in front of every block of codes halved the speed of a product with one token.
///
/// @param groupLength columns that share a scale: 16 or 32
/// @param minimum     whether a minimum is added
/// @param scaling     how scales and minimums are kept
/// @param codeBits    bits of a code: 4, 6 or 8
record Grouping(int groupLength, boolean minimum, Scaling scaling, int codeBits) {
    /// Blocks that share a root.
    static final int ROOT_BLOCKS = Scaling.ROOT_COLUMNS / Tiles.BLOCK;

    /// Groups of one block.
    int groups() { return Tiles.BLOCK / groupLength; }

    int scaleBytes() { return scaling.bytes; }

    /// From a scale to the minimum of the same group.
    int minimumAt() { return Tiles.ROWS * scaleBytes(); }

    int groupBytes() { return minimumAt() * (minimum ? 2 : 1); }

    /// Bytes of the codes of a block of 32 columns.
    int codeBytes() { return Tiles.ROWS * Tiles.BLOCK * codeBits / Byte.SIZE; }

    boolean products() { return scaling == Scaling.PRODUCT; }

    /// From the root of a scale to that of its minimum.
    int minimumRootAt() { return Tiles.ROWS * Short.BYTES; }

    /// Bytes of the roots of 256 columns.
    int rootBytes() { return products() ? minimumRootAt() * (minimum ? 2 : 1) : 0; }

    /// Where the roots of a tile begin.
    long rootsAt(int blocks) { return (long) blocks * groups() * groupBytes(); }

    /// Where the codes of a tile begin.
    long codesAt(int blocks) {
        long end = rootsAt(blocks) + (long) Math.ceilDiv(blocks, ROOT_BLOCKS) * rootBytes();
        return Math.ceilDiv(end, HostRows.ALIGNMENT) * HostRows.ALIGNMENT;
    }

    long tileBytes(int blocks) { return codesAt(blocks) + (long) blocks * codeBytes(); }

    /// The scale of a row of a tile of so many blocks, which begins at byte `tile`, for the group `group` of the tile.
    float scale(MemorySegment data, long tile, int blocks, int group, int row) {
        return number(data, tile + (long) group * groupBytes() + (long) row * scaleBytes(), tile + rootAt(blocks, group) + (long) row * Short.BYTES);
    }

    /// The minimum likewise.
    float minimum(MemorySegment data, long tile, int blocks, int group, int row) {
        return number(data, tile + (long) group * groupBytes() + minimumAt() + (long) row * scaleBytes(), tile + rootAt(blocks, group) + minimumRootAt() + (long) row * Short.BYTES);
    }

    private long rootAt(int blocks, int group) { return rootsAt(blocks) + (long) (group / (ROOT_BLOCKS * groups())) * rootBytes(); }

    private float number(MemorySegment data, long at, long root) {
        return switch (scaling) {
            case HALF -> half(data, at);
            case SINGLE -> data.get(ValueLayout.JAVA_FLOAT, at);
            case PRODUCT -> half(data, root) * data.get(ValueLayout.JAVA_BYTE, at);
        };
    }

    private static float half(MemorySegment data, long at) { return Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT, at)); }

    /// For people: `f16`.
    String scaleName() {
        return switch (scaling) {
            case HALF -> "f16";
            case SINGLE -> "f32";
            case PRODUCT -> "f16*i8";
        };
    }
}
