package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// One sequence's attention from its formulas: remembers every key and value it was given.
final class AttentionTruth {
    private final Attention attention;
    private final Format format;
    private final List<Integer> positions = new ArrayList<>();
    private final List<float[]> keys = new ArrayList<>();
    private final List<float[]> values = new ArrayList<>();

    AttentionTruth(Attention attention, Format format) {
        this.attention = attention;
        this.format = format;
    }

    /// Appends `count` rows: keys `[count, kvHeads * keyDim]`, values `[count, kvHeads * valueDim]`.
    void store(int firstPosition, int count, float[] k, float[] v) {
        for (int i = 0; i < count; i++) {
            positions.add(firstPosition + i);
            keys.add(row(k, i, k.length / count, attention.keyDim()));
            values.add(row(v, i, v.length / count, attention.valueDim()));
        }
    }

    int slots() { return positions.size(); }

    /// `[heads * count, slots]` for the last `count` slots' own queries
    double[] scores(int count, float[] q) {
        double[] out = new double[attention.heads() * count * slots()];
        for (int head = 0; head < attention.heads(); head++)
            for (int i = 0; i < count; i++)
                for (int slot = 0; slot < slots(); slot++)
                    out[(head * count + i) * slots() + slot] = sees(slots() - count + i, slot) ? score(head, i, count, slot, q) : Double.NEGATIVE_INFINITY;
        return out;
    }

    private boolean sees(int own, int slot) {
        boolean past = !attention.causal() || slot <= own;
        int window = attention.window();
        boolean near = window == 0 || positions.get(slot) > positions.get(own) - window && positions.get(slot) < positions.get(own) + window;
        return past && near;
    }

    /// Softmax of every row of [#scores], whose head's sink is one slot more.
    double[] pattern(int count, double[] scores) {
        double[] out = new double[scores.length];
        for (int row = 0; row < attention.heads() * count; row++) {
            double[] all = new double[slots() + 1];
            System.arraycopy(scores, row * slots(), all, 0, slots());
            all[slots()] = attention.sinks() == null ? Double.NEGATIVE_INFINITY : attention.sinks()[row / count];
            System.arraycopy(Truth.softmax(all, all.length), 0, out, row * slots(), slots());
        }
        return out;
    }

    private double score(int head, int i, int count, int slot, float[] q) {
        int dim = attention.keyDim();
        float[] key = keys.get(slot);
        int kvHead = head * attention.kvHeads() / attention.heads();
        double dot = 0;
        for (int d = 0; d < dim; d++) dot += (double) q[(i * attention.heads() + head) * dim + d] * key[kvHead * dim + d];
        dot *= attention.scale();
        if (attention.softCap() != 0) dot = attention.softCap() * Math.tanh(dot / attention.softCap());
        int own = slots() - count + i;
        return attention.slopes() == null ? dot : dot - attention.slopes()[head] * (double) Math.abs(positions.get(own) - positions.get(slot));
    }

    /// z `[count, heads * valueDim]` of a pattern `[heads * count, slots]`
    double[] weigh(int count, double[] pattern) {
        int dim = attention.valueDim();
        double[] z = new double[count * attention.heads() * dim];
        for (int head = 0; head < attention.heads(); head++)
            for (int i = 0; i < count; i++)
                for (int slot = 0; slot < slots(); slot++)
                    for (int d = 0; d < dim; d++)
                        z[(i * attention.heads() + head) * dim + d] += pattern[(head * count + i) * slots() + slot]
                            * values.get(slot)[head * attention.kvHeads() / attention.heads() * dim + d];
        return z;
    }

    /// A row as a cache of the format gives it back: heads of `dim` numbers, in groups where the format has some.
    private float[] row(float[] x, int i, int width, int dim) {
        float[] out = new float[width];
        int group = format == Format.Q8_0 ? format.blockLength() : dim;
        for (int head = 0; head < width; head += dim)
            for (int from = 0; from < dim; from += group) {
                float[] part = new float[group];
                int count = Math.min(group, dim - from);
                System.arraycopy(x, i * width + head + from, part, 0, count);
                MemorySegment stored = MemorySegment.ofArray(new byte[(int) format.bytes(group)]);
                format.encode(part, 0, group, stored, 0);
                format.decode(stored, 0, part, 0, group);
                System.arraycopy(part, 0, out, head + from, count);
            }
        return out;
    }
}
