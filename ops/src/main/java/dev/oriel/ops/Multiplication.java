package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Matrix products: cuts the rows of a matrix into parts for the workers and chooses the kernel of each.
///
/// One token reads the tiles where they are; many share what is decoded, or quantised, once.
final class Multiplication {
    /// Rows of one part: for a single token as many as [Tiles#multiply] takes at 512 bits, for many a panel.
    private static final int ROWS_OF_ONE = 64;
    /// Multiplications below which waking the workers costs more than they save.
    private static final long SMALL = 1 << 16;

    private final Workers workers;
    private final Scratch[] scratch;
    private final boolean exact;
    /// Or null.
    private final EmittedProducts emitted;
    private final GroupedRows grouped = new GroupedRows();
    private final QuantisedRows forQ4 = new QuantisedRows(4);
    private final QuantisedRows forQ6 = new QuantisedRows(6);
    private float[] single = {};

    Multiplication(Workers workers, Scratch[] scratch, boolean exact, EmittedProducts emitted) {
        this.workers = workers;
        this.scratch = scratch;
        this.exact = exact;
        this.emitted = emitted;
    }

    /// out = x · wᵀ + bias
    void multiply(TiledMatrix w, HostRows bias, HostRows x, HostRows out, int n) {
        if (n == 0 || emitted != null && emitted.multiply(w, bias, x, out, n)) return;
        prepare(w, x, n);
        int partRows = n == 1 ? ROWS_OF_ONE : Panel.ROWS;
        int[] parts = new int[w.sections().size() + 1];
        for (int i = 1; i < parts.length; i++) parts[i] = parts[i - 1] + Math.ceilDiv(w.sections().get(i - 1).rows(), partRows);
        run(parts[parts.length - 1], (long) w.rows() * w.columns() * n, (part, worker) -> {
            int section = 0;
            int firstRow = 0;
            for (; part >= parts[section + 1]; section++) firstRow += w.sections().get(section).rows();
            Tiles tiles = w.sections().get(section);
            int row = (part - parts[section]) * partRows;
            Output output = new Output(bias, out, firstRow + row, Math.min(partRows, tiles.rows() - row));
            if (n == 1) one(tiles, row, output, scratch[worker]);
            else if (quantised(tiles) != null) integers(tiles, row, n, output, scratch[worker]);
            else floats(tiles, row, n, output, scratch[worker]);
        });
    }

    /// The activations that tiles are multiplied with in integers; null for those that are multiplied in float32.
    private QuantisedRows quantised(Tiles tiles) {
        return switch (tiles) {
            case TilesQ4 q4 when !exact && q4.grouping().groups() == 1 -> forQ4;
            case TilesQ6 q6 when !exact && (q6.grouping().groups() == 1 || !q6.grouping().minimum()) -> forQ6;
            default -> null;
        };
    }

    private void run(int parts, long work, Workers.Work part) {
        if (work >= SMALL) workers.run(parts, part);
        else for (int i = 0; i < parts; i++) part.compute(i, 0);
    }

    /// Lays x out for the kernels that will read it.
    private void prepare(TiledMatrix w, HostRows x, int n) {
        int columns = w.columns();
        int padded = w.paddedColumns();
        boolean floats = w.sections().stream().anyMatch(tiles -> quantised(tiles) == null);
        List<QuantisedRows> integers = w.sections().stream().map(this::quantised).filter(Objects::nonNull).distinct().toList();
        for (QuantisedRows quantised : integers) quantised.reserve(n, padded / Tiles.BLOCK);
        if (floats && n > 1) grouped.reserve(n, padded);
        // Rows of a group lie side by side: two threads in one group would wait for each other's cache lines.
        run(Math.ceilDiv(n, Panel.TOKENS), (long) n * columns, (group, worker) -> {
            for (int row = group * Panel.TOKENS; row < Math.min(n, (group + 1) * Panel.TOKENS); row++) {
                float[] numbers = scratch[worker].row(x, row, columns, padded);
                for (QuantisedRows quantised : integers) quantised.quantise(numbers, row, scratch[worker].codes);
                if (floats && n > 1) grouped.put(row, numbers);
            }
        });
        if (floats && n == 1) {
            if (single.length < padded) single = new float[padded];
            System.arraycopy(scratch[0].row(x, 0, columns, padded), 0, single, 0, padded);
        }
    }

    private void one(Tiles tiles, int row, Output output, Scratch scratch) {
        float[] sums = scratch.lanes;
        int step = Tiles.AT_ONCE * Lanes.COUNT;
        for (int i = 0; i < output.count(); i += step) {
            int strip = (row + i) / Lanes.COUNT;
            if (quantised(tiles) == null) tiles.multiply(single, strip, sums, scratch);
            else if (tiles instanceof TilesQ4 q4) SingleQ4.multiply(q4, strip, forQ4, sums, scratch);
            else SingleQ6.multiply((TilesQ6) tiles, strip, forQ6, sums, scratch);
            output.write(0, i, sums, 0, Math.min(step, output.count() - i));
        }
    }

    private void integers(Tiles tiles, int row, int n, Output output, Scratch scratch) {
        int tile = row / Tiles.ROWS;
        float[] sums = scratch.sums(2 * IntegerQ4.TOKENS * IntegerQ4.ROWS);
        float[] scales = IntegerQ4.scales((CodedTiles) tiles, tile, scratch);
        for (int token = 0; token < n; token += IntegerQ4.TOKENS) {
            if (tiles instanceof TilesQ4 q4) IntegerQ4.multiply(q4, tile, scales, forQ4, token / IntegerQ4.TOKENS, sums);
            else IntegerQ6.multiply((TilesQ6) tiles, tile, scales, forQ6, token / IntegerQ4.TOKENS, sums);
            for (int t = 0; t < Math.min(IntegerQ4.TOKENS, n - token); t++) output.write(token + t, 0, sums, t * IntegerQ4.ROWS, output.count());
        }
    }

    private void floats(Tiles tiles, int row, int n, Output output, Scratch scratch) {
        int atOnce = Panel.COLUMNS / Tiles.BLOCK;
        int tile = row / Tiles.ROWS;
        boolean pair = output.count() > Tiles.ROWS;
        float[] sums = scratch.sums(Math.ceilDiv(n, Panel.TOKENS) * Panel.TOKENS * Panel.ROWS);
        Arrays.fill(sums, 0, Math.ceilDiv(n, Panel.TOKENS) * Panel.TOKENS * Panel.ROWS, 0f);
        for (int block = 0; block < tiles.blocks(); block += atOnce) {
            int count = Math.min(atOnce, tiles.blocks() - block);
            tiles.decode(tile, block, count, scratch, 0);
            if (pair) tiles.decode(tile + 1, block, count, scratch, Tiles.ROWS * Float.BYTES);
            for (int group = 0; group < grouped.groups(); group++)
                Panel.multiply(scratch.panel, count * Tiles.BLOCK, grouped.tokens(group), grouped.numbers(), grouped.at(group, block * Tiles.BLOCK),
                    sums, group * Panel.TOKENS * Panel.ROWS);
        }
        for (int token = 0; token < n; token++) output.write(token, 0, sums, token * Panel.ROWS, output.count());
    }

    /// The columns `[column, column + count)` of an output, one per row of the matrix.
    private record Output(HostRows bias, HostRows out, int column, int count) {
        /// Writes finished sums to columns from `skip` on, and adds the bias.
        void write(int token, int skip, float[] sums, int from, int count) {
            long at = (long) (column + skip) * Float.BYTES;
            if (bias != null)
                for (int i = 0; i < count; i++) sums[from + i] += bias.segment().get(HostRows.FLOAT, bias.offset(0) + at + (long) i * Float.BYTES);
            MemorySegment.copy(sums, from, out.segment(), HostRows.FLOAT, out.offset(token) + at, count);
        }
    }
}
