package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The loops of attention over one tile of 32 slots, for four rows at a time; a row is one query of one head. Every row has sums of its own, so neighbours do not change its bits.
final class AttentionKernel {
    /// Rows that share what is read of keys and values.
    static final int ROWS = 4;
    static final int TILE = HeadSlots.TILE;

    private static final VectorSpecies<Float> F = Lanes.F;
    private static final VectorSpecies<Integer> I = Lanes.I;
    private static final IntVector INDEX = IntVector.zero(I).addIndex(1);

    private AttentionKernel() {}

    /// float16 to float32, a multiple of 16 of them; what overflowed float16 stays infinite.
    static void widen(MemorySegment from, long at, MemorySegment to, long toAt, int count) {
        for (int i = 0; i < count; i += F.length()) {
            FloatVector x = Lanes.half(from, at + 2L * i);
            x = x.blend(x.mul(Float.POSITIVE_INFINITY), x.abs().compare(VectorOperators.GE, 65536f));
            x.intoMemorySegment(to, toAt + 4L * i, Lanes.LE);
        }
    }

    /// scores[row][32] = q · keys: keys `[keyDim][32]`, q `[keyDim][4]`.
    static void scores(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float[] scores, int scoresAt) {
        for (int slot = 0; slot < TILE; slot += 2 * Lanes.COUNT) scoresOfTwo(keys, at + 4L * slot, keyDim, q, qAt, scores, scoresAt + slot);
    }

    private static void scoresOfTwo(MemorySegment keys, long at, int keyDim, float[] q, int qAt, float[] scores, int scoresAt) {
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
        a1.intoArray(scores, scoresAt + TILE);
        b1.intoArray(scores, right + TILE);
        a2.intoArray(scores, scoresAt + 2 * TILE);
        b2.intoArray(scores, right + 2 * TILE);
        a3.intoArray(scores, scoresAt + 3 * TILE);
        b3.intoArray(scores, right + 3 * TILE);
    }

    /// Scale, soft cap, slope and mask of one row's scores, in this order.
    ///
    /// @param limit     slots from here on are not seen
    /// @param positions of the tile's slots, where there is a window or a slope
    /// @param position  of the query
    /// @return the largest score
    static float mask(float[] scores, int at, Attention attention, float slope, int firstSlot, int limit, int[] positions, int position) {
        float cap = attention.softCap();
        boolean windowed = attention.window() != 0;
        FloatVector unseen = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        FloatVector largest = unseen;
        for (int i = 0; i < TILE; i += F.length()) {
            FloatVector score = FloatVector.fromArray(F, scores, at + i).mul(attention.scale());
            if (cap != 0) score = Functions.tanh(score.div(cap)).mul(cap);
            VectorMask<Integer> seen = INDEX.add(firstSlot + i).compare(VectorOperators.LT, limit);
            if (attention.positional()) {
                IntVector distance = IntVector.fromArray(I, positions, i).sub(position).abs();
                if (slope != 0) score = score.sub(((FloatVector) distance.castShape(F, 0)).mul(slope));
                if (windowed) seen = seen.and(distance.compare(VectorOperators.LT, attention.window()));
            }
            score = unseen.blend(score, seen.cast(F));
            score.intoArray(scores, at + i);
            largest = largest.max(score);
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /// Turns one row's scores into e^(score - largest), and adds those to 32 running sums that are multiplied by `factor` first.
    static void soften(float[] scores, int at, float largest, float factor, float[] sums) {
        for (int i = 0; i < TILE; i += F.length()) {
            FloatVector p = Functions.exp(FloatVector.fromArray(F, scores, at + i).sub(largest));
            p.intoArray(scores, at + i);
            FloatVector.fromArray(F, sums, at + i).fma(FloatVector.broadcast(F, factor), p).intoArray(sums, at + i);
        }
    }

    /// z[row] = z[row] * factor[row] + weights[row] · values, over columns `[0, width)`: values `[slot][stride]`, weights `[row][32]`, z `[row][width]`.
    static void weigh(MemorySegment values, long at, int stride, int slots, float[] weights, int weightsAt, float[] factors, int factorsAt,
                      float[] z, int zAt, int width) {
        for (int column = 0; column < width; column += 2 * Lanes.COUNT)
            weighTwo(values, at + 4L * column, 4L * stride, slots, weights, weightsAt, factors, factorsAt, z, zAt + column, width);
    }

    private static void weighTwo(MemorySegment values, long at, long stride, int slots, float[] weights, int weightsAt, float[] factors, int factorsAt,
                                 float[] z, int zAt, int width) {
        int right = zAt + Lanes.COUNT;
        FloatVector a0 = FloatVector.fromArray(F, z, zAt).mul(factors[factorsAt]), b0 = FloatVector.fromArray(F, z, right).mul(factors[factorsAt]);
        FloatVector a1 = FloatVector.fromArray(F, z, zAt + width).mul(factors[factorsAt + 1]), b1 = FloatVector.fromArray(F, z, right + width).mul(factors[factorsAt + 1]);
        FloatVector a2 = FloatVector.fromArray(F, z, zAt + 2 * width).mul(factors[factorsAt + 2]), b2 = FloatVector.fromArray(F, z, right + 2 * width).mul(factors[factorsAt + 2]);
        FloatVector a3 = FloatVector.fromArray(F, z, zAt + 3 * width).mul(factors[factorsAt + 3]), b3 = FloatVector.fromArray(F, z, right + 3 * width).mul(factors[factorsAt + 3]);
        for (int slot = 0; slot < slots; slot++) {
            FloatVector v = FloatVector.fromMemorySegment(F, values, at + stride * slot, Lanes.LE);
            FloatVector w = FloatVector.fromMemorySegment(F, values, at + stride * slot + 4 * Lanes.COUNT, Lanes.LE);
            int p = weightsAt + slot;
            FloatVector pt = FloatVector.broadcast(F, weights[p]);
            a0 = v.fma(pt, a0);
            b0 = w.fma(pt, b0);
            pt = FloatVector.broadcast(F, weights[p + TILE]);
            a1 = v.fma(pt, a1);
            b1 = w.fma(pt, b1);
            pt = FloatVector.broadcast(F, weights[p + 2 * TILE]);
            a2 = v.fma(pt, a2);
            b2 = w.fma(pt, b2);
            pt = FloatVector.broadcast(F, weights[p + 3 * TILE]);
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
}
