package dev.oriel.ops;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.BitSet;

/// The points that the IQ formats choose their numbers from, read when the first of those formats is.
///
/// A grid is a set of vectors whose digits (base 3 with 8 digits, or base 8 with 4) name levels; a file stores the rank of a point in
/// the order of its index `sum(digit[i] * base^i)`. So the resource `iq-grids.bin` holds a grid as the set of its indices: one bit for each
/// possible index, least significant bit first, padded to a byte. In file order: IQ2_XXS, IQ2_XS, IQ2_S, IQ1 (821 bytes each), IQ3_XXS, IQ3_S
/// (512 each). Which points belong to a grid is fixed by the reference implementation of GGUF (`gguf-py` 0.19, `quants.py`).
final class Grids {
    private static final byte[] RESOURCE = read();
    private static final int TERNARY = (6561 + 7) / 8;
    private static final int OCTAL = 4096 / 8;

    private static final int[] IQ2_LEVELS = {8, 25, 43};

    /// Points of eight numbers one after the other: number `i` of point `p` is at `8 * p + i`.
    static final byte[] IQ2_XXS = points(0, TERNARY, 256, 8, IQ2_LEVELS);
    static final byte[] IQ2_XS = points(TERNARY, TERNARY, 512, 8, IQ2_LEVELS);
    static final byte[] IQ2_S = points(2 * TERNARY, TERNARY, 1024, 8, IQ2_LEVELS);

    /// Eight times the points' -1, 0, 1: room for the eighth that IQ1 adds or subtracts.
    static final byte[] IQ1 = points(3 * TERNARY, TERNARY, 2048, 8, -8, 0, 8);

    /// Points of four numbers.
    static final byte[] IQ3_XXS = points(4 * TERNARY, OCTAL, 256, 4, 4, 12, 20, 28, 36, 44, 52, 62);
    static final byte[] IQ3_S = points(4 * TERNARY + OCTAL, OCTAL, 512, 4, 1, 3, 5, 7, 9, 11, 13, 15);

    private Grids() { }

    private static byte[] points(int at, int bytes, int count, int length, int... levels) {
        BitSet indices = BitSet.valueOf(Arrays.copyOfRange(RESOURCE, at, at + bytes));
        if (indices.cardinality() != count)
            throw new IllegalStateException("iq-grids.bin at " + at + ": expected " + count + " points, found " + indices.cardinality());
        byte[] points = new byte[count * length];
        int point = 0;
        for (int index = indices.nextSetBit(0); index >= 0; index = indices.nextSetBit(index + 1), point++)
            for (int i = 0, digits = index; i < length; i++, digits /= levels.length)
                points[point * length + i] = (byte) levels[digits % levels.length];
        return points;
    }

    private static byte[] read() {
        try (InputStream in = Grids.class.getResourceAsStream("iq-grids.bin")) {
            if (in == null) throw new IllegalStateException("iq-grids.bin is missing from the jar");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
