package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Matrix products by emitted kernels: lays activations out once, cuts rows into parts for the workers, and hands the kernels addresses that were checked before.
final class EmittedProducts implements AutoCloseable {
    /// Rows of one part.
    private static final int PART_ROWS = 64;
    /// Groups of tokens that pass over the rows of a part together: their activations stay in the second-level cache.
    private static final int GROUPS = 16;
    /// Rows that a kernel takes at most.
    private static final int MOST_ROWS = 2 * Tiles.ROWS;
    private static final long MOST_BYTES = MOST_ROWS * Float.BYTES;

    /// Memory of one worker: arguments, and a place for results whose rows are not all wanted.
    private record Own(Arguments arguments, MemorySegment bounce, MemorySegment bias) {}

    private record Key(Layout layout, int tokens, int strips) {}

    /// Whether a new kernel computes what it should: [KernelCheck], but for tests.
    interface Check {
        boolean agrees(Emitted emitted, Emitted.Kernel kernel, KernelTiles like, int tokens, int strips);
    }

    private final Emitted emitted;
    private final Check check;
    private final Workers workers;
    private final Scratch[] scratch;
    private final boolean exact;
    private final Arena arena = Arena.ofShared();
    private final Own[] owns;
    private final MemorySegment zeros = arena.allocate(MOST_BYTES, HostRows.ALIGNMENT);
    private final KernelRows rows;
    private final Map<Key, Emitted.Kernel> checked = new HashMap<>();
    private String refusal;

    EmittedProducts(Emitted emitted, Check check, Workers workers, Scratch[] scratch, boolean exact) {
        this.emitted = emitted;
        this.check = check;
        this.workers = workers;
        this.scratch = scratch;
        this.exact = exact;
        rows = new KernelRows(emitted, emitted.set().tokens());
        owns = new Own[scratch.length];
        for (int i = 0; i < owns.length; i++)
            owns[i] = new Own(new Arguments(arena), arena.allocate(emitted.set().tokens() * MOST_BYTES, HostRows.ALIGNMENT), arena.allocate(MOST_BYTES, HostRows.ALIGNMENT));
    }

    /// What runs, for people.
    String name() { return emitted.name(); }

    /// Why the kernels stepped aside, or null while they work.
    String refusal() { return refusal; }

    /// A part of the matrix with the kernels for it: by tokens and strips.
    private record Section(KernelTiles tiles, long address, int firstRow, Emitted.Kernel[][] kernels) {}

    /// out = x · wᵀ + bias, or false if there are no kernels for it.
    boolean multiply(TiledMatrix w, HostRows bias, HostRows x, HostRows out, int n) {
        if (refusal != null) return false;
        List<Section> sections = sections(w, n);
        if (sections.isEmpty()) return false;
        int blocks = w.paddedColumns() / Tiles.BLOCK;
        List<Layout> layouts = sections.stream().map(section -> section.tiles.layout()).distinct().toList();
        rows.reserve(n, blocks, layouts);
        long input = address(x, n, w.columns());
        run(n, (long) n * w.columns(), (row, worker) -> {
            long at = input + (long) row * x.stride() * Float.BYTES;
            rows.put(row, w.columns() == w.paddedColumns() ? at : padded(x, row, w, scratch[worker]), owns[worker].arguments);
        });
        int[] parts = new int[sections.size() + 1];
        for (int i = 1; i < parts.length; i++) parts[i] = parts[i - 1] + Math.ceilDiv(sections.get(i - 1).tiles.tiles().rows(), PART_ROWS);
        Output output = new Output(address(out, n, w.rows()), (long) out.stride() * Float.BYTES, bias == null ? 0 : address(bias, 1, w.rows()));
        run(parts[parts.length - 1], (long) w.rows() * w.columns() * n, (part, worker) -> {
            int section = 0;
            for (; part >= parts[section + 1]; section++) { }
            part(sections.get(section), (part - parts[section]) * PART_ROWS, output, owns[worker]);
        });
        Reference.reachabilityFence(w);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(bias);
        Reference.reachabilityFence(out);
        return true;
    }

    /// A copy of a row with zeros behind it.
    private static long padded(HostRows x, int row, TiledMatrix w, Scratch scratch) {
        MemorySegment memory = scratch.memory((long) w.paddedColumns() * Float.BYTES);
        long bytes = (long) w.columns() * Float.BYTES;
        MemorySegment.copy(x.segment(), x.offset(row), memory, 0, bytes);
        memory.asSlice(bytes, (long) w.paddedColumns() * Float.BYTES - bytes).fill((byte) 0);
        return memory.address();
    }

    private void run(int parts, long work, Workers.Work part) {
        if (work >= Multiplication.SMALL) workers.run(parts, part);
        else for (int i = 0; i < parts; i++) part.compute(i, 0);
    }

    private static long address(HostRows rows, int n, int width) {
        if (!rows.segment().scope().isAlive()) throw new IllegalStateException("the rows were closed");
        return rows.segment().asSlice(rows.offset(0), rows.offset(n - 1) - rows.offset(0) + (long) width * Float.BYTES).address();
    }

    private List<Section> sections(TiledMatrix w, int n) {
        List<Section> out = new ArrayList<>();
        int firstRow = 0;
        for (Tiles tiles : w.sections()) {
            KernelTiles section = KernelTiles.of(tiles, !exact && emitted.rounds());
            if (exact && section.layout() instanceof Layout.Codes) return List.of();
            int most = emitted.set().tokens();
            Emitted.Kernel[][] kernels = new Emitted.Kernel[most + 1][];
            if (n >= most) kernels[most] = kernels(section, most);
            if (n % most != 0) kernels[n % most] = kernels(section, n % most);
            if (refusal != null) return List.of();
            out.add(new Section(section, section.address(), firstRow, kernels));
            firstRow += tiles.rows();
        }
        return out;
    }

    /// By strips, from 1 on. One that differs from the vector kernel ends the use of all.
    private Emitted.Kernel[] kernels(KernelTiles tiles, int tokens) {
        Emitted.Kernel[] out = new Emitted.Kernel[emitted.strips(tiles.layout(), tokens) + 1];
        for (int strips = 1; strips < out.length; strips++) {
            Key key = new Key(tiles.layout(), tokens, strips);
            out[strips] = checked.get(key);
            if (out[strips] != null) continue;
            out[strips] = emitted.kernel(tiles.layout(), tokens, strips);
            if (check.agrees(emitted, out[strips], tiles, tokens, strips)) checked.put(key, out[strips]);
            else refusal = "the emitted kernel for " + tiles.tiles().layout() + " and " + tokens + (tokens == 1 ? " token" : " tokens") + " differs from the vector kernel";
        }
        return out;
    }

    /// Where results of one group of tokens go, and where sums start from: addresses of column 0 of the whole output, and of the bias or 0.
    private record Output(long to, long stride, long bias) {}

    /// Rows `[row, row + 64)` of a section, for all tokens.
    private void part(Section section, int row, Output output, Own own) {
        int end = Math.min(section.tiles.tiles().rows(), row + PART_ROWS);
        for (int group = 0; group < rows.groups(); group += GROUPS) {
            int step = Math.max(Tiles.ROWS, (section.kernels[rows.tokens(group)].length - 1) * emitted.set().lanes());
            for (int first = row; first < end; first += step)
                for (int i = group; i < Math.min(rows.groups(), group + GROUPS); i++) group(section, first, Math.min(end, first + step), i, output, own);
        }
    }

    /// Rows `[row, end)` for one group of tokens.
    private void group(Section section, int row, int end, int group, Output output, Own own) {
        int lanes = emitted.set().lanes();
        int tokens = rows.tokens(group);
        long to = output.to + (long) group * emitted.set().tokens() * output.stride;
        while (row < end) {
            Emitted.Kernel[] kernels = section.kernels[tokens];
            int strips = Math.min(kernels.length - 1, (Math.ceilDiv(end, Tiles.ROWS) * Tiles.ROWS - row) / lanes);
            int count = Math.min(end - row, strips * lanes);
            long at = (long) (section.firstRow + row) * Float.BYTES;
            if (count == strips * lanes) {
                own.arguments.from(output.bias == 0 ? zeros.address() : output.bias + at, 0);
                blocks(section, kernels[strips], row, group, to + at, output.stride, own);
            } else {
                MemorySegment bias = own.bias.fill((byte) 0);
                if (output.bias != 0) MemorySegment.copy(at(output.bias + at, count), 0, bias, 0, (long) count * Float.BYTES);
                own.arguments.from(bias.address(), 0);
                blocks(section, kernels[strips], row, group, own.bounce.address(), MOST_BYTES, own);
                for (int token = 0; token < tokens; token++)
                    MemorySegment.copy(own.bounce, token * MOST_BYTES, at(to + at + token * output.stride, count), 0, (long) count * Float.BYTES);
            }
            row += count;
        }
    }

    private static MemorySegment at(long address, int floats) { return MemorySegment.ofAddress(address).reinterpret((long) floats * Float.BYTES); }

    /// All columns, in as many calls as keep each short; a later one starts from the sums of the one before.
    private void blocks(Section section, Emitted.Kernel kernel, int row, int group, long to, long stride, Own own) {
        KernelTiles tiles = section.tiles;
        int blocks = tiles.tiles().blocks();
        long tile = section.address + row / Tiles.ROWS * tiles.tileBytes();
        // Within a tile rows are as far apart as lanes are, in codes and in scales.
        int lane = row % Tiles.ROWS;
        long codes = tile + tiles.codes() + lane * Integer.BYTES;
        long scales = tile + lane * tiles.laneBytes();
        int atOnce = tiles.blocksAtOnce();
        for (int block = 0; block < blocks; block += atOnce) {
            own.arguments.weights(codes + block * tiles.codeBytes(), scales + block * tiles.scaleBytes(), tiles.tileBytes());
            own.arguments.activations(rows.activations(tiles.layout(), group, block), rows.side(group, block), Math.min(atOnce, blocks - block));
            own.arguments.to(to, stride);
            kernel.run(own.arguments);
            own.arguments.from(to, stride);
        }
    }

    @Override
    public void close() {
        rows.close();
        arena.close();
        emitted.close();
    }
}
