package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Scales of a few strips unpacked to float32 `[group][scale, minimum][strip][lane]`, so that the kernels of a layout need not know which of four forms they have in the tiles:
/// such branches, and the call that widens a float16, cost more in their loops than this pass before them.
final class Scales {
    private static final VectorSpecies<Float> F = Lanes.F;
    /// Floats of one strip of one group.
    static final int STRIP = Lanes.COUNT;

    private Scales() {}

    /// Floats for `strips` strips.
    private static int length(int blocks, Grouping grouping, int strips) { return blocks * grouping.groups() * 2 * strips * STRIP; }

    /// Unpacks `strips` strips from `first` on; past the last strip it repeats that one.
    static float[] unpack(TilesQ4 tiles, int first, int strips, Scratch scratch) {
        float[] out = scratch.scales(length(tiles.blocks(), tiles.grouping(), strips));
        for (int i = 0; i < strips; i++)
            unpack(tiles.data(), tiles.scaleAt(Math.min(first + i, tiles.strips() - 1)), tiles.blocks(), tiles.grouping(), tiles.bias(), out, i, strips);
        return out;
    }

    /// The same for 8-bit codes.
    static float[] unpack(TilesQ8 tiles, int first, int strips, Scratch scratch) {
        float[] out = scratch.scales(length(tiles.blocks(), tiles.grouping(), strips));
        for (int i = 0; i < strips; i++)
            unpack(tiles.data(), tiles.scaleAt(Math.min(first + i, tiles.strips() - 1)), tiles.blocks(), tiles.grouping(), TilesQ8.BIAS, out, i, strips);
        return out;
    }

    /// Unpacks one strip, the one number `strip` of `strips`. Codes without a minimum, which are kept with `bias` added, get the one that takes the bias away: -bias * scale.
    private static void unpack(MemorySegment w, long scaleAt, int blocks, Grouping grouping, float bias, float[] out, int strip, int strips) {
        boolean half = grouping.half();
        boolean minimum = grouping.minimum();
        int step = 2 * strips * STRIP;
        for (int group = 0; group < blocks * grouping.groups(); group++) {
            long at = scaleAt + (long) group * grouping.groupBytes();
            FloatVector scale = half ? Lanes.half(w, at) : FloatVector.fromMemorySegment(F, w, at, Lanes.LE);
            FloatVector least = scale.mul(-bias);
            if (minimum) least = half ? Lanes.half(w, at + grouping.minimumAt()) : FloatVector.fromMemorySegment(F, w, at + grouping.minimumAt(), Lanes.LE);
            scale.intoArray(out, group * step + strip * STRIP);
            least.intoArray(out, group * step + (strips + strip) * STRIP);
        }
    }
}
