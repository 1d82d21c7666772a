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

    /// Tiles of keys to `[tile][keyDim][32 slots]`.
    ///
    /// @param scales memory for [#scaleBytes] bytes
    static void keys(SlotLayout layout, MemorySegment from, long at, MemorySegment to, int tiles, MemorySegment scales) {
        int count = layout.keyDim() * SlotLayout.TILE;
        if (layout.format() == Format.F16) halves(from, at, to, tiles * count);
        else for (int tile = 0; tile < tiles; tile++) keyCodes(layout, from, at + tile * layout.keyBytes(), to, 4L * tile * count, scales);
    }

    private static void keyCodes(SlotLayout layout, MemorySegment from, long at, MemorySegment to, long toAt, MemorySegment scales) {
        halves(from, at, scales, layout.keyGroups() * SlotLayout.TILE);
        long codes = at + SlotLayout.scaleBytes(layout.keyGroups());
        for (int d = 0; d < layout.keyDim(); d += SlotLayout.CODES)
            for (int slot = 0; slot < SlotLayout.TILE; slot += Lanes.COUNT) {
                FloatVector scale = FloatVector.fromMemorySegment(F, scales, 4L * (d / SlotLayout.GROUP * SlotLayout.TILE + slot), Lanes.LE);
                IntVector four = IntVector.fromMemorySegment(I, from, codes + 4L * (d / SlotLayout.CODES * SlotLayout.TILE + slot), Lanes.LE);
                for (int code = 0; code < SlotLayout.CODES; code++)
                    ((FloatVector) four.lanewise(VectorOperators.LSHL, 24 - 8 * code).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).mul(scale)
                        .intoMemorySegment(to, toAt + 4L * ((d + code) * SlotLayout.TILE + slot), Lanes.LE);
            }
    }

    /// Values to `[slot][valueStride]`, from the beginning of a tile on.
    ///
    /// @param slots how many of them are wanted; up to three more are written
    static void values(SlotLayout layout, MemorySegment from, long at, MemorySegment to, int slots, MemorySegment scales) {
        int stride = layout.valueStride();
        if (layout.format() == Format.F16) halves(from, at, to, slots * stride);
        else for (int slot = 0; slot < slots; slot += SlotLayout.TILE)
            valueCodes(layout, from, at + slot / SlotLayout.TILE * layout.valueBytes(), to, 4L * slot * stride, Math.min(SlotLayout.TILE, slots - slot), scales);
    }

    private static void valueCodes(SlotLayout layout, MemorySegment from, long at, MemorySegment to, long toAt, int slots, MemorySegment scales) {
        int stride = layout.valueStride();
        halves(from, at, scales, layout.valueGroups() * SlotLayout.TILE);
        long codes = at + SlotLayout.scaleBytes(layout.valueGroups());
        for (int slot = 0; slot < slots; slot += SlotLayout.CODES)
            for (int d = 0; d < stride; d += Lanes.COUNT) {
                long own = 4L * (d / SlotLayout.GROUP * SlotLayout.TILE + slot);
                IntVector four = IntVector.fromMemorySegment(I, from, codes + 4L * (slot / SlotLayout.CODES * stride + d), Lanes.LE);
                for (int code = 0; code < SlotLayout.CODES; code++)
                    ((FloatVector) four.lanewise(VectorOperators.LSHL, 24 - 8 * code).lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0))
                        .mul(scales.get(HostRows.FLOAT, own + 4L * code)).intoMemorySegment(to, toAt + 4L * ((slot + code) * stride + d), Lanes.LE);
            }
    }

    /// Bytes of scratch memory that the scales of a tile take.
    static long scaleBytes(SlotLayout layout) { return 4L * SlotLayout.TILE * Math.max(layout.keyGroups(), layout.valueGroups()); }

    /// What overflowed float16 stays infinite: the second product lifts it, and nothing less, beyond float32, and the third takes the rest back.
    private static void halves(MemorySegment from, long at, MemorySegment to, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT)
            Lanes.half(from, at + 2L * i).mul(0x1p112f).mul(0x1p-112f).intoMemorySegment(to, 4L * i, Lanes.LE);
    }
}
