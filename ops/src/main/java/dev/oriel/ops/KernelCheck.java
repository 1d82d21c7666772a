package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;

/// Compares an emitted kernel of products with plain loops over the same tiles, on random numbers: before it is trusted.
final class KernelCheck {
    private static final int TILES = 4, BLOCKS = 3, COLUMNS = BLOCKS * Tiles.BLOCK;
    private static final long SEED = 20_260_000;
    /// Of the largest result: some ten roundings.
    private static final float TOLERANCE = 1e-5f;

    private KernelCheck() {}

    /// Whether a kernel for `tokens` tokens and `strips` strips computes the products of tiles like these.
    static boolean agrees(Emitted emitted, Emitted.Kernel kernel, KernelTiles like, int tokens, int strips) {
        Random random = new Random(SEED + tokens);
        try (Arena arena = Arena.ofConfined(); KernelRows rows = new KernelRows(emitted)) {
            KernelTiles tiles = like.with(random(like.tiles(), random, arena));
            float[] x = new float[tokens * COLUMNS];
            // Whole numbers up to 127 in every block, which 8 bits and bfloat16 keep.
            for (int i = 0; i < x.length; i++) x[i] = i % Tiles.BLOCK == 0 ? 127 : random.nextInt(-127, 128);
            float[] expected = expected(tiles.tiles(), strips * emitted.set().lanes(), x, tokens);
            float[] found = found(kernel, tiles, rows, x, tokens, strips, arena);
            float largest = 0;
            for (float value : expected) largest = Math.max(largest, Math.abs(value));
            for (int token = 0; token < tokens; token++)
                for (int row = 0; row < strips * emitted.set().lanes(); row++) {
                    int i = token * TILES * Tiles.ROWS + row;
                    if (!(Math.abs(found[i] - expected[i]) <= TOLERANCE * largest)) return false;
                }
            return true;
        }
    }

    private static Tiles random(Tiles like, Random random, Arena arena) {
        return switch (like) {
            case TilesQ4 q4 -> new TilesQ4(codes(q4.grouping(), random, arena), TILES * Tiles.ROWS, BLOCKS, q4.grouping());
            case TilesQ8 q8 -> new TilesQ8(codes(q8.grouping(), random, arena), TILES * Tiles.ROWS, BLOCKS, q8.grouping());
            case TilesHalf half -> new TilesHalf(halves(half.brain(), random, arena), TILES * Tiles.ROWS, BLOCKS, half.brain());
            case TilesF32 _ -> new TilesF32(floats(random, arena), TILES * Tiles.ROWS, BLOCKS);
        };
    }

    private static MemorySegment codes(Grouping grouping, Random random, Arena arena) {
        byte[] bytes = new byte[Math.toIntExact(TILES * grouping.tileBytes(BLOCKS))];
        random.nextBytes(bytes);
        MemorySegment data = arena.allocate(bytes.length, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(bytes));
        for (int tile = 0; tile < TILES; tile++)
            for (long at = 0; at < (long) BLOCKS * grouping.groups() * grouping.groupBytes(); at += grouping.scaleBytes()) {
                float scale = random.nextFloat() - 0.5f;
                long to = tile * grouping.tileBytes(BLOCKS) + at;
                if (grouping.half()) data.set(ValueLayout.JAVA_SHORT, to, Float.floatToFloat16(scale));
                else data.set(HostRows.FLOAT, to, scale);
            }
        return data;
    }

    private static MemorySegment halves(boolean brain, Random random, Arena arena) {
        MemorySegment data = arena.allocate((long) TILES * BLOCKS * TilesHalf.BLOCK_BYTES, HostRows.ALIGNMENT);
        for (long at = 0; at < data.byteSize(); at += Short.BYTES) {
            float value = random.nextFloat() - 0.5f;
            data.set(ValueLayout.JAVA_SHORT, at, brain ? (short) (Float.floatToRawIntBits(value) >>> 16) : Float.floatToFloat16(value));
        }
        return data;
    }

    private static MemorySegment floats(Random random, Arena arena) {
        MemorySegment data = arena.allocate((long) TILES * BLOCKS * TilesF32.BLOCK_BYTES, HostRows.ALIGNMENT);
        for (long at = 0; at < data.byteSize(); at += Float.BYTES) data.set(HostRows.FLOAT, at, random.nextFloat() - 0.5f);
        return data;
    }

    /// `[token][rows of all tiles]`, the first `rows` of them.
    private static float[] expected(Tiles tiles, int rows, float[] x, int tokens) {
        float[] out = new float[tokens * TILES * Tiles.ROWS];
        float[] weights = new float[COLUMNS];
        for (int row = 0; row < rows; row++) {
            tiles.row(row, weights);
            for (int token = 0; token < tokens; token++) {
                double sum = 0;
                for (int k = 0; k < COLUMNS; k++) sum += (double) weights[k] * x[token * COLUMNS + k];
                out[token * TILES * Tiles.ROWS + row] = (float) sum;
            }
        }
        return out;
    }

    private static float[] found(Emitted.Kernel kernel, KernelTiles tiles, KernelRows rows, float[] x, int tokens, int strips, Arena arena) {
        MemorySegment from = arena.allocate((long) x.length * Float.BYTES, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(x));
        MemorySegment to = arena.allocate((long) tokens * TILES * Tiles.ROWS * Float.BYTES, HostRows.ALIGNMENT);
        Arguments arguments = new Arguments(arena);
        rows.reserve(tokens, BLOCKS, List.of(tiles.layout()));
        for (int token = 0; token < tokens; token++) rows.put(token, from.address() + (long) token * COLUMNS * Float.BYTES, arguments);
        long stride = (long) TILES * Tiles.ROWS * Float.BYTES;
        long address = tiles.address();
        arguments.weights(address + tiles.codes(), address, tiles.tileBytes()).activations(rows.activations(tiles.layout(), 0, 0), rows.side(tiles.layout(), 0, 0), BLOCKS);
        kernel.run(arguments.from(to.address(), stride).to(to.address(), stride));
        return to.toArray(HostRows.FLOAT);
    }
}
