package dev.oriel.ops;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Set;

/// The experts of a layer: tokens are gathered by expert, so that an expert's weights are read once, and its results added to the tokens' sums.
///
/// A token's experts add up in the order of their numbers, whatever other tokens want.
final class ExpertMixture {
    /// out = gating(gate, up)
    interface Gate {
        void apply(Gating gating, HostRows gate, HostRows up, HostRows out, int n);
    }

    private final Multiplication multiplication;
    private final Gate gate;
    private final Set<Runnable> allocated;
    private HostRows gathered;
    private HostRows hidden;
    private HostRows results;

    ExpertMixture(Multiplication multiplication, Gate gate, Set<Runnable> allocated) {
        this.multiplication = multiplication;
        this.gate = gate;
        this.allocated = allocated;
    }

    void mix(Experts experts, Routing routing, HostRows probabilities, HostRows x, HostRows out, int n) {
        Kept[] kept = new Kept[n];
        float[] row = new float[probabilities.width()];
        for (int i = 0; i < n; i++) {
            probabilities.read(i, row);
            kept[i] = Kept.of(routing, row);
            out.segment().asSlice(out.offset(i), (long) out.width() * Float.BYTES).fill((byte) 0);
        }
        gathered = room(gathered, n, x.width());
        hidden = room(hidden, n, 2 * experts.feedForward());
        results = room(results, n, out.width());
        int[] tokens = new int[n];
        for (int expert = 0; expert < experts.count(); expert++) {
            int count = 0;
            for (int i = 0; i < n; i++)
                if (kept[i].weight(expert) != 0) tokens[count++] = i;
            if (count > 0) add(experts, expert, kept, Arrays.copyOf(tokens, count), x, out);
        }
    }

    /// `out[token] += weight · down(gating(gate(x), up(x)))`
    private void add(Experts experts, int expert, Kept[] kept, int[] tokens, HostRows x, HostRows out) {
        int n = tokens.length;
        for (int i = 0; i < n; i++) copy(x, tokens[i], gathered, i);
        multiplication.multiply((TiledMatrix) experts.gateUp().get(expert), bias(experts.gateUpBias(expert), hidden, "gate bias"), gathered, hidden, n);
        HostRows gates = hidden.columns(0, experts.feedForward());
        gate.apply(experts.gating(), gates, hidden.columns(experts.feedForward(), experts.feedForward()), gates, n);
        multiplication.multiply((TiledMatrix) experts.down().get(expert), bias(experts.downBias(expert), results, "down bias"), gates, results, n);
        for (int i = 0; i < n; i++)
            Elementwise.addScaled(results.segment(), results.offset(i), kept[tokens[i]].weight(expert), out.segment(), out.offset(tokens[i]), out.width());
    }

    private static HostRows bias(Rows bias, HostRows sums, String operand) { return bias == null ? null : HostRows.live(bias, 1, sums.width(), operand); }

    private static void copy(HostRows from, int row, HostRows to, int toRow) {
        MemorySegment.copy(from.segment(), from.offset(row), to.segment(), to.offset(toRow), (long) from.width() * Float.BYTES);
    }

    private HostRows room(HostRows rows, int n, int width) {
        if (rows != null && rows.capacity() >= n && rows.width() == width) return rows;
        if (rows != null) rows.close();
        return HostRows.allocate(n, width, allocated);
    }
}
