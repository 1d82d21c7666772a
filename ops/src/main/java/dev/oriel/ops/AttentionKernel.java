package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The loops of attention, for four rows at a time or one; a row is one query of one head. Every number is summed in one order, so that neither neighbours nor
/// the choice of a loop change a row's bits.
final class AttentionKernel {
    /// Rows that share what is read of keys and values.
    static final int ROWS = 4;
    static final int TILE = SlotLayout.TILE;
    /// Slots that one row's own loop takes at once, in as many sums as hide the time that an addition takes.
    static final int WIDE = 8 * Lanes.COUNT;

    private static final long STEP_BYTES = (long) Float.BYTES * HeadSlots.STEP;
    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final IntVector INDEX = IntVector.zero(I).addIndex(1);

    private AttentionKernel() {}

    /// scores[row][32] = q · keys of one tile, times the scale: keys `[keyDim][32]`, q `[keyDim][4]`.
    ///
    /// @param stride bytes from one row's scores to the next's
    static void scores(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float scale, MemorySegment scores, long scoresAt, long stride) {
        for (int slot = 0; slot < TILE; slot += 2 * Lanes.COUNT) scoresOfTwo(keys, at + 4L * slot, keyDim, q, qAt, scale, scores, scoresAt + 4L * slot, stride);
    }

    private static void scoresOfTwo(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float scale, MemorySegment scores, long scoresAt, long stride) {
        long right = scoresAt + 4 * Lanes.COUNT;
        FloatVector a0 = FloatVector.zero(F), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (int d = 0; d < keyDim; d++) {
            FloatVector k = FloatVector.fromMemorySegment(F, keys, at + 128L * d, Lanes.LE);
            FloatVector l = FloatVector.fromMemorySegment(F, keys, at + 128L * d + 4 * Lanes.COUNT, Lanes.LE);
            int qd = qAt + ROWS * d;
            FloatVector qt = FloatVector.broadcast(F, q[qd]);
            a0 = k.fma(qt, a0);
            b0 = l.fma(qt, b0);
            qt = FloatVector.broadcast(F, q[qd + 1]);
            a1 = k.fma(qt, a1);
            b1 = l.fma(qt, b1);
            qt = FloatVector.broadcast(F, q[qd + 2]);
            a2 = k.fma(qt, a2);
            b2 = l.fma(qt, b2);
            qt = FloatVector.broadcast(F, q[qd + 3]);
            a3 = k.fma(qt, a3);
            b3 = l.fma(qt, b3);
        }
        a0.mul(scale).intoMemorySegment(scores, scoresAt, Lanes.LE);
        b0.mul(scale).intoMemorySegment(scores, right, Lanes.LE);
        a1.mul(scale).intoMemorySegment(scores, scoresAt + stride, Lanes.LE);
        b1.mul(scale).intoMemorySegment(scores, right + stride, Lanes.LE);
        a2.mul(scale).intoMemorySegment(scores, scoresAt + 2 * stride, Lanes.LE);
        b2.mul(scale).intoMemorySegment(scores, right + 2 * stride, Lanes.LE);
        a3.mul(scale).intoMemorySegment(scores, scoresAt + 3 * stride, Lanes.LE);
        b3.mul(scale).intoMemorySegment(scores, right + 3 * stride, Lanes.LE);
    }

    /// scores = q · keys * scale of one row with [#WIDE] slots, tile after tile: keys `[tile][keyDim][32]`, q `[keyDim][4]`, of which only the first counts.
    static void scoresOfOne(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float scale, MemorySegment scores, long scoresAt) {
        long tile = 128L * keyDim;
        long at1 = at + offset(1, tile), at2 = at + offset(2, tile), at3 = at + offset(3, tile), at4 = at + offset(4, tile);
        long at5 = at + offset(5, tile), at6 = at + offset(6, tile), at7 = at + offset(7, tile);
        FloatVector s0 = FloatVector.zero(F), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        for (int d = 0; d < keyDim; d++) {
            FloatVector qt = FloatVector.broadcast(F, q[qAt + ROWS * d]);
            long of = 128L * d;
            s0 = FloatVector.fromMemorySegment(F, keys, at + of, Lanes.LE).fma(qt, s0);
            s1 = FloatVector.fromMemorySegment(F, keys, at1 + of, Lanes.LE).fma(qt, s1);
            s2 = FloatVector.fromMemorySegment(F, keys, at2 + of, Lanes.LE).fma(qt, s2);
            s3 = FloatVector.fromMemorySegment(F, keys, at3 + of, Lanes.LE).fma(qt, s3);
            s4 = FloatVector.fromMemorySegment(F, keys, at4 + of, Lanes.LE).fma(qt, s4);
            s5 = FloatVector.fromMemorySegment(F, keys, at5 + of, Lanes.LE).fma(qt, s5);
            s6 = FloatVector.fromMemorySegment(F, keys, at6 + of, Lanes.LE).fma(qt, s6);
            s7 = FloatVector.fromMemorySegment(F, keys, at7 + of, Lanes.LE).fma(qt, s7);
        }
        s0.mul(scale).intoMemorySegment(scores, scoresAt, Lanes.LE);
        s1.mul(scale).intoMemorySegment(scores, scoresAt + 4L * Lanes.COUNT, Lanes.LE);
        s2.mul(scale).intoMemorySegment(scores, scoresAt + 8L * Lanes.COUNT, Lanes.LE);
        s3.mul(scale).intoMemorySegment(scores, scoresAt + 12L * Lanes.COUNT, Lanes.LE);
        s4.mul(scale).intoMemorySegment(scores, scoresAt + 16L * Lanes.COUNT, Lanes.LE);
        s5.mul(scale).intoMemorySegment(scores, scoresAt + 20L * Lanes.COUNT, Lanes.LE);
        s6.mul(scale).intoMemorySegment(scores, scoresAt + 24L * Lanes.COUNT, Lanes.LE);
        s7.mul(scale).intoMemorySegment(scores, scoresAt + 28L * Lanes.COUNT, Lanes.LE);
    }

    /// Byte offset of the i-th vector of slots, where a tile holds a few of them.
    private static long offset(int i, long tile) {
        int slot = i * Lanes.COUNT;
        return slot / TILE * tile + 4L * (slot % TILE);
    }

    /// Soft cap, slope and mask of one row's scores, in this order.
    ///
    /// @param firstSlot   slot of the first score
    /// @param limit       slots from here on are not seen
    /// @param positions   of the slots, from `positionsAt`, where there is a window or a slope
    /// @param position    of the query
    static void mask(MemorySegment scores, long at, int count, Attention attention, float slope, int firstSlot, int limit, int[] positions, int positionsAt, int position) {
        float cap = attention.softCap();
        boolean windowed = attention.window() != 0;
        FloatVector unseen = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector score = FloatVector.fromMemorySegment(F, scores, at + 4L * i, Lanes.LE);
            if (cap != 0) score = Functions.tanh(score.div(cap)).mul(cap);
            VectorMask<Integer> seen = INDEX.add(firstSlot + i).compare(VectorOperators.LT, limit);
            if (attention.positional()) {
                IntVector distance = IntVector.fromArray(I, positions, positionsAt + i).sub(position).abs();
                if (slope != 0) score = score.sub(((FloatVector) distance.castShape(F, 0)).mul(slope));
                if (windowed) seen = seen.and(distance.compare(VectorOperators.LT, attention.window()));
            }
            unseen.blend(score, seen.cast(F)).intoMemorySegment(scores, at + 4L * i, Lanes.LE);
        }
    }

    /// Turns scores into e^(score - largest), and adds those to 32 running sums per row, which are multiplied by the row's factor first: by how much a larger
    /// score than any before makes those count less.
    ///
    /// One method for all rows, and longer than what the compiler inlines: within another it would inline too much, leave the rest as calls, and make objects of vectors.
    ///
    /// @param count scores of every row, a multiple of 32
    static void soften(AttentionMemory memory, int rows, int count, Gathered into) {
        MemorySegment scores = memory.weights();
        MemorySegment gathered = into.memory();
        for (int row = 0; row < rows; row++) {
            long first = memory.weight(row);
            FloatVector a = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY), b = a;
            for (int i = 0; i < count; i += 2 * Lanes.COUNT) {
                a = a.max(FloatVector.fromMemorySegment(F, scores, first + 4L * i, Lanes.LE));
                b = b.max(FloatVector.fromMemorySegment(F, scores, first + 4L * (i + Lanes.COUNT), Lanes.LE));
            }
            float before = gathered.get(HostRows.FLOAT, into.largest(row));
            float largest = Math.max(before, a.max(b).reduceLanes(VectorOperators.MAX));
            float factor = Gathered.factor(before, largest);
            gathered.set(HostRows.FLOAT, into.largest(row), largest);
            memory.factors().setAtIndex(HostRows.FLOAT, row, factor);
            // A row that has seen nothing yet: e^(-inf - 0) = 0.
            FloatVector top = FloatVector.broadcast(F, largest == Float.NEGATIVE_INFINITY ? 0 : largest);
            for (int i = 0; i < TILE; i += 2 * Lanes.COUNT) {
                long left = into.sums(row) + 4L * i;
                long right = left + 4L * Lanes.COUNT;
                a = FloatVector.fromMemorySegment(F, gathered, left, Lanes.LE).mul(factor);
                b = FloatVector.fromMemorySegment(F, gathered, right, Lanes.LE).mul(factor);
                for (int slot = i; slot < count; slot += TILE) {
                    long at = first + 4L * slot;
                    FloatVector p = Functions.expOfNegative(FloatVector.fromMemorySegment(F, scores, at, Lanes.LE).sub(top));
                    FloatVector r = Functions.expOfNegative(FloatVector.fromMemorySegment(F, scores, at + 4L * Lanes.COUNT, Lanes.LE).sub(top));
                    p.intoMemorySegment(scores, at, Lanes.LE);
                    r.intoMemorySegment(scores, at + 4L * Lanes.COUNT, Lanes.LE);
                    a = a.add(p);
                    b = b.add(r);
                }
                a.intoMemorySegment(gathered, left, Lanes.LE);
                b.intoMemorySegment(gathered, right, Lanes.LE);
            }
        }
    }

    /// a = a * mine + b * its
    static void mix(MemorySegment a, long aAt, MemorySegment b, long bAt, int count, float mine, float its) {
        for (long i = 0; i < 4L * count; i += 4L * Lanes.COUNT)
            FloatVector.fromMemorySegment(F, a, aAt + i, Lanes.LE).mul(mine).add(FloatVector.fromMemorySegment(F, b, bAt + i, Lanes.LE).mul(its))
                .intoMemorySegment(a, aAt + i, Lanes.LE);
    }

    /// `z[row] = z[row] * factor[row] + weights[row] · values` for the four rows from `row` on: values `[slot][width]`, weights from byte `weight` of each row's on.
    static void weigh(MemorySegment values, long at, int slots, AttentionMemory memory, int row, long weight, Gathered into) {
        int width = into.width();
        long weightsAt = memory.weight(row) + weight;
        long factorsAt = 4L * row;
        int column = 0;
        for (; column <= width - 2 * Lanes.COUNT; column += 2 * Lanes.COUNT)
            weighTwo(values, at + 4L * column, 4L * width, slots, memory.weights(), weightsAt, memory.factors(), factorsAt, into.memory(), into.z(row) + 4L * column);
        // Where a vector has sixteen lanes, half a column may be left.
        for (int i = row; i < row + ROWS && column < width; i++)
            weighLast(values, at + 4L * column, 4L * width, slots, memory.weights(), memory.weight(i) + weight, memory.factors().getAtIndex(HostRows.FLOAT, i), into.memory(),
                into.z(i) + 4L * column);
    }

    private static void weighTwo(MemorySegment values, long at, long step, int slots, MemorySegment weights, long weightsAt, MemorySegment factors, long factorsAt,
                                 MemorySegment z, long zAt) {
        long right = zAt + 4L * Lanes.COUNT;
        float factor = factors.get(HostRows.FLOAT, factorsAt);
        FloatVector a0 = FloatVector.fromMemorySegment(F, z, zAt, Lanes.LE).mul(factor), b0 = FloatVector.fromMemorySegment(F, z, right, Lanes.LE).mul(factor);
        factor = factors.get(HostRows.FLOAT, factorsAt + 4);
        FloatVector a1 = FloatVector.fromMemorySegment(F, z, zAt + step, Lanes.LE).mul(factor), b1 = FloatVector.fromMemorySegment(F, z, right + step, Lanes.LE).mul(factor);
        factor = factors.get(HostRows.FLOAT, factorsAt + 8);
        FloatVector a2 = FloatVector.fromMemorySegment(F, z, zAt + 2 * step, Lanes.LE).mul(factor), b2 = FloatVector.fromMemorySegment(F, z, right + 2 * step, Lanes.LE).mul(factor);
        factor = factors.get(HostRows.FLOAT, factorsAt + 12);
        FloatVector a3 = FloatVector.fromMemorySegment(F, z, zAt + 3 * step, Lanes.LE).mul(factor), b3 = FloatVector.fromMemorySegment(F, z, right + 3 * step, Lanes.LE).mul(factor);
        for (int slot = 0; slot < slots; slot++) {
            FloatVector v = FloatVector.fromMemorySegment(F, values, at + step * slot, Lanes.LE);
            FloatVector w = FloatVector.fromMemorySegment(F, values, at + step * slot + 4 * Lanes.COUNT, Lanes.LE);
            long p = weightsAt + 4L * slot;
            FloatVector pt = FloatVector.broadcast(F, weights.get(HostRows.FLOAT, p));
            a0 = v.fma(pt, a0);
            b0 = w.fma(pt, b0);
            pt = FloatVector.broadcast(F, weights.get(HostRows.FLOAT, p + STEP_BYTES));
            a1 = v.fma(pt, a1);
            b1 = w.fma(pt, b1);
            pt = FloatVector.broadcast(F, weights.get(HostRows.FLOAT, p + 2 * STEP_BYTES));
            a2 = v.fma(pt, a2);
            b2 = w.fma(pt, b2);
            pt = FloatVector.broadcast(F, weights.get(HostRows.FLOAT, p + 3 * STEP_BYTES));
            a3 = v.fma(pt, a3);
            b3 = w.fma(pt, b3);
        }
        a0.intoMemorySegment(z, zAt, Lanes.LE);
        b0.intoMemorySegment(z, right, Lanes.LE);
        a1.intoMemorySegment(z, zAt + step, Lanes.LE);
        b1.intoMemorySegment(z, right + step, Lanes.LE);
        a2.intoMemorySegment(z, zAt + 2 * step, Lanes.LE);
        b2.intoMemorySegment(z, right + 2 * step, Lanes.LE);
        a3.intoMemorySegment(z, zAt + 3 * step, Lanes.LE);
        b3.intoMemorySegment(z, right + 3 * step, Lanes.LE);
    }

    /// As [#weigh], for one row.
    static void weighOne(MemorySegment values, long at, int slots, AttentionMemory memory, int row, long weight, Gathered into) {
        int width = into.width();
        long weightsAt = memory.weight(row) + weight;
        float factor = memory.factors().getAtIndex(HostRows.FLOAT, row);
        int column = 0;
        for (; column <= width - 4 * Lanes.COUNT; column += 4 * Lanes.COUNT)
            weighFour(values, at + 4L * column, 4L * width, slots, memory.weights(), weightsAt, factor, into.memory(), into.z(row) + 4L * column);
        for (; column < width; column += Lanes.COUNT)
            weighLast(values, at + 4L * column, 4L * width, slots, memory.weights(), weightsAt, factor, into.memory(), into.z(row) + 4L * column);
    }

    private static void weighFour(MemorySegment values, long at, long step, int slots, MemorySegment weights, long weightsAt, float factor, MemorySegment z, long zAt) {
        FloatVector a = FloatVector.fromMemorySegment(F, z, zAt, Lanes.LE).mul(factor);
        FloatVector b = FloatVector.fromMemorySegment(F, z, zAt + 4L * Lanes.COUNT, Lanes.LE).mul(factor);
        FloatVector c = FloatVector.fromMemorySegment(F, z, zAt + 8L * Lanes.COUNT, Lanes.LE).mul(factor);
        FloatVector d = FloatVector.fromMemorySegment(F, z, zAt + 12L * Lanes.COUNT, Lanes.LE).mul(factor);
        for (int slot = 0; slot < slots; slot++) {
            FloatVector p = FloatVector.broadcast(F, weights.get(HostRows.FLOAT, weightsAt + 4L * slot));
            long of = at + step * slot;
            a = FloatVector.fromMemorySegment(F, values, of, Lanes.LE).fma(p, a);
            b = FloatVector.fromMemorySegment(F, values, of + 4 * Lanes.COUNT, Lanes.LE).fma(p, b);
            c = FloatVector.fromMemorySegment(F, values, of + 8 * Lanes.COUNT, Lanes.LE).fma(p, c);
            d = FloatVector.fromMemorySegment(F, values, of + 12 * Lanes.COUNT, Lanes.LE).fma(p, d);
        }
        a.intoMemorySegment(z, zAt, Lanes.LE);
        b.intoMemorySegment(z, zAt + 4L * Lanes.COUNT, Lanes.LE);
        c.intoMemorySegment(z, zAt + 8L * Lanes.COUNT, Lanes.LE);
        d.intoMemorySegment(z, zAt + 12L * Lanes.COUNT, Lanes.LE);
    }

    private static void weighLast(MemorySegment values, long at, long step, int slots, MemorySegment weights, long weightsAt, float factor, MemorySegment z, long zAt) {
        FloatVector a = FloatVector.fromMemorySegment(F, z, zAt, Lanes.LE).mul(factor);
        for (int slot = 0; slot < slots; slot++)
            a = FloatVector.fromMemorySegment(F, values, at + step * slot, Lanes.LE).fma(FloatVector.broadcast(F, weights.get(HostRows.FLOAT, weightsAt + 4L * slot)), a);
        a.intoMemorySegment(z, zAt, Lanes.LE);
    }
}
