package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.List;

/// A layer of a tiny model of zeros, of which nothing is kept: whatever Java links and the system is asked for when something is done the first time is done by then.
/// A quarter of a start is that.
final class Preparation {
    private static final int WIDTH = 32;
    private static final int HEAD_DIM = 16;
    private static final int ROWS = 5;

    private Preparation() {}

    static void run(Collection<Format> formats) {
        try (Arena arena = Arena.ofShared(); VectorOps ops = new VectorOps(new Backend.Options(1, false, "auto"), EmittedChoice.best());
                Tokens tokens = ops.tokens(new int[ROWS], new int[ROWS], new int[] {ROWS - 1})) {
            for (Format format : formats) layer(ops, tokens, ops.pack(List.of(zeros(format, arena))));
        }
    }

    private static Tensor zeros(Format format, Arena arena) {
        int width = Math.max(WIDTH, format.blockLength());
        return new Tensor("zeros", format, new long[] {width, width}, arena.allocate(format.bytes((long) width * width)));
    }

    private static void layer(VectorOps ops, Tokens tokens, Matrix matrix) {
        int width = matrix.columns();
        int heads = width / HEAD_DIM;
        Rows x = ops.rows(ROWS, width);
        Rows y = ops.rows(ROWS, width);
        ops.embed(matrix, tokens, x);
        ops.norm(new Norm(Norm.Kind.RMS, 1e-5f, width, ops.rows(1, width), null), x, y, ROWS);
        ops.matmul(matrix, null, y, x, ROWS);
        ops.rope(new Rope(HEAD_DIM, new float[HEAD_DIM / 2], 1), tokens, x, ROWS);
        Attention attention = new Attention(heads, heads, HEAD_DIM, HEAD_DIM, 1, 0, 0, true);
        try (Cache cache = ops.cache(new Cache.Shape(heads, HEAD_DIM, HEAD_DIM, Format.F16))) {
            ops.store(cache, tokens, new Span(0, ROWS), x, x);
            ops.attend(attention, cache, tokens, new Span(0, ROWS), x, y);
        }
        ops.gate(Nonlinearity.SILU, x, y, x, ROWS);
        ops.add(x, y, x, ROWS);
        ops.matmul(matrix, null, x, y, 1);
        ops.read(y, 1, new float[width]);
    }
}
