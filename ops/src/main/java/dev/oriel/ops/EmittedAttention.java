package dev.oriel.ops;

import dev.oriel.ops.emitted.Arguments;
import dev.oriel.ops.emitted.Emitted;
import java.lang.foreign.Arena;

/// The emitted kernels of attention, made when a block first needs them. Each has to pass [AttentionCheck].
final class EmittedAttention implements AutoCloseable {
    /// Whether a new kernel computes what it should: [AttentionCheck], but for tests.
    interface Check extends CheckedKernels.Check<Kind> {}

    /// What a kernel is for. Rows are queries of heads.
    sealed interface Kind {
        /// @param half whether keys are float16, else float32
        record Scores(boolean half, int rows, int slots) implements Kind {}

        /// @param columns of values, added up at once
        record Weigh(boolean half, int rows, int columns) implements Kind {}

        record Softmax() implements Kind {}
    }

    private static final int HALF = 1, WHOLE = 0;

    private final Emitted emitted;
    private final CheckedKernels<Kind> kernels;
    private final Arena arena = Arena.ofShared();
    private final Arguments[] arguments;
    /// `[half][rows]`
    private final Emitted.Kernel[][] scores;
    /// `[half][rows][vectors]`
    private final Emitted.Kernel[][][] weigh;
    private Emitted.Kernel softmax;

    EmittedAttention(Emitted emitted, Check check, int workers) {
        this.emitted = emitted;
        kernels = new CheckedKernels<>("of attention", this::make, check);
        arguments = new Arguments[workers];
        for (int i = 0; i < workers; i++) arguments[i] = new Arguments(arena);
        scores = new Emitted.Kernel[2][rows() + 1];
        weigh = new Emitted.Kernel[2][rows() + 1][columns(1) + 1];
    }

    /// Why the kernels stepped aside, or null while they work.
    String refusal() { return kernels.refusal(); }

    /// Loops for a block, or null if they have to be others.
    AttentionLoops loops(AttentionBlock block, AttentionMemory memory, HostRows q, int worker) {
        return refusal() == null && ready(block) ? new EmittedLoops(this, arguments[worker], block, memory, q) : null;
    }

    int rows() { return emitted.attentionRows(); }

    int lanes() { return emitted.set().lanes(); }

    /// Slots that a kernel for so many rows takes in a turn: whole tiles.
    int slots(int rows) { return Math.max(SlotLayout.TILE, emitted.slotVectors(rows) * lanes()); }

    /// Vectors of columns that a kernel for so many rows takes at most.
    int columns(int rows) { return emitted.valueVectors(rows); }

    Emitted.Kernel scores(boolean half, int rows) { return scores[half ? HALF : WHOLE][rows]; }

    Emitted.Kernel weigh(boolean half, int rows, int vectors) { return weigh[half ? HALF : WHOLE][rows][vectors]; }

    Emitted.Kernel softmax() { return softmax; }

    private boolean ready(AttentionBlock block) {
        boolean half = block.slots().layout().format() == Format.F16;
        int group = block.attention().groupSize();
        int vectors = block.slots().layout().valueStride() / lanes();
        if (softmax == null) softmax = kernels.get(new Kind.Softmax());
        for (int rows : shares(group == 1 ? block.rows() : group, rows()))
            if (scores(half, rows) == null) scores[half ? HALF : WHOLE][rows] = kernels.get(new Kind.Scores(half, rows, slots(rows)));
        for (int rows : shares(block.rows(), rows()))
            for (int some : shares(vectors, columns(rows)))
                if (weigh(half, rows, some) == null) weigh[half ? HALF : WHOLE][rows][some] = kernels.get(new Kind.Weigh(half, rows, some * lanes()));
        return refusal() == null;
    }

    /// The sizes of shares of `count` of which each but the last has `most`.
    private static int[] shares(int count, int most) {
        if (count < most) return new int[] {count};
        return count % most == 0 ? new int[] {most} : new int[] {most, count % most};
    }

    private Emitted.Kernel make(Kind kind) {
        return switch (kind) {
            case Kind.Scores(boolean half, int rows, _) -> emitted.scores(half, rows);
            case Kind.Weigh(boolean half, int rows, int columns) -> emitted.weigh(half, rows, columns / lanes());
            case Kind.Softmax() -> emitted.softmax();
        };
    }

    @Override
    public void close() { arena.close(); }
}
