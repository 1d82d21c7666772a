package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Turns stored tensors into [Tiles]: the one place that decides which layout a format gets.
final class Packer {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    /// Never started: only to ask whether a segment is confined to one thread.
    private static final Thread STRANGER = Thread.ofPlatform().unstarted(() -> {});

    private final Workers workers;

    Packer(Workers workers) { this.workers = workers; }

    /// Packs parts of equal width, stacked by rows.
    TiledMatrix pack(List<Tensor> parts) {
        if (parts.isEmpty()) throw new IllegalArgumentException("a matrix of no parts");
        int columns = parts.getFirst().columns();
        for (Tensor part : parts)
            if (part.columns() != columns)
                throw new IllegalArgumentException(part.name() + ": expected " + columns + " columns, as " + parts.getFirst().name() + " has, found " + part.columns());
        Math.toIntExact(parts.stream().mapToLong(Tensor::rows).sum());
        List<Tiles> sections = new ArrayList<>();
        List<Arena> arenas = new ArrayList<>();
        try {
            for (Tensor part : parts) sections.add(part.format().grouped() ? grouped(part, arenas) : plain(part, arenas));
        } catch (RuntimeException | Error e) {
            arenas.forEach(Arena::close);
            throw e;
        }
        return new TiledMatrix(List.copyOf(sections), columns, List.copyOf(arenas));
    }

    private static int blocks(Tensor part) { return Math.ceilDiv(part.columns(), Tiles.BLOCK); }

    private static int tiles(Tensor part) { return Math.toIntExact(Math.ceilDiv(part.rows(), Tiles.ROWS)); }

    private static MemorySegment allocate(Tensor part, long tileBytes, List<Arena> arenas) {
        Arena arena = Arena.ofShared();
        arenas.add(arena);
        return arena.allocate(Math.multiplyExact(tiles(part), tileBytes), HostRows.ALIGNMENT);
    }

    /// Tile by tile, by all workers if the stored bytes may be read by any thread.
    private void share(Tensor part, Workers.Work tile) {
        if (part.data().isAccessibleBy(STRANGER)) workers.run(tiles(part), tile);
        else for (int i = 0; i < tiles(part); i++) tile.compute(i, 0);
    }

    // ---- codes and scales

    private Tiles grouped(Tensor part, List<Arena> arenas) {
        Tiles half = grouped(part, true, arenas);
        if (half != null) return half;
        arenas.removeLast().close();
        return grouped(part, false, arenas);
    }

    /// Null if a scale does not survive float16.
    private Tiles grouped(Tensor part, boolean half, List<Arena> arenas) {
        Format format = part.format();
        boolean small = format.hasMinimum() ? format.codeLow() >= 0 && format.codeHigh() <= 15 : format.codeLow() >= -8 && format.codeHigh() <= 7;
        Grouping grouping = new Grouping(format.groupLength(), format.hasMinimum(), half, Tiles.ROWS * Tiles.BLOCK / (small ? 2 : 1));
        MemorySegment data = allocate(part, grouping.tileBytes(blocks(part)), arenas);
        int rows = Math.toIntExact(part.rows());
        AtomicBoolean lost = new AtomicBoolean();
        share(part, (tile, worker) -> {
            byte[] codes = new byte[part.columns()];
            float[] scales = new float[part.columns() / format.groupLength()];
            float[] minimums = new float[scales.length];
            for (int row = tile * Tiles.ROWS; row < Math.min(rows, (tile + 1) * Tiles.ROWS) && !lost.get(); row++) {
                format.decodeGroups(part.data(), row * part.rowBytes(), part.columns(), codes, scales, minimums);
                if (half && !(survive(scales) && survive(minimums))) lost.set(true);
                else put(data, grouping, blocks(part), row, codes, scales, minimums, small);
            }
        });
        if (lost.get()) return null;
        return small ? new TilesQ4(data, rows, blocks(part), grouping) : new TilesQ8(data, rows, blocks(part), grouping);
    }

    private static boolean survive(float[] values) {
        for (float value : values)
            if (!Float.isFinite(value) || Float.float16ToFloat(Float.floatToFloat16(value)) != value) return false;
        return true;
    }

    private static void put(MemorySegment data, Grouping grouping, int blocks, int row, byte[] codes, float[] scales, float[] minimums, boolean small) {
        int lane = row % Tiles.ROWS;
        long tile = row / Tiles.ROWS * grouping.tileBytes(blocks);
        for (int group = 0; group < blocks * grouping.groups(); group++) {
            long at = tile + (long) group * grouping.groupBytes() + (long) lane * grouping.scaleBytes();
            putScale(data, at, grouping.half(), scales[group]);
            if (grouping.minimum()) putScale(data, at + grouping.minimumAt(), grouping.half(), minimums[group]);
        }
        for (int block = 0; block < blocks; block++) {
            long codesAt = tile + grouping.codesAt(blocks) + (long) block * grouping.codeBytes() + (long) lane * Integer.BYTES;
            if (small) putNibbles(data, codesAt, codes, block * Tiles.BLOCK, grouping.minimum() ? 0 : 8);
            else putBytes(data, codesAt, codes, block * Tiles.BLOCK);
        }
    }

    private static void putScale(MemorySegment data, long at, boolean half, float scale) {
        if (half) data.set(SHORT, at, Float.floatToFloat16(scale));
        else data.set(FLOAT, at, scale);
    }

    private static void putNibbles(MemorySegment data, long at, byte[] codes, int from, int bias) {
        for (int j = 0; j < Tiles.BLOCK / 8; j++) {
            int bits = 0;
            for (int c = 0; c < 4; c++)
                bits |= (codes[from + 8 * j + c] + bias | codes[from + 8 * j + 4 + c] + bias << 4) << 8 * c;
            data.set(INT, at + 64L * j, bits);
        }
    }

    private static void putBytes(MemorySegment data, long at, byte[] codes, int from) {
        for (int j = 0; j < Tiles.BLOCK / 4; j++) {
            int bits = 0;
            for (int c = 0; c < 4; c++) bits |= codes[from + 4 * j + c] + 128 << 8 * c;
            data.set(INT, at + 64L * j, bits);
        }
    }

    // ---- plain numbers

    private enum Kind { FLOAT, BRAIN, HALF }

    private Tiles plain(Tensor part, List<Arena> arenas) {
        int rows = Math.toIntExact(part.rows());
        boolean brain = part.format() == Format.BF16;
        if (brain || part.format() == Format.F16) {
            MemorySegment data = allocate(part, (long) blocks(part) * TilesHalf.BLOCK_BYTES, arenas);
            if (putPlain(part, data, brain ? Kind.BRAIN : Kind.HALF)) return new TilesHalf(data, rows, blocks(part), brain);
            arenas.removeLast().close();
        }
        MemorySegment data = allocate(part, (long) blocks(part) * TilesF32.BLOCK_BYTES, arenas);
        putPlain(part, data, Kind.FLOAT);
        return new TilesF32(data, rows, blocks(part));
    }

    /// @return whether the numbers survive; only the infinities and NaN of float16 do not
    private boolean putPlain(Tensor part, MemorySegment data, Kind kind) {
        int rows = Math.toIntExact(part.rows());
        AtomicBoolean lost = new AtomicBoolean();
        share(part, (tile, worker) -> {
            float[] values = new float[part.columns()];
            for (int row = tile * Tiles.ROWS; row < Math.min(rows, (tile + 1) * Tiles.ROWS) && !lost.get(); row++) {
                part.decodeRow(row, values, 0);
                if (kind == Kind.HALF && !finite(values)) lost.set(true);
                put(data, kind, (long) tile * blocks(part) * Tiles.BLOCK * Tiles.ROWS, row % Tiles.ROWS, values);
            }
        });
        return !lost.get();
    }

    private static boolean finite(float[] values) {
        for (float value : values)
            if (!Float.isFinite(value)) return false;
        return true;
    }

    private static void put(MemorySegment data, Kind kind, long tile, int lane, float[] values) {
        for (int k = 0; k < values.length; k++) {
            long pair = (tile + (long) (k & -2) * Tiles.ROWS) * Short.BYTES + (long) lane * Integer.BYTES + (k & 1) * Short.BYTES;
            switch (kind) {
                case FLOAT -> data.set(FLOAT, (tile + (long) k * Tiles.ROWS + lane) * Float.BYTES, values[k]);
                case BRAIN -> data.set(SHORT, pair, (short) (Float.floatToRawIntBits(values[k]) >>> 16));
                case HALF -> data.set(SHORT, pair, Float.floatToFloat16(values[k]));
            }
        }
    }
}
