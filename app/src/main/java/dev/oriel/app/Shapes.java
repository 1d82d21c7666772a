package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/// Known models as far as speed is concerned: their sizes. Their weights are random, and share one piece of memory.
enum Shapes {
    LLAMA_3_2_1B("llama-3.2-1b", "llama", 16, 2048, 8192, 32, 8, 64, 128256, 500_000, 131072, true),
    LLAMA_3_2_3B("llama-3.2-3b", "llama", 28, 3072, 8192, 24, 8, 128, 128256, 500_000, 131072, true),
    LLAMA_3_1_8B("llama-3.1-8b", "llama", 32, 4096, 14336, 32, 8, 128, 128256, 500_000, 131072, false),
    SMOLLM2_135M("smollm2-135m", "llama", 30, 576, 1536, 9, 3, 64, 49152, 100_000, 8192, true),
    QWEN3_0_6B("qwen3-0.6b", "qwen3", 28, 1024, 3072, 16, 8, 128, 151936, 1_000_000, 40960, true),
    GEMMA_3_270M("gemma-3-270m", "gemma3", 18, 640, 2048, 4, 1, 256, 262144, 1_000_000, 32768, true);

    private static final long SEED = 1;
    private static final int POOL_NUMBERS = 1 << 20;
    /// About what trained weights have.
    private static final float DEVIATION = 0.02f;

    private final String title;
    private final String architecture;
    private final int layers;
    private final int width;
    private final int feedForward;
    private final int heads;
    private final int kvHeads;
    private final int headDim;
    private final int vocabulary;
    private final double ropeBase;
    private final int context;
    /// Whether the output head is the embedding.
    private final boolean tied;

    Shapes(String title, String architecture, int layers, int width, int feedForward, int heads, int kvHeads, int headDim, int vocabulary, double ropeBase, int context,
            boolean tied) {
        this.title = title;
        this.architecture = architecture;
        this.layers = layers;
        this.width = width;
        this.feedForward = feedForward;
        this.heads = heads;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.vocabulary = vocabulary;
        this.ropeBase = ropeBase;
        this.context = context;
        this.tied = tied;
    }

    /// A model of random weights.
    ///
    /// @param text `llama-3.2-1b:Q4_0`
    static Model load(String text, LoadOptions options) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        Shapes shape = Arrays.stream(values()).filter(s -> s.title.equals(name)).findFirst().orElseThrow(() -> new ModelException(
                "shape: expected one of " + Arrays.stream(values()).map(s -> s.title).collect(Collectors.joining(", ")) + ", found " + name));
        try (Checkpoint checkpoint = shape.checkpoint(colon < 0 ? Format.Q4_0 : format(text.substring(colon + 1)))) {
            return Model.of(checkpoint, options);
        }
    }

    private static Format format(String name) {
        return Arrays.stream(Format.values()).filter(f -> f.name().equalsIgnoreCase(name) && f.canEncode()).findFirst().orElseThrow(() -> new ModelException(
                "shape: expected one of " + Arrays.stream(Format.values()).filter(Format::canEncode).map(Format::name).collect(Collectors.joining(", ")) + ", found " + name));
    }

    Checkpoint checkpoint(Format format) {
        if (width % format.blockLength() != 0) throw new ModelException(title + ": rows of " + width + " numbers do not fit " + format);
        Arena arena = Arena.ofShared();
        MemorySegment pool = pool(format, arena);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        matrix(tensors, "token_embd", vocabulary, width, format, pool);
        if (!tied) matrix(tensors, "output", vocabulary, width, format, pool);
        ones(tensors, "output_norm", width, arena);
        for (int layer = 0; layer < layers; layer++) block(tensors, "blk." + layer + ".", format, pool, arena);
        return new Checkpoint(Path.of(title), Checkpoint.Kind.GGUF, new Metadata(title, keys()), tensors, Path.of(""), arena);
    }

    private void block(Map<String, Tensor> tensors, String block, Format format, MemorySegment pool, Arena arena) {
        ones(tensors, block + "attn_norm", width, arena);
        matrix(tensors, block + "attn_q", heads * headDim, width, format, pool);
        matrix(tensors, block + "attn_k", kvHeads * headDim, width, format, pool);
        matrix(tensors, block + "attn_v", kvHeads * headDim, width, format, pool);
        matrix(tensors, block + "attn_output", width, heads * headDim, format, pool);
        if (!architecture.equals("llama")) {
            ones(tensors, block + "attn_q_norm", headDim, arena);
            ones(tensors, block + "attn_k_norm", headDim, arena);
        }
        if (architecture.equals("gemma3")) {
            ones(tensors, block + "post_attention_norm", width, arena);
            ones(tensors, block + "post_ffw_norm", width, arena);
        }
        ones(tensors, block + "ffn_norm", width, arena);
        matrix(tensors, block + "ffn_gate", feedForward, width, format, pool);
        matrix(tensors, block + "ffn_up", feedForward, width, format, pool);
        matrix(tensors, block + "ffn_down", width, feedForward, format, pool);
    }

    private Map<String, Object> keys() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", architecture);
        keys.put("general.name", title);
        String prefix = architecture + ".";
        keys.put(prefix + "block_count", (long) layers);
        keys.put(prefix + "embedding_length", (long) width);
        keys.put(prefix + "feed_forward_length", (long) feedForward);
        keys.put(prefix + "attention.head_count", (long) heads);
        keys.put(prefix + "attention.head_count_kv", (long) kvHeads);
        keys.put(prefix + "attention.key_length", (long) headDim);
        keys.put(prefix + "attention.value_length", (long) headDim);
        keys.put(prefix + "attention.layer_norm_rms_epsilon", 1e-6);
        keys.put(prefix + "rope.freq_base", ropeBase);
        keys.put(prefix + "rope.dimension_count", (long) headDim);
        keys.put(prefix + "context_length", (long) context);
        if (architecture.equals("gemma3")) keys.put(prefix + "attention.sliding_window", 512L);
        return keys;
    }

    /// Random numbers, encoded once and repeated: enough for the largest matrix.
    private MemorySegment pool(Format format, Arena arena) {
        long numbers = Math.max((long) vocabulary * width, (long) feedForward * width);
        MemorySegment pool = arena.allocate(format.bytes(numbers), 64);
        float[] values = new float[(int) Math.min(POOL_NUMBERS, numbers)];
        Random random = new Random(SEED);
        for (int i = 0; i < values.length; i++) values[i] = DEVIATION * (float) random.nextGaussian();
        format.encode(values, 0, values.length, pool, 0);
        long bytes = format.bytes(values.length);
        for (long at = bytes; at < pool.byteSize(); at += bytes) MemorySegment.copy(pool, 0, pool, at, Math.min(bytes, pool.byteSize() - at));
        return pool;
    }

    private static void matrix(Map<String, Tensor> tensors, String name, int rows, int columns, Format format, MemorySegment pool) {
        tensors.put(name + ".weight", new Tensor(name + ".weight", format, new long[] {rows, columns}, pool.asSlice(0, format.bytes((long) rows * columns))));
    }

    private static void ones(Map<String, Tensor> tensors, String name, int length, Arena arena) {
        MemorySegment data = arena.allocate(Format.F32.bytes(length), 64);
        float[] values = new float[length];
        Arrays.fill(values, 1);
        Format.F32.encode(values, 0, length, data, 0);
        tensors.put(name + ".weight", new Tensor(name + ".weight", Format.F32, new long[] {length}, data));
    }
}
