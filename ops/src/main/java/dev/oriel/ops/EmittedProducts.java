package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.InstructionSet;
import dev.oriel.ops.emitted.Layout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// Matrix products by emitted kernels: lays activations out once, cuts rows into parts for the workers, and hands the kernels addresses that were checked before.
final class EmittedProducts implements AutoCloseable {
    /// Rows of one part, for a single token and for many: whole steps of the kernels, and enough parts for the workers to share small matrices evenly.
    private static final int ROWS_OF_ONE = 64, ROWS_OF_MANY = 32;
    /// Groups of tokens that pass over the rows of a part together: their activations stay in the second-level cache.
    private static final int GROUPS = 16;
    /// Numbers to lay out, and multiplications, below which waking the workers costs more than they save: some microseconds of work.
    private static final long FEW_NUMBERS = 1 << 14, FEW_PRODUCTS = 1 << 18;
    /// Rows that a kernel takes at most.
    private static final int MOST_ROWS = 4 * Tiles.ROWS;
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
    private final Map<TiledMatrix, KernelPlan> plans = new IdentityHashMap<>();
    private final Map<Key, Emitted.Kernel> checked = new HashMap<>();
    private String refusal;

    EmittedProducts(Emitted emitted, Check check, Workers workers, Scratch[] scratch, boolean exact) {
        this.emitted = emitted;
        this.check = check;
        this.workers = workers;
        this.scratch = scratch;
        this.exact = exact;
        rows = new KernelRows(emitted);
        owns = new Own[scratch.length];
        for (int i = 0; i < owns.length; i++)
            owns[i] = new Own(new Arguments(arena), arena.allocate(InstructionSet.MOST_TOKENS * MOST_BYTES, HostRows.ALIGNMENT), arena.allocate(MOST_BYTES, HostRows.ALIGNMENT));
    }

    /// What runs, for people.
    String name() { return exact ? emitted.set().title() + " for float weights" : emitted.name(); }

    /// Why the kernels stepped aside, or null while they work.
    String refusal() { return refusal; }

    /// out = x · wᵀ + bias, or false if there are no kernels for it.
    boolean multiply(TiledMatrix w, HostRows bias, HostRows x, HostRows out, int n) {
        if (refusal != null) return false;
        KernelPlan plan = plans.computeIfAbsent(w, _ -> new KernelPlan(w, emitted, !exact && emitted.rounds()));
        plan.requireAlive();
        int columns = w.columns();
        int padded = w.paddedColumns();
        if (exact && plan.codes() || !ready(plan, n, padded / Tiles.BLOCK)) return false;
        long input = address(x, n, columns);
        // Tokens of a group lie side by side, number by number: two threads in one group would wait for each other's cache lines.
        int together = emitted.tokens(plan.layouts().getFirst());
        run(Math.ceilDiv(n, together), (long) n * columns >= FEW_NUMBERS, (group, worker) -> {
            for (int row = group * together; row < Math.min(n, (group + 1) * together); row++) {
                long at = input + (long) row * x.stride() * Float.BYTES;
                rows.put(row, columns == padded ? at : padded(x, row, columns, padded, scratch[worker]), owns[worker].arguments);
            }
        });
        Output output = new Output(address(out, n, plan.rows()), (long) out.stride() * Float.BYTES, bias == null ? 0 : address(bias, 1, plan.rows()));
        int partRows = n == 1 ? ROWS_OF_ONE : ROWS_OF_MANY;
        run(plan.parts(partRows), (long) plan.rows() * columns * n >= FEW_PRODUCTS, (part, worker) -> part(plan.part(part, partRows), partRows, output, owns[worker]));
        Reference.reachabilityFence(w);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(bias);
        Reference.reachabilityFence(out);
        return true;
    }

    /// A copy of a row with zeros behind it.
    private static long padded(HostRows x, int row, int columns, int padded, Scratch scratch) {
        MemorySegment memory = scratch.memory((long) padded * Float.BYTES);
        long bytes = (long) columns * Float.BYTES;
        MemorySegment.copy(x.segment(), x.offset(row), memory, 0, bytes);
        memory.asSlice(bytes, (long) padded * Float.BYTES - bytes).fill((byte) 0);
        return memory.address();
    }

    private void run(int parts, boolean shared, Workers.Work part) {
        if (shared) workers.run(parts, part);
        else for (int i = 0; i < parts; i++) part.compute(i, 0);
    }

    private static long address(HostRows rows, int n, int width) {
        if (!rows.segment().scope().isAlive()) throw new IllegalStateException("the rows were closed");
        return rows.segment().asSlice(rows.offset(0), rows.offset(n - 1) - rows.offset(0) + (long) width * Float.BYTES).address();
    }

    /// Makes the memory and the kernels that n tokens need, unless they are there.
    private boolean ready(KernelPlan plan, int n, int blocks) {
        try {
            rows.reserve(n, blocks, plan.layouts());
            for (KernelPlan.Section section : plan.sections()) {
                int most = section.kernels().length - 1;
                if (n >= most) requireAll(section, most, 0);
                // With whole groups before it, the rest takes rows in their steps.
                int step = Math.max(emitted.strips(section.tiles().layout(), most), Tiles.ROWS / emitted.set().lanes());
                if (n % most != 0) requireAll(section, n % most, n < most ? 0 : step);
            }
        } catch (UnsupportedOperationException e) {
            refusal = e.getMessage();
        }
        return refusal == null;
    }

    /// By strips: as many as go together, and what is left of the rows then. A kernel that does not compute what it should ends the use of all.
    ///
    /// @param few up to how many may come together anyhow
    private void requireAll(KernelPlan.Section section, int tokens, int few) {
        int most = emitted.strips(section.tiles().layout(), tokens);
        int left = Math.ceilDiv(section.tiles().tiles().rows(), Tiles.ROWS) * Tiles.ROWS / emitted.set().lanes() % most;
        if (section.kernels()[tokens] == null) section.kernels()[tokens] = new Emitted.Kernel[most + 1];
        for (int strips = 1; strips <= most; strips++)
            if (strips == most || strips == left || strips <= few) require(section, tokens, strips);
    }

    private void require(KernelPlan.Section section, int tokens, int strips) {
        Emitted.Kernel[] kernels = section.kernels()[tokens];
        if (kernels[strips] != null) return;
        Key key = new Key(section.tiles().layout(), tokens, strips);
        Emitted.Kernel kernel = checked.get(key);
        if (kernel == null) {
            kernel = emitted.kernel(key.layout, tokens, strips);
            if (!check.agrees(emitted, kernel, section.tiles(), tokens, strips))
                throw new UnsupportedOperationException("the emitted kernel for " + section.tiles().tiles().layout() + " and " + tokens + (tokens == 1 ? " token" : " tokens")
                    + " computes something else than it should");
            checked.put(key, kernel);
        }
        kernels[strips] = kernel;
    }

    /// Where results of one group of tokens go, and where sums start from: addresses of column 0 of the whole output, and of the bias or 0.
    private record Output(long to, long stride, long bias) {}

    /// One part's rows for all tokens.
    private void part(KernelPlan.Part part, int partRows, Output output, Own own) {
        KernelPlan.Section section = part.section();
        Layout layout = section.tiles().layout();
        int row = part.row();
        int end = Math.min(section.tiles().tiles().rows(), row + partRows);
        int groups = rows.groups(layout);
        for (int group = 0; group < groups; group += GROUPS) {
            int step = Math.max(Tiles.ROWS, (section.kernels()[rows.tokens(layout, group)].length - 1) * emitted.set().lanes());
            for (int first = row; first < end; first += step)
                for (int i = group; i < Math.min(groups, group + GROUPS); i++) group(section, first, Math.min(end, first + step), i, output, own);
        }
    }

    /// Rows `[row, end)` for one group of tokens.
    private void group(KernelPlan.Section section, int row, int end, int group, Output output, Own own) {
        int lanes = emitted.set().lanes();
        Layout layout = section.tiles().layout();
        int tokens = rows.tokens(layout, group);
        long to = output.to + (long) group * emitted.tokens(layout) * output.stride;
        Emitted.Kernel[] kernels = section.kernels()[tokens];
        int padded = Math.ceilDiv(end, Tiles.ROWS) * Tiles.ROWS;
        while (row < end) {
            int strips = Math.min(kernels.length - 1, (padded - row) / lanes);
            int count = Math.min(end - row, strips * lanes);
            long at = (long) (section.firstRow() + row) * Float.BYTES;
            if (count == strips * lanes) {
                own.arguments.from(output.bias == 0 ? zeros.address() : output.bias + at, 0);
                blocks(section, kernels[strips], row, group, to + at, output.stride, own);
            } else {
                bounce(section, kernels[strips], row, count, group, new Output(to + at, output.stride, output.bias == 0 ? 0 : output.bias + at), own);
            }
            row += count;
        }
    }

    /// The same for the last rows of a section that do not fill their tile, by way of memory where nothing stands behind them.
    private void bounce(KernelPlan.Section section, Emitted.Kernel kernel, int row, int count, int group, Output output, Own own) {
        MemorySegment bias = own.bias.fill((byte) 0);
        if (output.bias != 0) MemorySegment.copy(at(output.bias, count), 0, bias, 0, (long) count * Float.BYTES);
        own.arguments.from(bias.address(), 0);
        blocks(section, kernel, row, group, own.bounce.address(), MOST_BYTES, own);
        for (int token = 0; token < rows.tokens(section.tiles().layout(), group); token++)
            MemorySegment.copy(own.bounce, token * MOST_BYTES, at(output.to + token * output.stride, count), 0, (long) count * Float.BYTES);
    }

    private static MemorySegment at(long address, int floats) { return MemorySegment.ofAddress(address).reinterpret((long) floats * Float.BYTES); }

    /// All columns, in as many calls as keep each short; a later one starts from the sums of the one before.
    private void blocks(KernelPlan.Section section, Emitted.Kernel kernel, int row, int group, long to, long stride, Own own) {
        KernelTiles tiles = section.tiles();
        int blocks = tiles.tiles().blocks();
        long tile = section.address() + row / Tiles.ROWS * tiles.tileBytes();
        int atOnce = tiles.blocksAtOnce();
        for (int block = 0; block < blocks; block += atOnce) {
            tiles.put(tile, row % Tiles.ROWS, block, own.arguments);
            own.arguments.activations(rows.activations(tiles.layout(), group, block), rows.side(tiles.layout(), group, block), Math.min(atOnce, blocks - block));
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
