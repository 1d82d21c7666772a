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
    private static final int TILES = 4;
    private static final long SEED = 20_260_000;
    /// Of the largest result: some ten roundings.
    private static final float TOLERANCE = 1e-5f;

    private KernelCheck() {}

    /// Whole turns of the blocks that share a root, or a few.
    private static int blocks(Tiles tiles) { return tiles instanceof CodedTiles coded && coded.grouping().products() ? 2 * Grouping.ROOT_BLOCKS : 3; }

    /// Whether a kernel for `tokens` tokens and `strips` strips computes the products of tiles like these.
    static boolean agrees(Emitted emitted, Emitted.Kernel kernel, KernelTiles like, int tokens, int strips) {
        Random random = new Random(SEED + tokens);
        try (Arena arena = Arena.ofConfined(); KernelRows rows = new KernelRows(emitted)) {
            KernelTiles tiles = like.with(random(like.tiles(), blocks(like.tiles()), random, arena));
            float[] x = new float[tokens * tiles.tiles().blocks() * Tiles.BLOCK];
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

    private static Tiles random(Tiles like, int blocks, Random random, Arena arena) {
        int rows = TILES * Tiles.ROWS;
        return switch (like) {
            case CodedTiles coded -> CodedTiles.of(codes(coded.grouping(), blocks, random, arena), rows, blocks, coded.grouping());
            case TilesHalf half -> new TilesHalf(halves(blocks, half.brain(), random, arena), rows, blocks, half.brain());
            case TilesF32 _ -> new TilesF32(floats(blocks, random, arena), rows, blocks);
        };
    }

    private static MemorySegment codes(Grouping grouping, int blocks, Random random, Arena arena) {
        byte[] bytes = new byte[Math.toIntExact(TILES * grouping.tileBytes(blocks))];
        random.nextBytes(bytes);
        MemorySegment data = arena.allocate(bytes.length, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(bytes));
        for (int tile = 0; tile < TILES; tile++) {
            MemorySegment scales = data.asSlice(tile * grouping.tileBytes(blocks), grouping.codesAt(blocks));
            switch (grouping.scaling()) {
                case HALF -> fillHalves(scales, random);
                case SINGLE -> fillFloats(scales, random);
                case PRODUCT -> fillHalves(scales.asSlice(grouping.rootsAt(blocks)), random);
            }
        }
        return data;
    }

    private static void fillHalves(MemorySegment data, Random random) {
        for (long at = 0; at < data.byteSize(); at += Short.BYTES) data.set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(random.nextFloat() - 0.5f));
    }

    private static void fillFloats(MemorySegment data, Random random) {
        for (long at = 0; at < data.byteSize(); at += Float.BYTES) data.set(HostRows.FLOAT, at, random.nextFloat() - 0.5f);
    }

    private static MemorySegment halves(int blocks, boolean brain, Random random, Arena arena) {
        MemorySegment data = arena.allocate((long) TILES * blocks * TilesHalf.BLOCK_BYTES, HostRows.ALIGNMENT);
        if (!brain) fillHalves(data, random);
        else for (long at = 0; at < data.byteSize(); at += Short.BYTES) data.set(ValueLayout.JAVA_SHORT, at, (short) (Float.floatToRawIntBits(random.nextFloat() - 0.5f) >>> 16));
        return data;
    }

    private static MemorySegment floats(int blocks, Random random, Arena arena) {
        MemorySegment data = arena.allocate((long) TILES * blocks * TilesF32.BLOCK_BYTES, HostRows.ALIGNMENT);
        fillFloats(data, random);
        return data;
    }

    /// `[token][rows of all tiles]`, the first `rows` of them.
    private static float[] expected(Tiles tiles, int rows, float[] x, int tokens) {
        float[] out = new float[tokens * TILES * Tiles.ROWS];
        int columns = tiles.blocks() * Tiles.BLOCK;
        float[] weights = new float[columns];
        for (int row = 0; row < rows; row++) {
            tiles.row(row, weights);
            for (int token = 0; token < tokens; token++) {
                double sum = 0;
                for (int k = 0; k < columns; k++) sum += (double) weights[k] * x[token * columns + k];
                out[token * TILES * Tiles.ROWS + row] = (float) sum;
            }
        }
        return out;
    }

    private static float[] found(Emitted.Kernel kernel, KernelTiles tiles, KernelRows rows, float[] x, int tokens, int strips, Arena arena) {
        MemorySegment from = arena.allocate((long) x.length * Float.BYTES, HostRows.ALIGNMENT).copyFrom(MemorySegment.ofArray(x));
        MemorySegment to = arena.allocate((long) tokens * TILES * Tiles.ROWS * Float.BYTES, HostRows.ALIGNMENT);
        Arguments arguments = new Arguments(arena);
        int blocks = tiles.tiles().blocks();
        rows.reserve(tokens, blocks, List.of(tiles.layout()));
        for (int token = 0; token < tokens; token++) rows.put(token, from.address() + (long) token * blocks * Tiles.BLOCK * Float.BYTES, arguments);
        long stride = (long) TILES * Tiles.ROWS * Float.BYTES;
        tiles.put(tiles.address(), 0, 0, arguments);
        arguments.activations(rows.activations(tiles.layout(), 0, 0), rows.side(tiles.layout(), 0, 0), blocks);
        kernel.run(arguments.from(to.address(), stride).to(to.address(), stride));
        return to.toArray(HostRows.FLOAT);
    }
}
