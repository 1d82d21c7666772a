package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Scales of a few strips unpacked to float32 `[group][scale, minimum][strip][lane]`, so that the kernels of a layout need not know which of six forms they have in the tiles.
///
/// For many tokens this pass costs nothing. Before a product with one token it leaves the memory idle for a while, so that the kernels of the commonest layouts do without it: they
/// widen scales in their loops, by hand, for calls are not always compiled into loops of that size.
final class Scales {
    private static final VectorSpecies<Float> F = Lanes.F;
    /// Floats of one strip of one group.
    static final int STRIP = Lanes.COUNT;

    private Scales() {}

    /// Unpacks `strips` strips from `first` on; past the last strip it repeats that one.
    static float[] unpack(CodedTiles tiles, int first, int strips, Scratch scratch) { return unpack(tiles, first, strips, 0, tiles.blocks(), scratch); }

    /// The same for the blocks `[block, block + count)`.
    static float[] unpack(CodedTiles tiles, int first, int strips, int block, int count, Scratch scratch) {
        int groups = tiles.grouping().groups();
        float[] out = scratch.scales(count * groups * 2 * strips * STRIP);
        for (int i = 0; i < strips; i++) unpack(tiles, Math.min(first + i, tiles.strips() - 1), block * groups, count * groups, out, i * STRIP, strips * STRIP);
        return out;
    }

    /// Unpacks one strip's `count` groups from `first` on, a scale to `out[at ..]`, its minimum to `out[at + step ..]`, and so on. Codes without a minimum, which are kept
    /// with a bias added, get the one that takes it away: -bias * scale.
    private static void unpack(CodedTiles tiles, int strip, int first, int count, float[] out, int at, int step) {
        MemorySegment w = tiles.data();
        Grouping grouping = tiles.grouping();
        Scaling scaling = grouping.scaling();
        boolean minimum = grouping.minimum();
        float bias = tiles.bias();
        int rooted = Grouping.ROOT_BLOCKS * grouping.groups();
        long scales = tiles.scaleAt(strip);
        long roots = tiles.rootAt(strip);
        for (int group = first; group < first + count; group++, at += 2 * step) {
            long from = scales + (long) group * grouping.groupBytes();
            long root = roots + (long) (group / rooted) * grouping.rootBytes();
            FloatVector scale = numbers(w, scaling, from, root);
            scale.intoArray(out, at);
            FloatVector least = minimum ? numbers(w, scaling, from + grouping.minimumAt(), root + grouping.minimumRootAt()) : scale.mul(-bias);
            least.intoArray(out, at + step);
        }
    }

    /// Scales that are products, without minimums: in the same places, between which anything may be. Faster than [#unpack].
    static float[] products(CodedTiles tiles, int first, int strips, Scratch scratch) {
        Grouping grouping = tiles.grouping();
        int groups = tiles.blocks() * grouping.groups();
        float[] out = scratch.scales(groups * 2 * strips * STRIP);
        for (int i = 0; i < strips; i++) {
            int strip = Math.min(first + i, tiles.strips() - 1);
            products(tiles.data(), tiles.scaleAt(strip), grouping.groupBytes(), tiles.rootAt(strip), grouping.rootBytes(), groups, Grouping.ROOT_BLOCKS * grouping.groups(),
                out, i * STRIP, 2 * strips * STRIP);
        }
        return out;
    }

    private static void products(MemorySegment w, long at, int groupBytes, long roots, int rootBytes, int groups, int rooted, float[] out, int to, int step) {
        for (int from = 0; from < groups; from += rooted, roots += rootBytes) {
            FloatVector root = Lanes.half(w, roots);
            for (int group = from; group < Math.min(from + rooted, groups); group++)
                Lanes.bytes(w, at + (long) group * groupBytes).mul(root).intoArray(out, to + group * step);
        }
    }

    /// The roots of a few strips unpacked alone: `[256 columns][scale, minimum][strip][lane]`; nothing where scales are no products.
    static float[] roots(CodedTiles tiles, int first, int strips, Scratch scratch) {
        Grouping grouping = tiles.grouping();
        int count = grouping.products() ? Math.ceilDiv(tiles.blocks(), Grouping.ROOT_BLOCKS) : 0;
        float[] out = scratch.scales(count * 2 * strips * STRIP);
        for (int i = 0; i < strips; i++) {
            long root = tiles.rootAt(Math.min(first + i, tiles.strips() - 1));
            for (int j = 0; j < count; j++, root += grouping.rootBytes()) {
                int at = (2 * j * strips + i) * STRIP;
                Lanes.half(tiles.data(), root).intoArray(out, at);
                if (grouping.minimum()) Lanes.half(tiles.data(), root + grouping.minimumRootAt()).intoArray(out, at + strips * STRIP);
            }
        }
        return out;
    }

    private static FloatVector numbers(MemorySegment w, Scaling scaling, long at, long root) {
        return switch (scaling) {
            case HALF -> Lanes.half(w, at);
            case SINGLE -> FloatVector.fromMemorySegment(F, w, at, Lanes.LE);
            case PRODUCT -> Lanes.bytes(w, at).mul(Lanes.half(w, root));
        };
    }
}
