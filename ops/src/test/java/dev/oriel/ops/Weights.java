package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A stored matrix of random numbers and, row by row, what its format decodes to.
record Weights(List<Tensor> parts, float[][] decoded) {
    private static final Golden QUANTS = new Golden("quants.safetensors");

    static Weights random(Draw draw, Format format, int rows, int columns) {
        MemorySegment data = MemorySegment.ofArray(new byte[(int) format.bytes((long) rows * columns)]);
        if (format.canEncode()) format.encode(draw.floats(rows * columns), 0, rows * columns, data, 0);
        else if (format.grouped()) blocks(draw, format, data);
        else plain(draw, format, data);
        return of(List.of(new Tensor(format.name(), format, new long[] {rows, columns}, data)));
    }

    /// Exactly these numbers, as float32.
    static Weights of(float[] values, int columns) {
        return of(List.of(new Tensor("F32", Format.F32, new long[] {values.length / columns, columns}, MemorySegment.ofArray(values))));
    }

    /// The matrices on top of each other.
    static Weights stacked(Weights... matrices) {
        return of(Arrays.stream(matrices).flatMap(weights -> weights.parts.stream()).toList());
    }

    private static Weights of(List<Tensor> parts) {
        List<float[]> rows = new ArrayList<>();
        for (Tensor part : parts)
            for (int row = 0; row < part.rows(); row++) {
                float[] values = new float[part.columns()];
                part.decodeRow(row, values, 0);
                rows.add(values);
            }
        return new Weights(parts, rows.toArray(float[][]::new));
    }

    /// Packs them from memory that is gone afterwards, as a closed file is.
    Matrix pack(Ops ops) {
        try (Arena file = Arena.ofConfined()) {
            return ops.pack(parts.stream().map(part -> {
                MemorySegment data = file.allocate(part.data().byteSize(), 1);
                MemorySegment.copy(part.data(), 0, data, 0, data.byteSize());
                return new Tensor(part.name(), part.format(), part.shape(), data);
            }).toList());
        }
    }

    /// Golden blocks with every byte that can be another one replaced: random codes, and scales that stay near the golden's.
    private static void blocks(Draw draw, Format format, MemorySegment data) {
        byte[] golden = QUANTS.bytes(format.name() + ".raw");
        int size = format.blockBytes();
        for (long at = 0; at < data.byteSize(); at += size) {
            int from = draw.random().nextInt(golden.length / size) * size;
            byte[] block = Arrays.copyOfRange(golden, from, from + size);
            double limit = 2 * largest(format, block);
            for (int i = 0; i < size; i++) {
                byte old = block[i];
                block[i] = (byte) draw.random().nextInt(256);
                if (!(largest(format, block) <= limit)) block[i] = old;
            }
            MemorySegment.copy(block, 0, data, ValueLayout.JAVA_BYTE, at, size);
        }
    }

    /// The largest magnitude in a block; NaN if there is one.
    private static double largest(Format format, byte[] block) {
        float[] values = new float[format.blockLength()];
        format.decode(MemorySegment.ofArray(block), 0, values, 0, values.length);
        double most = 0;
        for (float value : values) most = Math.max(most, Math.abs(value));
        return most;
    }

    private static void plain(Draw draw, Format format, MemorySegment data) {
        int bytes = format.blockBytes();
        for (long at = 0; at < data.byteSize(); at += bytes) {
            long bits = switch (format) {
                case F64 -> Double.doubleToRawLongBits(draw.random().nextGaussian());
                // Exponents near 1, whichever of the two layouts.
                case F8_E4M3, F8_E5M2 -> draw.random().nextInt(0x30, 0x48) | draw.random().nextInt(2) << 7;
                case BOOL -> draw.random().nextInt(2);
                case U8 -> draw.random().nextInt(256);
                default -> draw.random().nextInt(-128, 128);
            };
            for (int i = 0; i < bytes; i++) data.set(ValueLayout.JAVA_BYTE, at + i, (byte) (bits >> 8 * i));
        }
    }
}
