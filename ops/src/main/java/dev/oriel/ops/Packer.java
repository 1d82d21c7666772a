package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout.Scaling;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Turns stored tensors into [Tiles]: the one place that decides which layout a format gets.
final class Packer {
    /// Never started: only to ask whether a segment is confined to one thread.
    private static final Thread STRANGER = Thread.ofPlatform().unstarted(() -> {});

    /// Stored bytes that are packed before somebody is told.
    private static final long PIECE = 16L << 20;

    private final Workers workers;
    /// Or null.
    private final EmittedPacking emitted;
    /// Where all matrices lie, with emitted code; or null.
    private final Slabs slabs;
    /// Of the matrix that is being packed.
    private Consumer<Tensor> done;

    /// @param emitted or null
    Packer(Workers workers, Emitted emitted) {
        this.workers = workers;
        this.emitted = emitted == null ? null : new EmittedPacking(emitted);
        slabs = emitted == null ? null : new Slabs(emitted);
    }

    /// Frees matrices that do not own their memory.
    void close() { if (slabs != null) slabs.close(); }

    /// Packs parts of equal width, stacked by rows.
    ///
    /// @param done is told which rows are packed, some after the others
    TiledMatrix pack(List<Tensor> parts, Consumer<Tensor> done) {
        this.done = done;
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

    private MemorySegment allocate(Tensor part, long tileBytes, List<Arena> arenas) {
        long bytes = Math.multiplyExact(tiles(part), tileBytes);
        if (slabs != null) return slabs.allocate(bytes);
        arenas.add(Arena.ofShared());
        return arenas.getLast().allocate(bytes, HostRows.ALIGNMENT);
    }

    /// Takes back what was allocated last.
    private void free(MemorySegment data, List<Arena> arenas) {
        if (slabs != null) slabs.giveBack(data);
        else arenas.removeLast().close();
    }

    /// What is done with one row, and then with a whole tile.
    private interface Filling {
        /// @return whether everything survives in this layout
        boolean put(PackedTile tile, int row);

        void copy(PackedTile tile, int number);
    }

    /// Tile by tile, by all workers if the stored bytes may be read by any thread.
    ///
    /// @return whether everything survived
    private boolean fill(Tensor part, Supplier<PackedTile> maker, Filling filling) {
        int rows = Math.toIntExact(part.rows());
        PackedTile[] own = new PackedTile[workers.count()];
        AtomicBoolean lost = new AtomicBoolean();
        Workers.Work work = (number, worker) -> {
            if (own[worker] == null) own[worker] = maker.get();
            int end = Math.min(rows, (number + 1) * Tiles.ROWS);
            if (end < (number + 1) * Tiles.ROWS) own[worker].clear();
            for (int row = number * Tiles.ROWS; row < end && !lost.get(); row++)
                if (!filling.put(own[worker], row)) lost.set(true);
            if (!lost.get()) filling.copy(own[worker], number);
        };
        run(part, work);
        return !lost.get();
    }

    private void run(Tensor part, Workers.Work work) {
        boolean shared = part.data().isAccessibleBy(STRANGER);
        int atOnce = (int) Math.clamp(PIECE / Math.max(1, Tiles.ROWS * part.rowBytes()), 1, Integer.MAX_VALUE);
        for (int first = 0; first < tiles(part); first += atOnce) {
            int from = first;
            int count = Math.min(atOnce, tiles(part) - first);
            if (shared) workers.run(count, (number, worker) -> work.compute(from + number, worker));
            else for (int i = 0; i < count; i++) work.compute(from + i, 0);
            long row = (long) from * Tiles.ROWS;
            done.accept(part.rows(row, Math.min(part.rows() - row, (long) count * Tiles.ROWS)));
        }
    }

    /// The same by emitted code.
    private boolean fill(Tensor part, Grouping grouping, MemorySegment data) {
        AtomicBoolean lost = new AtomicBoolean();
        try (Arena arena = Arena.ofShared()) {
            EmittedPacking.Hand[] hands = new EmittedPacking.Hand[workers.count()];
            for (int i = 0; i < hands.length; i++) hands[i] = emitted.hand(part, grouping, arena);
            run(part, (number, worker) -> {
                if (!lost.get() && !hands[worker].pack(number, data)) lost.set(true);
            });
        }
        return !lost.get();
    }

    // ---- codes and scales

    private Tiles grouped(Tensor part, List<Arena> arenas) {
        Tiles small = grouped(part, small(part.format()), arenas);
        return small == null ? grouped(part, Scaling.SINGLE, arenas) : small;
    }

    /// How scales take least room, if they survive it.
    static Scaling small(Format format) { return format.rootAt() < 0 ? Scaling.HALF : Scaling.PRODUCT; }

    /// As few bits as codes fit into.
    private static int codeBits(Format format) {
        for (int bits : new int[] {4, 6}) {
            int low = format.hasMinimum() ? 0 : -1 << bits - 1;
            if (format.codeLow() >= low && format.codeHigh() < low + (1 << bits)) return bits;
        }
        return 8;
    }

    static Grouping grouping(Format format, Scaling scaling) { return new Grouping(format.groupLength(), format.hasMinimum(), scaling, codeBits(format)); }

    /// Null if a scale does not survive.
    private Tiles grouped(Tensor part, Scaling scaling, List<Arena> arenas) {
        Grouping grouping = grouping(part.format(), scaling);
        // Where one row has a scale that does not survive, most have.
        if (scaling != Scaling.SINGLE && part.rows() > 0 && !PackedTile.grouped(part.columns(), grouping).put(part, 0, grouping)) return null;
        MemorySegment data = allocate(part, grouping.tileBytes(blocks(part)), arenas);
        boolean survives = scaling != Scaling.SINGLE && emitted != null && emitted.packs(part) ? fill(part, grouping, data)
            : fill(part, () -> PackedTile.grouped(part.columns(), grouping), new Filling() {
                @Override
                public boolean put(PackedTile tile, int row) { return tile.put(part, row, grouping); }

                @Override
                public void copy(PackedTile tile, int number) { tile.copy(data, number, grouping); }
            });
        if (!survives) {
            free(data, arenas);
            return null;
        }
        return CodedTiles.of(data, Math.toIntExact(part.rows()), blocks(part), grouping);
    }

    // ---- plain numbers

    private Tiles plain(Tensor part, List<Arena> arenas) {
        int rows = Math.toIntExact(part.rows());
        boolean brain = part.format() == Format.BF16;
        if (brain || part.format() == Format.F16) {
            MemorySegment data = allocate(part, (long) blocks(part) * TilesHalf.BLOCK_BYTES, arenas);
            // The infinities and NaN of float16 are more than the kernels can widen.
            boolean survives = fill(part, () -> PackedTile.half(part.columns()), new Filling() {
                @Override
                public boolean put(PackedTile tile, int row) { return tile.putHalf(part, row, !brain); }

                @Override
                public void copy(PackedTile tile, int number) { tile.copyPlain(data, number); }
            });
            if (survives) return new TilesHalf(data, rows, blocks(part), brain);
            free(data, arenas);
        }
        MemorySegment data = allocate(part, (long) blocks(part) * TilesF32.BLOCK_BYTES, arenas);
        fill(part, () -> PackedTile.single(part.columns()), new Filling() {
            @Override
            public boolean put(PackedTile tile, int row) {
                tile.putSingle(part, row);
                return true;
            }

            @Override
            public void copy(PackedTile tile, int number) { tile.copyPlain(data, number); }
        });
        return new TilesF32(data, rows, blocks(part));
    }
}
