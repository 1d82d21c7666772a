package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Activations in native memory, laid out for emitted kernels: groups of as many tokens as a kernel takes, the last group of what is left, and in a group a number of every token before the next.
final class KernelRows implements AutoCloseable {
    /// What is kept: `[group][block][8 quads][token]` ints of four 8-bit codes and [Layout#SIDE] numbers beside them, `[group][column][token]` floats, `[group][column pair][token]` ints of
    /// two bfloat16.
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
    private final int groupTokens;
    private final Map<Kind, Room> rooms = new EnumMap<>(Kind.class);
    private int n;
    private int blocks;
    private List<Layout> forms = List.of();

    /// @param groupTokens tokens of a whole group
    KernelRows(Emitted emitted, int groupTokens) {
        this.emitted = emitted;
        this.groupTokens = groupTokens;
        for (Kind kind : Kind.values()) rooms.put(kind, new Room());
    }

    int groups() { return Math.ceilDiv(n, groupTokens); }

    /// Tokens of a group.
    int tokens(int group) { return Math.min(groupTokens, n - group * groupTokens); }

    /// Address of a group's activations for kernels of a layout, from `block` on.
    long activations(Layout layout, int group, int block) { return address(Kind.of(layout), group, block); }

    /// The same for what goes with the codes.
    long side(int group, int block) { return address(Kind.SIDE, group, block); }

    private long address(Kind kind, int group, int block) {
        return rooms.get(kind).memory.address() + ((long) group * groupTokens * blocks + (long) block * tokens(group)) * kind.bytes;
    }

    /// Makes room for n rows as kernels of these layouts want them.
    void reserve(int n, int blocks, List<Layout> layouts) {
        this.n = n;
        this.blocks = blocks;
        Map<Kind, Layout> wanted = new EnumMap<>(Kind.class);
        for (Layout layout : layouts) wanted.put(Kind.of(layout), layout);
        forms = List.copyOf(wanted.values());
        for (Kind kind : wanted.keySet()) {
            rooms.get(kind).grow((long) n * blocks * kind.bytes);
            if (kind == Kind.CODES) rooms.get(Kind.SIDE).grow((long) n * blocks * Kind.SIDE.bytes);
        }
    }

    /// Lays out one row, `32 * blocks` floats at an address.
    void put(int row, long from, Arguments arguments) {
        int group = row / groupTokens;
        long token = (long) row % groupTokens * Float.BYTES;
        arguments.from(from, 0);
        for (Layout layout : forms) {
            arguments.activations(activations(layout, group, 0) + token, side(group, 0) + token, blocks);
            emitted.rowWriter(layout, tokens(group)).run(arguments);
        }
    }

    @Override
    public void close() { rooms.values().forEach(room -> room.arena.close()); }
}
