package dev.oriel.runtime;

import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;

/// A matrix of codes of 8 bits: `value = (code - zero) * scale`, with a scale and a zero for each block.
///
/// @param codes        `[rows, columns]`
/// @param scales       `[blocks down, blocks across]`
/// @param blockRows    rows of a block
/// @param blockColumns columns of a block
record ScaledRows(Tensor codes, float[] scales, float[] zeros, int blockRows, int blockColumns) {
    private static final int GROUP = Format.Q8_0.blockLength();
    private static final float LARGEST_HALF = 65504;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Whether Q8_0 has exactly these numbers: integers, whose scales float16 has too.
    boolean fitQ8() {
        if (codes.format() != Format.I8 || codes.columns() % GROUP != 0 || blockColumns % GROUP != 0 && blockColumns < codes.columns()) return false;
        for (float scale : scales) if (Float.float16ToFloat(Float.floatToFloat16(scale)) != scale) return false;
        for (float zero : zeros) if (zero != 0) return false;
        return true;
    }

    /// The numbers as `format`, which is Q8_0 only if they fit; null if one is too large for F16.
    Tensor copy(Format format, Arena arena) {
        MemorySegment out = arena.allocate(format.bytes(codes.elements()), 64);
        AtomicBoolean beyond = new AtomicBoolean();
        IntStream.range(0, Math.toIntExact(codes.rows())).parallel().forEach(row -> {
            if (!encode(row, format, out, row * format.bytes(codes.columns()))) beyond.set(true);
        });
        return beyond.get() ? null : new Tensor(codes.name(), format, codes.shape(), out);
    }

    /// The numbers row by row.
    ///
    /// @param from the row of codes that becomes a row of the source
    TensorSource source(String name, Format format, LongUnaryOperator from) {
        long bytes = format.bytes(codes.columns());
        return new TensorSource(name, format, codes.shape(), (first, count, out) -> {
            for (long i = 0; i < count; i++) encode(from.applyAsLong(first + i), format, out, i * bytes);
        });
    }

    /// @return whether every number is within the range of `format`
    boolean encode(long row, Format format, MemorySegment out, long at) {
        if (format == Format.Q8_0) {
            for (int c = 0, group = 0; c < codes.columns(); c += GROUP, group++) {
                long to = at + (long) group * format.blockBytes();
                out.set(SHORT, to, Float.floatToFloat16(scales[block(row, c)]));
                MemorySegment.copy(codes.data(), row * codes.columns() + c, out, to + Short.BYTES, GROUP);
            }
            return true;
        }
        float[] values = new float[codes.columns()];
        codes.decodeRow(row, values, 0);
        boolean within = true;
        for (int c = 0; c < values.length; c++) {
            int block = block(row, c);
            values[c] = (values[c] - zeros[block]) * scales[block];
            within &= format != Format.F16 || Math.abs(values[c]) <= LARGEST_HALF;
        }
        format.encode(values, 0, values.length, out, at);
        return within;
    }

    private int block(long row, int column) {
        if (scales.length == 1) return 0;
        return Math.toIntExact(row / blockRows * Math.ceilDiv(codes.columns(), blockColumns) + column / blockColumns);
    }
}
