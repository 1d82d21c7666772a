package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/// Tells one model's weights from another's without reading them all: every tensor's name, format and shape, and the first and last of its numbers. Every
/// start computes it, so it must be quick.
final class Fingerprint {
    private static final int PIECES = 2;
    private static final int PIECE_BYTES = 256;

    private Fingerprint() {}

    static long of(Checkpoint checkpoint) {
        CRC32 shapes = new CRC32();
        CRC32C numbers = new CRC32C();
        byte[] piece = new byte[PIECE_BYTES];
        for (Tensor tensor : checkpoint.tensors().values()) {
            shapes.update((tensor.name() + ' ' + tensor.format() + ' ').getBytes(StandardCharsets.UTF_8));
            for (long extent : tensor.shape()) shapes.update((extent + ",").getBytes(StandardCharsets.UTF_8));
            long bytes = tensor.data().byteSize();
            int length = (int) Math.min(PIECE_BYTES, bytes);
            for (int i = 0; i < PIECES; i++) {
                MemorySegment.copy(tensor.data(), (bytes - length) / (PIECES - 1) * i, MemorySegment.ofArray(piece), 0, length);
                numbers.update(piece, 0, length);
            }
        }
        return shapes.getValue() << 32 | numbers.getValue();
    }
}
