package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout.Scaling;
import dev.oriel.ops.emitted.Stored;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;

/// Packs the commonest formats by emitted code: what a start does with every number of a model, before anything is compiled.
final class EmittedPacking {
    private static final Map<Format, Stored> FORMATS = new EnumMap<>(Format.class);

    // A start passes here: a loop needs nothing to be linked first.
    static {
        for (Stored stored : Stored.values()) FORMATS.put(Format.valueOf(stored.name()), stored);
    }

    private static final int CHECKED_COLUMNS = 3 * Scaling.ROOT_COLUMNS;
    private static final long SEED = 20_261_125;

    private final Emitted emitted;
    /// Empty where a kernel did not agree with [PackedTile].
    private final Map<Stored, Optional<Emitted.Kernel>> kernels = new ConcurrentHashMap<>();

    EmittedPacking(Emitted emitted) { this.emitted = emitted; }

    /// What one thread packs tiles of a part with. It has a copy of the rows, for a file that shrinks while it is read is no harm to Java's own copying.
    static final class Hand {
        private final Tensor part;
        private final Grouping grouping;
        private final Stored kind;
        private final Emitted.Kernel kernel;
        private final MemorySegment rows;
        private final Arguments arguments;

        private Hand(Tensor part, Grouping grouping, Stored kind, Emitted.Kernel kernel, Arena arena) {
            this.part = part;
            this.grouping = grouping;
            this.kind = kind;
            this.kernel = kernel;
            rows = arena.allocate(Tiles.ROWS * part.rowBytes(), HostRows.ALIGNMENT);
            arguments = new Arguments(arena);
        }

        /// @return whether all scales are finite
        boolean pack(int tile, MemorySegment data) {
            int count = (int) Math.min(Tiles.ROWS, part.rows() - (long) tile * Tiles.ROWS);
            int blocks = part.columns() / Tiles.BLOCK;
            int stored = part.columns() / part.format().blockLength();
            MemorySegment.copy(part.data(), (long) tile * Tiles.ROWS * part.rowBytes(), rows, 0, count * part.rowBytes());
            MemorySegment to = data.asSlice(tile * grouping.tileBytes(blocks), grouping.tileBytes(blocks));
            long at = to.address();
            kernel.run(arguments.pack(kind, rows.address(), count, stored, at, at + grouping.rootsAt(blocks), at + grouping.codesAt(blocks)));
            return !arguments.overflowed();
        }
    }

    /// Whether a part can be packed so, with scales in their smallest form.
    boolean packs(Tensor part) { return FORMATS.containsKey(part.format()) && part.columns() > 0 && kernel(FORMATS.get(part.format()), part.format()).isPresent(); }

    Hand hand(Tensor part, Grouping grouping, Arena arena) {
        Stored stored = FORMATS.get(part.format());
        return new Hand(part, grouping, stored, kernel(stored, part.format()).orElseThrow(), arena);
    }

    private Optional<Emitted.Kernel> kernel(Stored stored, Format format) {
        return kernels.computeIfAbsent(stored, _ -> {
            try {
                Emitted.Kernel kernel = emitted.packer(stored);
                return agrees(kernel, stored, format) ? Optional.of(kernel) : Optional.empty();
            } catch (UnsupportedOperationException e) {
                return Optional.empty();
            }
        });
    }

    /// Whether a kernel packs random rows as Java does.
    private static boolean agrees(Emitted.Kernel kernel, Stored stored, Format format) {
        byte[] bytes = new byte[Math.toIntExact(format.bytes((long) Tiles.ROWS * CHECKED_COLUMNS))];
        new Random(SEED).nextBytes(bytes);
        // Scales and minimums, or their roots, below 2.
        for (int at = 0; at < bytes.length; at += format.blockBytes()) {
            bytes[at + Math.max(0, format.rootAt()) + 1] &= 0x3f;
            if (format.hasMinimum()) bytes[at + 3] &= 0x3f;
        }
        Tensor part = new Tensor("random", format, new long[] {Tiles.ROWS, CHECKED_COLUMNS}, MemorySegment.ofArray(bytes));
        Grouping grouping = Packer.grouping(format, Packer.small(format));
        int blocks = CHECKED_COLUMNS / Tiles.BLOCK;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment expected = arena.allocate(grouping.tileBytes(blocks), HostRows.ALIGNMENT);
            PackedTile tile = PackedTile.grouped(CHECKED_COLUMNS, grouping);
            for (int row = 0; row < Tiles.ROWS; row++) if (!tile.put(part, row, grouping)) return false;
            tile.copy(expected, 0, grouping);
            MemorySegment found = arena.allocate(grouping.tileBytes(blocks), HostRows.ALIGNMENT);
            return new Hand(part, grouping, stored, kernel, arena).pack(0, found) && found.mismatch(expected) < 0;
        }
    }
}
