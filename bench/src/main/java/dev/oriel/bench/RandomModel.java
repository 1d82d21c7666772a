package dev.oriel.bench;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A checkpoint of random weights in memory, of the commonest architecture: four query heads to each key-value head, a gated feed-forward of four times the width.
///
/// @param layers     blocks
/// @param width      columns of the residual stream, a multiple of 256
/// @param vocabulary token ids
/// @param format     how the matrices are stored
record RandomModel(int layers, int width, int vocabulary, Format format) {
    private static final int HEAD_DIM = 64;
    private static final int GROUP = 4;
    private static final int CONTEXT = 4096;

    Checkpoint checkpoint() {
        Arena arena = Arena.ofShared();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        matrix(tensors, "token_embd", vocabulary, width, arena);
        for (int i = 0; i < layers; i++) block(tensors, "blk." + i + ".", arena);
        ones(tensors, "output_norm", arena);
        matrix(tensors, "output", vocabulary, width, arena);
        Path path = Path.of("random");
        return new Checkpoint(path, Checkpoint.Kind.GGUF, new Metadata("random", metadata()), tensors, path, arena);
    }

    private void block(Map<String, Tensor> tensors, String block, Arena arena) {
        ones(tensors, block + "attn_norm", arena);
        matrix(tensors, block + "attn_q", width, width, arena);
        matrix(tensors, block + "attn_k", width / GROUP, width, arena);
        matrix(tensors, block + "attn_v", width / GROUP, width, arena);
        matrix(tensors, block + "attn_output", width, width, arena);
        ones(tensors, block + "ffn_norm", arena);
        matrix(tensors, block + "ffn_gate", 4 * width, width, arena);
        matrix(tensors, block + "ffn_up", 4 * width, width, arena);
        matrix(tensors, block + "ffn_down", width, 4 * width, arena);
    }

    private Map<String, Object> metadata() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", "llama");
        keys.put("llama.block_count", (long) layers);
        keys.put("llama.context_length", (long) CONTEXT);
        keys.put("llama.embedding_length", (long) width);
        keys.put("llama.feed_forward_length", 4L * width);
        keys.put("llama.attention.head_count", (long) width / HEAD_DIM);
        keys.put("llama.attention.head_count_kv", (long) width / HEAD_DIM / GROUP);
        keys.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
        keys.put("llama.rope.dimension_count", (long) HEAD_DIM);
        return keys;
    }

    private void matrix(Map<String, Tensor> tensors, String stem, int rows, int columns, Arena arena) {
        tensors.put(stem + ".weight", Weights.random(stem + ".weight", format, rows, columns, arena));
    }

    private void ones(Map<String, Tensor> tensors, String stem, Arena arena) {
        MemorySegment data = arena.allocate(ValueLayout.JAVA_FLOAT, width);
        for (int i = 0; i < width; i++) data.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        tensors.put(stem + ".weight", new Tensor(stem + ".weight", Format.F32, new long[] {width}, data));
    }
}
