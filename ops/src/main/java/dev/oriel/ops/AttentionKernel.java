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

    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final IntVector INDEX = IntVector.zero(I).addIndex(1);

    private AttentionKernel() {}

    /// scores[row][32] = q · keys of one tile: keys `[keyDim][32]`, q `[keyDim][4]`.
    ///
    /// @param stride from one row's scores to the next's
    static void scores(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float[] scores, int scoresAt, int stride) {
        for (int slot = 0; slot < TILE; slot += 2 * Lanes.COUNT) scoresOfTwo(keys, at + 4L * slot, keyDim, q, qAt, scores, scoresAt + slot, stride);
    }

    private static void scoresOfTwo(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float[] scores, int scoresAt, int stride) {
        int right = scoresAt + Lanes.COUNT;
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
        a0.intoArray(scores, scoresAt);
        b0.intoArray(scores, right);
        a1.intoArray(scores, scoresAt + stride);
        b1.intoArray(scores, right + stride);
        a2.intoArray(scores, scoresAt + 2 * stride);
        b2.intoArray(scores, right + 2 * stride);
        a3.intoArray(scores, scoresAt + 3 * stride);
        b3.intoArray(scores, right + 3 * stride);
    }

    /// scores = q · keys of one row with [#WIDE] slots, tile after tile: keys `[tile][keyDim][32]`, q `[keyDim][4]`, of which only the first counts.
    static void scoresOfOne(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float[] scores, int scoresAt) {
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
        s0.intoArray(scores, scoresAt);
        s1.intoArray(scores, scoresAt + Lanes.COUNT);
        s2.intoArray(scores, scoresAt + 2 * Lanes.COUNT);
        s3.intoArray(scores, scoresAt + 3 * Lanes.COUNT);
        s4.intoArray(scores, scoresAt + 4 * Lanes.COUNT);
        s5.intoArray(scores, scoresAt + 5 * Lanes.COUNT);
        s6.intoArray(scores, scoresAt + 6 * Lanes.COUNT);
        s7.intoArray(scores, scoresAt + 7 * Lanes.COUNT);
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
    static void mask(float[] scores, int at, int count, Attention attention, float slope, int firstSlot, int limit, int[] positions, int positionsAt, int position) {
        float cap = attention.softCap();
        boolean windowed = attention.window() != 0;
        FloatVector unseen = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector score = FloatVector.fromArray(F, scores, at + i);
            if (cap != 0) score = Functions.tanh(score.div(cap)).mul(cap);
            VectorMask<Integer> seen = INDEX.add(firstSlot + i).compare(VectorOperators.LT, limit);
            if (attention.positional()) {
                IntVector distance = IntVector.fromArray(I, positions, positionsAt + i).sub(position).abs();
                if (slope != 0) score = score.sub(((FloatVector) distance.castShape(F, 0)).mul(slope));
                if (windowed) seen = seen.and(distance.compare(VectorOperators.LT, attention.window()));
            }
            unseen.blend(score, seen.cast(F)).intoArray(scores, at + i);
        }
    }

    /// Turns scores into e^(score - largest), and adds those to 32 running sums per row, which are multiplied by the row's factor first: by how much a larger
    /// score than any before makes those count less.
    ///
    /// One method for all rows, and longer than what the compiler inlines: within another it would inline too much, leave the rest as calls, and make objects of vectors.
    ///
    /// @param scores  `[row][stride]`, of which `count` are taken, a multiple of 32
    /// @param largest of every row until now, and then with these
    /// @param sums    `[row][32]`
    static void soften(float[] scores, int rows, int stride, int count, float[] largest, float[] factors, float[] sums) {
        for (int row = 0; row < rows; row++) {
            int first = row * stride;
            FloatVector a = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY), b = a;
            for (int i = first; i < first + count; i += 2 * Lanes.COUNT) {
                a = a.max(FloatVector.fromArray(F, scores, i));
                b = b.max(FloatVector.fromArray(F, scores, i + Lanes.COUNT));
            }
            float before = largest[row];
            largest[row] = Math.max(before, a.max(b).reduceLanes(VectorOperators.MAX));
            factors[row] = Gathered.factor(before, largest[row]);
            // A row that has seen nothing yet: e^(-inf - 0) = 0.
            FloatVector top = FloatVector.broadcast(F, largest[row] == Float.NEGATIVE_INFINITY ? 0 : largest[row]);
            for (int i = 0; i < TILE; i += 2 * Lanes.COUNT) {
                int left = row * TILE + i;
                int right = left + Lanes.COUNT;
                a = FloatVector.fromArray(F, sums, left).mul(factors[row]);
                b = FloatVector.fromArray(F, sums, right).mul(factors[row]);
                for (int at = first + i; at < first + count; at += TILE) {
                    FloatVector p = Functions.expOfNegative(FloatVector.fromArray(F, scores, at).sub(top));
                    FloatVector r = Functions.expOfNegative(FloatVector.fromArray(F, scores, at + Lanes.COUNT).sub(top));
                    p.intoArray(scores, at);
                    r.intoArray(scores, at + Lanes.COUNT);
                    a = a.add(p);
                    b = b.add(r);
                }
                a.intoArray(sums, left);
                b.intoArray(sums, right);
            }
        }
    }

    /// a = a * mine + b * its
    static void mix(float[] a, float[] b, int at, int count, float mine, float its) {
        for (int i = at; i < at + count; i += Lanes.COUNT)
            FloatVector.fromArray(F, a, i).mul(mine).add(FloatVector.fromArray(F, b, i).mul(its)).intoArray(a, i);
    }

    /// z[row] = z[row] * factor[row] + weights[row] · values, over columns `[0, width)`: values `[slot][width]`, z `[row][width]`.
    ///
    /// @param stride from one row's weights to the next's
    static void weigh(MemorySegment values, long at, int width, int slots, float[] weights, int weightsAt, int stride, float[] factors, int factorsAt, float[] z, int zAt) {
        int column = 0;
        for (; column <= width - 2 * Lanes.COUNT; column += 2 * Lanes.COUNT)
            weighTwo(values, at + 4L * column, 4L * width, slots, weights, weightsAt, stride, factors, factorsAt, z, zAt + column, width);
        // Where a vector has sixteen lanes, half a column may be left.
        for (int row = 0; row < ROWS && column < width; row++)
            weighLast(values, at + 4L * column, 4L * width, slots, weights, weightsAt + row * stride, factors[factorsAt + row], z, zAt + row * width + column);
    }

    private static void weighTwo(MemorySegment values, long at, long step, int slots, float[] weights, int weightsAt, int stride, float[] factors, int factorsAt,
                                 float[] z, int zAt, int width) {
        int right = zAt + Lanes.COUNT;
        FloatVector a0 = FloatVector.fromArray(F, z, zAt).mul(factors[factorsAt]), b0 = FloatVector.fromArray(F, z, right).mul(factors[factorsAt]);
        FloatVector a1 = FloatVector.fromArray(F, z, zAt + width).mul(factors[factorsAt + 1]), b1 = FloatVector.fromArray(F, z, right + width).mul(factors[factorsAt + 1]);
        FloatVector a2 = FloatVector.fromArray(F, z, zAt + 2 * width).mul(factors[factorsAt + 2]), b2 = FloatVector.fromArray(F, z, right + 2 * width).mul(factors[factorsAt + 2]);
        FloatVector a3 = FloatVector.fromArray(F, z, zAt + 3 * width).mul(factors[factorsAt + 3]), b3 = FloatVector.fromArray(F, z, right + 3 * width).mul(factors[factorsAt + 3]);
        for (int slot = 0; slot < slots; slot++) {
            FloatVector v = FloatVector.fromMemorySegment(F, values, at + step * slot, Lanes.LE);
            FloatVector w = FloatVector.fromMemorySegment(F, values, at + step * slot + 4 * Lanes.COUNT, Lanes.LE);
            int p = weightsAt + slot;
            FloatVector pt = FloatVector.broadcast(F, weights[p]);
            a0 = v.fma(pt, a0);
            b0 = w.fma(pt, b0);
            pt = FloatVector.broadcast(F, weights[p + stride]);
            a1 = v.fma(pt, a1);
            b1 = w.fma(pt, b1);
            pt = FloatVector.broadcast(F, weights[p + 2 * stride]);
            a2 = v.fma(pt, a2);
            b2 = w.fma(pt, b2);
            pt = FloatVector.broadcast(F, weights[p + 3 * stride]);
            a3 = v.fma(pt, a3);
            b3 = w.fma(pt, b3);
        }
        a0.intoArray(z, zAt);
        b0.intoArray(z, right);
        a1.intoArray(z, zAt + width);
        b1.intoArray(z, right + width);
        a2.intoArray(z, zAt + 2 * width);
        b2.intoArray(z, right + 2 * width);
        a3.intoArray(z, zAt + 3 * width);
        b3.intoArray(z, right + 3 * width);
    }

    /// As [#weigh], for one row.
    static void weighOne(MemorySegment values, long at, int width, int slots, float[] weights, int weightsAt, float factor, float[] z, int zAt) {
        int column = 0;
        for (; column <= width - 4 * Lanes.COUNT; column += 4 * Lanes.COUNT)
            weighFour(values, at + 4L * column, 4L * width, slots, weights, weightsAt, factor, z, zAt + column);
        for (; column < width; column += Lanes.COUNT)
            weighLast(values, at + 4L * column, 4L * width, slots, weights, weightsAt, factor, z, zAt + column);
    }

    private static void weighFour(MemorySegment values, long at, long step, int slots, float[] weights, int weightsAt, float factor, float[] z, int zAt) {
        FloatVector a = FloatVector.fromArray(F, z, zAt).mul(factor);
        FloatVector b = FloatVector.fromArray(F, z, zAt + Lanes.COUNT).mul(factor);
        FloatVector c = FloatVector.fromArray(F, z, zAt + 2 * Lanes.COUNT).mul(factor);
        FloatVector d = FloatVector.fromArray(F, z, zAt + 3 * Lanes.COUNT).mul(factor);
        for (int slot = 0; slot < slots; slot++) {
            FloatVector p = FloatVector.broadcast(F, weights[weightsAt + slot]);
            long of = at + step * slot;
            a = FloatVector.fromMemorySegment(F, values, of, Lanes.LE).fma(p, a);
            b = FloatVector.fromMemorySegment(F, values, of + 4 * Lanes.COUNT, Lanes.LE).fma(p, b);
            c = FloatVector.fromMemorySegment(F, values, of + 8 * Lanes.COUNT, Lanes.LE).fma(p, c);
            d = FloatVector.fromMemorySegment(F, values, of + 12 * Lanes.COUNT, Lanes.LE).fma(p, d);
        }
        a.intoArray(z, zAt);
        b.intoArray(z, zAt + Lanes.COUNT);
        c.intoArray(z, zAt + 2 * Lanes.COUNT);
        d.intoArray(z, zAt + 3 * Lanes.COUNT);
    }

    private static void weighLast(MemorySegment values, long at, long step, int slots, float[] weights, int weightsAt, float factor, float[] z, int zAt) {
        FloatVector a = FloatVector.fromArray(F, z, zAt).mul(factor);
        for (int slot = 0; slot < slots; slot++)
            a = FloatVector.fromMemorySegment(F, values, at + step * slot, Lanes.LE).fma(FloatVector.broadcast(F, weights[weightsAt + slot]), a);
        a.intoArray(z, zAt);
    }
}
