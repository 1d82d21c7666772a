package dev.oriel.ops;

import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Activations in native memory, laid out for emitted kernels: groups of as many tokens as a kernel takes, the last group of what is left, and in a group a number of every token before the next.
final class KernelRows implements AutoCloseable {
    /// Native memory that grows.
    private static final class Room implements AutoCloseable {
        private Arena arena = Arena.ofShared();
        private MemorySegment memory = MemorySegment.NULL;

        MemorySegment of(long bytes) {
            if (memory.byteSize() < bytes) {
                arena.close();
                arena = Arena.ofShared();
                memory = arena.allocate(bytes, HostRows.ALIGNMENT);
            }
            return memory;
        }

        @Override
        public void close() { arena.close(); }
    }

    private final int groupTokens;
    /// `[group][block][8 quads][token]` ints of four 8-bit codes; `[group][column][token]` floats; `[group][column pair][token]` ints of two bfloat16.
    private final Map<Kind, Room> rooms = new HashMap<>();
    /// `[group][block][number][token]`, what [Layout.Codes] asks for beside the codes.
    private final Map<Layout.Codes, Room> sides = new HashMap<>();
    private List<Layout.Codes> wanted = List.of();
    private int n;
    private int blocks;

    private enum Kind { CODES, FLOATS, BRAIN }

    KernelRows(int groupTokens) { this.groupTokens = groupTokens; }

    int groups() { return Math.ceilDiv(n, groupTokens); }

    /// Tokens of a group.
    int tokens(int group) { return Math.min(groupTokens, n - group * groupTokens); }

    /// Address of a group's activations for kernels of a layout, from `block` on.
    long activations(Layout layout, int group, int block) {
        Kind kind = kind(layout);
        return room(kind).memory.address() + at(group, block, tokenBytes(kind));
    }

    /// The same for what goes with them; 0 where nothing does.
    long side(Layout layout, int group, int block) {
        if (!(layout instanceof Layout.Codes codes)) return 0;
        return sides.get(form(codes)).memory.address() + at(group, block, codes.sideNumbers() * Float.BYTES);
    }

    private long at(int group, int block, int tokenBytes) { return ((long) group * groupTokens * blocks + (long) block * tokens(group)) * tokenBytes; }

    private static Kind kind(Layout layout) { return layout instanceof Layout.Codes ? Kind.CODES : layout == Layout.Plain.BF16_ROUNDED ? Kind.BRAIN : Kind.FLOATS; }

    /// Bytes of a token in a block.
    private static int tokenBytes(Kind kind) {
        return Tiles.BLOCK * switch (kind) {
            case CODES -> 1;
            case FLOATS -> 4;
            case BRAIN -> 2;
        };
    }

    /// Layouts that want the same beside the codes are the same here.
    private static Layout.Codes form(Layout.Codes codes) { return new Layout.Codes(codes.bits(), codes.groupLength(), codes.minimum(), true); }

    private Room room(Kind kind) { return rooms.computeIfAbsent(kind, _ -> new Room()); }

    /// Makes room for n rows as kernels of these layouts want them.
    void reserve(int n, int blocks, List<Layout> layouts) {
        this.n = n;
        this.blocks = blocks;
        wanted = layouts.stream().filter(Layout.Codes.class::isInstance).map(layout -> form((Layout.Codes) layout)).distinct().toList();
        for (Layout layout : layouts) room(kind(layout)).of((long) n * blocks * tokenBytes(kind(layout)));
        for (Layout.Codes codes : wanted) sides.computeIfAbsent(codes, _ -> new Room()).of((long) n * blocks * codes.sideNumbers() * Float.BYTES);
    }

    /// Lays out one row `[32 * blocks]`, zero padded.
    void put(int row, float[] x, List<Layout> layouts) {
        int group = row / groupTokens;
        int tokens = tokens(group);
        int token = row % groupTokens;
        if (!wanted.isEmpty()) quantise(x, group, token, tokens);
        for (Layout layout : layouts) {
            Kind kind = kind(layout);
            MemorySegment memory = room(kind).memory;
            long at = at(group, 0, tokenBytes(kind)) + (long) token * Float.BYTES;
            if (kind == Kind.FLOATS) for (int k = 0; k < Tiles.BLOCK * blocks; k++) memory.set(HostRows.FLOAT, at + (long) k * tokens * Float.BYTES, x[k]);
            if (kind == Kind.BRAIN)
                for (int k = 0; k < Tiles.BLOCK * blocks; k += 2)
                    memory.set(java.lang.foreign.ValueLayout.JAVA_INT, at + (long) k / 2 * tokens * Float.BYTES, brain(x[k]) >>> 16 | brain(x[k + 1]) & 0xffff0000);
        }
    }

    private static int brain(float x) {
        int bits = Float.floatToRawIntBits(x);
        return bits + 0x7fff + (bits >>> 16 & 1);
    }

    private void quantise(float[] x, int group, int token, int tokens) {
        MemorySegment codes = room(Kind.CODES).memory;
        int[] sums = new int[2];
        for (int block = 0; block < blocks; block++) {
            float largest = 0;
            for (int k = 0; k < 32; k++) largest = Math.max(largest, Math.abs(x[32 * block + k]));
            float factor = largest == 0 ? 0 : 127 / largest;
            sums[0] = sums[1] = 0;
            for (int quad = 0; quad < 8; quad++) {
                int word = 0;
                for (int c = 0; c < 4; c++) {
                    int q = (int) Math.rint(x[32 * block + 4 * quad + c] * factor);
                    sums[quad / 4] += q;
                    word |= (q & 255) << 8 * c;
                }
                codes.set(java.lang.foreign.ValueLayout.JAVA_INT, at(group, block, 32) + 4L * (quad * tokens + token), word);
            }
            for (Layout.Codes layout : wanted) {
                MemorySegment side = sides.get(layout).memory;
                long at = at(group, block, layout.sideNumbers() * 4) + 4L * token;
                side.set(HostRows.FLOAT, at, largest / 127);
                for (int g = 0; g < layout.groups(); g++) {
                    int sum = layout.groups() == 1 ? sums[0] + sums[1] : sums[g];
                    if (layout.bias() != 0) side.set(java.lang.foreign.ValueLayout.JAVA_INT, at + 4L * layout.start(g) * tokens, -layout.bias() * sum);
                    if (layout.minimum()) side.set(HostRows.FLOAT, at + 4L * layout.sum(g) * tokens, largest / 127 * sum);
                }
            }
        }
    }

    @Override
    public void close() {
        rooms.values().forEach(Room::close);
        sides.values().forEach(Room::close);
    }
}
