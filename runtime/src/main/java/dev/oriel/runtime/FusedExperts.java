package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The experts of gpt-oss as Hugging Face stores them: all of a layer in one tensor `[expert, in, out]`, gate and up in alternating columns; or, in MXFP4, `[expert, out]` with
/// the 16 bytes of every 32 numbers in one tensor and their scales in another, neighbouring numbers in one byte where GGUF has numbers 16 apart.
///
/// @param first the column that becomes row 0
/// @param step  from there to the column that becomes row 1
record FusedExperts(int first, int step) {
    private static final int GROUP_BYTES = 16;

    static FusedExperts of(TensorNames.Form form) {
        return switch (form) {
            case EVEN_COLUMNS -> new FusedExperts(0, 2);
            case ODD_COLUMNS -> new FusedExperts(1, 2);
            default -> new FusedExperts(0, 1);
        };
    }

    /// Rows `[expert, out, in]` out of plain numbers `[expert, in, out]`.
    TensorSource rows(String name, Tensor t) {
        long[] shape = require(t, 3, Format.BF16, Format.F16, Format.F32);
        int rows = Math.toIntExact(shape[2]) / step;
        int columns = Math.toIntExact(shape[1]);
        int bytes = t.format().blockBytes();
        return new TensorSource(name, t.format(), new long[] {shape[0], rows, columns}, (start, count, out) -> {
            for (long i = 0; i < count; i++) {
                long expert = (start + i) / rows;
                long column = first + (start + i) % rows * step;
                for (int k = 0; k < columns; k++)
                    MemorySegment.copy(t.data(), ((expert * columns + k) * shape[2] + column) * bytes, out, (i * columns + k) * bytes, bytes);
            }
        });
    }

    /// The same rows, still in MXFP4, out of blocks `[expert, out, groups, 16]` and scales `[expert, out, groups]`.
    TensorSource blocks(String name, Tensor blocks, Tensor scales) {
        long[] shape = require(blocks, 4, Format.U8);
        if (shape[3] != GROUP_BYTES || scales.format() != Format.U8 || !Arrays.equals(scales.shape(), Arrays.copyOf(shape, 3)))
            throw new ModelException(scales.name() + ": expected a byte for each 16 of " + blocks.name() + ", found " + Arrays.toString(scales.shape()));
        int rows = Math.toIntExact(shape[1]) / step;
        int groups = Math.toIntExact(shape[2]);
        return new TensorSource(name, Format.MXFP4, new long[] {shape[0], rows, 32L * groups}, (start, count, out) -> {
            byte[] block = new byte[GROUP_BYTES];
            byte[] apart = new byte[1 + GROUP_BYTES];
            for (long i = 0; i < count; i++) {
                long row = (start + i) / rows * shape[1] + first + (start + i) % rows * step;
                for (int group = 0; group < groups; group++) {
                    MemorySegment.copy(blocks.data(), ValueLayout.JAVA_BYTE, (row * groups + group) * GROUP_BYTES, block, 0, GROUP_BYTES);
                    apart[0] = scales.data().get(ValueLayout.JAVA_BYTE, row * groups + group);
                    apart(block, apart);
                    MemorySegment.copy(apart, 0, out, ValueLayout.JAVA_BYTE, (i * groups + group) * apart.length, apart.length);
                }
            }
        });
    }

    /// Numbers 2i and 2i + 1 of byte i become numbers i and i + 16 of a byte each.
    private static void apart(byte[] block, byte[] out) {
        for (int i = 0; i < GROUP_BYTES; i++) out[1 + i] = (byte) (nibble(block, i) | nibble(block, i + GROUP_BYTES) << 4);
    }

    private static int nibble(byte[] block, int number) { return block[number / 2] >> 4 * (number % 2) & 15; }

    /// Every expert's part of biases `[expert, out]`.
    float[] vectors(Tensor t) {
        long[] shape = require(t, 2, t.format());
        float[] all = t.values();
        int length = Math.toIntExact(shape[1]) / step;
        float[] out = new float[Math.toIntExact(shape[0]) * length];
        for (int i = 0; i < out.length; i++) out[i] = all[i / length * (int) shape[1] + first + i % length * step];
        return out;
    }

    /// Plain numbers `[expert, in, out]` out of rows `[expert, out, in]` of `step` tensors, block formats as F32.
    static TensorSource together(String name, Tensor... parts) {
        Tensor one = parts[0];
        Format format = one.format().grouped() ? Format.F32 : one.format();
        int columns = one.columns();
        long rows = one.shape()[1];
        long outs = rows * parts.length;
        return new TensorSource(name, format, new long[] {one.shape()[0], columns, outs}, (start, count, out) -> {
            float[] values = new float[columns];
            for (long i = 0; i < count; i++)
                for (int column = 0; column < outs; column++) {
                    Tensor part = parts[column % parts.length];
                    long row = (start + i) / columns * rows + column / parts.length;
                    long to = (i * outs + column) * format.blockBytes();
                    long k = (start + i) % columns;
                    if (part.format() == format) MemorySegment.copy(part.data(), (row * columns + k) * format.blockBytes(), out, to, format.blockBytes());
                    else {
                        part.decodeRow(row, values, 0);
                        format.encode(values, (int) k, 1, out, to);
                    }
                }
        });
    }

    /// Biases `[expert, out]` out of those of `step` tensors.
    static TensorSource vectorsTogether(String name, Tensor... parts) {
        int experts = Math.toIntExact(parts[0].shape()[0]);
        int length = parts[0].columns();
        float[] out = new float[experts * length * parts.length];
        for (int part = 0; part < parts.length; part++) {
            float[] values = parts[part].values();
            for (int i = 0; i < values.length; i++) out[i * parts.length + part] = values[i];
        }
        return TensorSource.of(name, out, experts, (long) length * parts.length);
    }

    private long[] require(Tensor t, int axes, Format... formats) {
        long[] shape = t.shape();
        int outs = axes == 4 ? 1 : axes - 1;
        if (shape.length != axes || shape[outs] % step != 0 || !Arrays.asList(formats).contains(t.format()))
            throw new ModelException(t.name() + ": expected " + axes + " axes of " + Arrays.toString(formats) + ", found " + t.format() + " " + Arrays.toString(shape));
        return shape;
    }
}
