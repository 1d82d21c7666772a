package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Brings tiles of keys and values, as [SlotLayout] keeps them, to float32: the numbers that [SlotLayout#key] and [SlotLayout#value] give, exactly.
final class SlotKernel {
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;

    private SlotKernel() {}

    /// A tile of keys to `[keyDim][32 slots]`.
    ///
    /// @param scales memory for [#scaleBytes] bytes
    static void keys(SlotLayout layout, MemorySegment from, long at, MemorySegment to, long toAt, MemorySegment scales) {
        if (layout.format() == Format.F16) {
            halves(from, at, to, toAt, layout.keyDim() * SlotLayout.TILE);
            return;
        }
        halves(from, at, scales, 0, layout.keyGroups() * SlotLayout.TILE);
        long codes = at + SlotLayout.scaleBytes(layout.keyGroups());
        for (int d = 0; d < layout.keyDim(); d += SlotLayout.CODES)
            for (int slot = 0; slot < SlotLayout.TILE; slot += Lanes.COUNT) {
                FloatVector scale = FloatVector.fromMemorySegment(F, scales, 4L * (d / SlotLayout.GROUP * SlotLayout.TILE + slot), Lanes.LE);
                IntVector four = IntVector.fromMemorySegment(I, from, codes + 4L * (d / SlotLayout.CODES * SlotLayout.TILE + slot), Lanes.LE);
                four(four, scale, scale, scale, scale, to, toAt + 4L * (d * SlotLayout.TILE + slot), 4L * SlotLayout.TILE);
            }
    }

    /// A tile of values to `[32 slots][valueStride]`.
    ///
    /// @param slots how many of them are wanted, rounded up to four
    static void values(SlotLayout layout, MemorySegment from, long at, MemorySegment to, int slots, MemorySegment scales) {
        int stride = layout.valueStride();
        if (layout.format() == Format.F16) {
            halves(from, at, to, 0, slots * stride);
            return;
        }
        halves(from, at, scales, 0, layout.valueGroups() * SlotLayout.TILE);
        long codes = at + SlotLayout.scaleBytes(layout.valueGroups());
        for (int slot = 0; slot < slots; slot += SlotLayout.CODES)
            for (int d = 0; d < stride; d += Lanes.COUNT) {
                long own = 4L * (d / SlotLayout.GROUP * SlotLayout.TILE + slot);
                IntVector four = IntVector.fromMemorySegment(I, from, codes + 4L * (slot / SlotLayout.CODES * stride + d), Lanes.LE);
                four(four, scale(scales, own), scale(scales, own + 4), scale(scales, own + 8), scale(scales, own + 12), to, 4L * (slot * stride + d), 4L * stride);
            }
    }

    /// Floats of scratch memory that scales take.
    static long scaleBytes(SlotLayout layout) { return 4L * SlotLayout.TILE * Math.max(layout.keyGroups(), layout.valueGroups()); }

    private static FloatVector scale(MemorySegment scales, long at) { return FloatVector.broadcast(F, scales.get(HostRows.FLOAT, at)); }

    /// The four codes of every lane to four vectors, `step` bytes apart.
    private static void four(IntVector codes, FloatVector scale0, FloatVector scale1, FloatVector scale2, FloatVector scale3, MemorySegment to, long at, long step) {
        number(codes.lanewise(VectorOperators.LSHL, 24), scale0).intoMemorySegment(to, at, Lanes.LE);
        number(codes.lanewise(VectorOperators.LSHL, 16), scale1).intoMemorySegment(to, at + step, Lanes.LE);
        number(codes.lanewise(VectorOperators.LSHL, 8), scale2).intoMemorySegment(to, at + 2 * step, Lanes.LE);
        number(codes, scale3).intoMemorySegment(to, at + 3 * step, Lanes.LE);
    }

    private static FloatVector number(IntVector shifted, FloatVector scale) {
        return ((FloatVector) shifted.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).mul(scale);
    }

    /// What overflowed float16 stays infinite: the second product lifts it, and nothing less, beyond float32, and the third takes the rest back.
    private static void halves(MemorySegment from, long at, MemorySegment to, long toAt, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT)
            Lanes.half(from, at + 2L * i).mul(0x1p112f).mul(0x1p-112f).intoMemorySegment(to, toAt + 4L * i, Lanes.LE);
    }
}
