package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Activations in native memory, laid out for emitted kernels: groups of as many tokens as a kernel takes, the last group of what is left, and in a group a number of every token
/// before the next.
final class KernelRows implements AutoCloseable {
    /// What is kept: `[group][block][8 quads][token]` ints of four 8-bit codes and [Layout#SIDE] numbers beside them, `[group][column][token]` floats,
    /// `[group][column pair][token]` ints of two bfloat16.
    private enum Kind {
        CODES(32), SIDE(4 * Layout.SIDE), FLOATS(128), BRAIN(64);

        /// Bytes of a token in a block of 32 columns.
        final int bytes;

        Kind(int bytes) { this.bytes = bytes; }

        static Kind of(Layout layout) { return layout instanceof Layout.Codes ? CODES : layout == Layout.Plain.BF16_ROUNDED ? BRAIN : FLOATS; }
    }

    /// Native memory that grows.
    private static final class Room {
        private Arena arena = Arena.ofShared();
        private MemorySegment memory = MemorySegment.NULL;

        void grow(long bytes) {
            if (memory.byteSize() >= bytes) return;
            arena.close();
            arena = Arena.ofShared();
            memory = arena.allocate(bytes, HostRows.ALIGNMENT);
        }
    }

    private final Emitted emitted;
    private final Map<Kind, Emitted.Kernel[]> writers = new EnumMap<>(Kind.class);
    private final Map<Kind, Room> rooms = new EnumMap<>(Kind.class);
    private int n;
    private int blocks;
    /// The kinds that are wanted, each with one of the layouts that want it.
    private final Map<Kind, Layout> forms = new EnumMap<>(Kind.class);

    KernelRows(Emitted emitted) {
        this.emitted = emitted;
        for (Kind kind : Kind.values()) rooms.put(kind, new Room());
    }

    /// Groups for kernels of a layout.
    int groups(Layout layout) { return Math.ceilDiv(n, emitted.tokens(layout)); }

    /// Tokens of a group.
    int tokens(Layout layout, int group) { return Math.min(emitted.tokens(layout), n - group * emitted.tokens(layout)); }

    /// Address of a group's activations for kernels of a layout, from `block` on.
    long activations(Layout layout, int group, int block) { return address(Kind.of(layout), layout, group, block); }

    /// The same for what goes with the codes.
    long side(Layout layout, int group, int block) { return address(Kind.SIDE, layout, group, block); }

    private long address(Kind kind, Layout layout, int group, int block) {
        return rooms.get(kind).memory.address() + ((long) group * emitted.tokens(layout) * blocks + (long) block * tokens(layout, group)) * kind.bytes;
    }

    /// Makes room for n rows as kernels of these layouts want them.
    void reserve(int n, int blocks, List<Layout> layouts) {
        this.n = n;
        this.blocks = blocks;
        forms.clear();
        for (Layout layout : layouts) {
            Kind kind = Kind.of(layout);
            if (forms.put(kind, layout) != null) continue;
            rooms.get(kind).grow((long) n * blocks * kind.bytes);
            if (kind == Kind.CODES) rooms.get(Kind.SIDE).grow((long) n * blocks * Kind.SIDE.bytes);
            Emitted.Kernel[] writers = this.writers.computeIfAbsent(kind, _ -> new Emitted.Kernel[emitted.tokens(layout) + 1]);
            for (int group : new int[] {0, groups(layout) - 1})
                if (writers[tokens(layout, group)] == null) writers[tokens(layout, group)] = emitted.rowWriter(layout, tokens(layout, group));
        }
    }

    /// Lays out one row, `32 * blocks` floats at an address.
    void put(int row, long from, Arguments arguments) {
        arguments.from(from, 0);
        forms.forEach((kind, layout) -> {
            int group = row / emitted.tokens(layout);
            long token = (long) row % emitted.tokens(layout) * Float.BYTES;
            arguments.activations(activations(layout, group, 0) + token, side(layout, group, 0) + token, blocks);
            writers.get(kind)[tokens(layout, group)].run(arguments);
        });
    }

    @Override
    public void close() { rooms.values().forEach(room -> room.arena.close()); }
}
