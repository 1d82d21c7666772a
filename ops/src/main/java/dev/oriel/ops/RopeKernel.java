package dev.oriel.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Rotary embedding, with the cosines and sines of every position computed once, in double precision.
final class RopeKernel implements AutoCloseable {
    private static final VectorSpecies<Float> F = Lanes.F;

    private final Arena arena = Arena.ofShared();
    /// By rope: per position its cosines, then its sines.
    private final Map<Rope, MemorySegment[]> tables = new HashMap<>();

    /// The turns of these positions; null at positions that did not occur yet.
    MemorySegment[] table(Rope rope, int[] positions) {
        MemorySegment[] table = tables.getOrDefault(rope, new MemorySegment[0]);
        int largest = 0;
        for (int position : positions) largest = Math.max(largest, position);
        if (table.length <= largest) {
            table = Arrays.copyOf(table, Math.max(largest + 1, 2 * table.length));
            tables.put(rope, table);
        }
        for (int position : positions)
            if (table[position] == null) table[position] = turns(rope, position);
        return table;
    }

    private MemorySegment turns(Rope rope, int position) {
        int pairs = rope.frequencies().length;
        float[] turns = new float[2 * pairs];
        for (int pair = 0; pair < pairs; pair++) {
            double angle = (double) position * rope.frequencies()[pair];
            turns[pair] = (float) (Math.cos(angle) * rope.magnitude());
            turns[pairs + pair] = (float) (Math.sin(angle) * rope.magnitude());
        }
        return arena.allocateFrom(HostRows.FLOAT, turns);
    }

    /// Turns one head's columns `[0, pairs)` with `[pairs, 2 * pairs)`.
    static void turn(MemorySegment x, long at, MemorySegment turns, int pairs) {
        long other = at + 4L * pairs;
        int whole = F.loopBound(pairs);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector cos = FloatVector.fromMemorySegment(F, turns, 4L * i, Lanes.LE), sin = FloatVector.fromMemorySegment(F, turns, 4L * (pairs + i), Lanes.LE);
            FloatVector a = FloatVector.fromMemorySegment(F, x, at + 4L * i, Lanes.LE), b = FloatVector.fromMemorySegment(F, x, other + 4L * i, Lanes.LE);
            a.mul(cos).sub(b.mul(sin)).intoMemorySegment(x, at + 4L * i, Lanes.LE);
            b.mul(cos).add(a.mul(sin)).intoMemorySegment(x, other + 4L * i, Lanes.LE);
        }
        if (whole == pairs) return;
        VectorMask<Float> rest = F.indexInRange(whole, pairs);
        FloatVector cos = FloatVector.fromMemorySegment(F, turns, 4L * whole, Lanes.LE, rest), sin = FloatVector.fromMemorySegment(F, turns, 4L * (pairs + whole), Lanes.LE, rest);
        FloatVector a = FloatVector.fromMemorySegment(F, x, at + 4L * whole, Lanes.LE, rest), b = FloatVector.fromMemorySegment(F, x, other + 4L * whole, Lanes.LE, rest);
        a.mul(cos).sub(b.mul(sin)).intoMemorySegment(x, at + 4L * whole, Lanes.LE, rest);
        b.mul(cos).add(a.mul(sin)).intoMemorySegment(x, other + 4L * whole, Lanes.LE, rest);
    }

    @Override
    public void close() { arena.close(); }
}
