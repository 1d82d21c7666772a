package dev.oriel.app;

import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/// How each tensor is stored in a converted file: as it is, decoded, or encoded anew, some rows at a time.
///
/// @param gguf  whether the file is GGUF, else safetensors
/// @param type  what was asked for, or null for as it is
/// @param shape of the model, by which mixtures go
/// @param notes told where a tensor does not become what was asked for
record Conversion(boolean gguf, Recipe type, Recipe.Shape shape, Progress progress, Consumer<String> notes) {
    /// Matrices that llama.cpp reads as F32 only, as it does everything with one axis.
    private static final List<String> ALWAYS_F32 = List.of("position_embd.weight", "ffn_gate_inp.weight", "token_types.weight");

    TensorSource of(TensorSource tensor) {
        Format target = target(tensor);
        TensorSource.Rows rows = tensor.rows();
        return new TensorSource(tensor.name(), target, tensor.shape(), (first, count, out) -> {
            if (target == tensor.format()) rows.encode(first, count, out);
            else encode(tensor, target, first, count, out);
            progress.advance(count * tensor.format().bytes(columns(tensor)));
        });
    }

    Format target(TensorSource tensor) {
        Format from = tensor.format();
        if (type == null) return holds(from) ? from : decoded(from);
        if (integer(from) && holds(from)) return from;
        boolean float32 = tensor.shape().length < 2 || ALWAYS_F32.stream().anyMatch(tensor.name()::endsWith);
        if (gguf && float32) return Format.F32;
        Format wanted = type.of(tensor.name(), columns(tensor), shape);
        if (columns(tensor) % wanted.blockLength() == 0) return wanted;
        Format kept = holds(from) ? from : decoded(from);
        notes.accept(tensor.name() + ": rows of " + columns(tensor) + " numbers do not fit " + wanted + "; they stay " + kept);
        return kept;
    }

    private boolean holds(Format format) { return gguf ? format.ggufId() >= 0 : format.safetensorsName() != null; }

    /// The smallest of the common formats that loses nothing.
    private static Format decoded(Format from) { return from == Format.F8_E4M3 || from == Format.F8_E5M2 ? Format.F16 : Format.F32; }

    private static boolean integer(Format format) {
        return switch (format) {
            case I8, I16, I32, I64, U8, BOOL -> true;
            default -> false;
        };
    }

    private static int columns(TensorSource tensor) {
        long[] shape = tensor.shape();
        return shape.length == 0 ? 1 : Math.toIntExact(shape[shape.length - 1]);
    }

    private static void encode(TensorSource tensor, Format target, long first, long count, MemorySegment out) {
        int columns = columns(tensor);
        long from = tensor.format().bytes(columns);
        long to = target.bytes(columns);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment stored = arena.allocate(Math.multiplyExact(count, from), Long.BYTES);
            tensor.rows().encode(first, count, stored);
            LongStream.range(0, count).parallel().forEach(row -> {
                float[] numbers = new float[columns];
                tensor.format().decode(stored, row * from, numbers, 0, columns);
                target.encode(numbers, 0, columns, out, row * to);
            });
        }
    }
}
