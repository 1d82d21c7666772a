package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Where things lie in a tile that has scales: group after group of the tile its 16 scales, then its 16 minimums if there are any; after all groups, on a cache line, the codes.
///
/// Scales and codes apart make two streams of whole lines, which the processor prefetches; scales in front of every block of codes halved the speed of a product with one token.
///
/// @param groupLength columns that share a scale: 16 or 32
/// @param minimum     whether a minimum is added
/// @param half        whether scales and minimums are float16 (because every one of them survives that), else float32
/// @param codeBytes   bytes of the codes of a block of 32 columns
record Grouping(int groupLength, boolean minimum, boolean half, int codeBytes) {
    /// Groups of one block.
    int groups() { return Tiles.BLOCK / groupLength; }

    int scaleBytes() { return half ? Short.BYTES : Float.BYTES; }

    /// From a scale to the minimum of the same group.
    int minimumAt() { return Tiles.ROWS * scaleBytes(); }

    int groupBytes() { return minimumAt() * (minimum ? 2 : 1); }

    /// Where the codes of a tile begin.
    long codesAt(int blocks) { return Math.ceilDiv((long) blocks * groups() * groupBytes(), HostRows.ALIGNMENT) * HostRows.ALIGNMENT; }

    long tileBytes(int blocks) { return codesAt(blocks) + (long) blocks * codeBytes; }

    /// The scale of a row of a tile that begins at byte `tile`, for the group `group` of the tile.
    float scale(MemorySegment data, long tile, int group, int row) { return number(data, tile + (long) group * groupBytes(), row); }

    /// The minimum likewise.
    float minimum(MemorySegment data, long tile, int group, int row) { return number(data, tile + (long) group * groupBytes() + minimumAt(), row); }

    private float number(MemorySegment data, long at, int row) {
        return half ? Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT, at + (long) row * Short.BYTES)) : data.get(ValueLayout.JAVA_FLOAT, at + (long) row * Float.BYTES);
    }

    String scaleName() { return half ? "f16" : "f32"; }
}
