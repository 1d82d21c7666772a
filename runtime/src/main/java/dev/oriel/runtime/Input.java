package dev.oriel.runtime;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// What a run is given besides probes: tokens, and how they are to be read where that is not the usual way. Immutable; each `with` gives another one.
public final class Input {
    /// Where a run begins.
    ///
    /// @param layer    the first layer that runs
    /// @param residual what it receives, `[pos, d_model]`, as recorded at its `hook_resid_pre`
    record Start(int layer, Activation residual) {}

    /// After which of its tokens a run gives logits, or in their place the final hidden state: what the head would read.
    enum Logits { ALL, LAST, LAST_LENT, NONE, HIDDEN, LAST_HIDDEN }

    private final int[] ids;
    private final int[] positions;
    private final int[] types;
    private final Mask mask;
    private final boolean rope;
    private final Start start;
    private final Logits logits;
    private final Path file;

    private Input(int[] ids, int[] positions, int[] types, Mask mask, boolean rope, Start start, Logits logits, Path file) {
        this.ids = ids;
        this.positions = positions;
        this.types = types;
        this.mask = mask;
        this.rope = rope;
        this.start = start;
        this.logits = logits;
        this.file = file;
    }

    public static Input of(int... ids) { return new Input(ids.clone(), null, null, null, true, null, Logits.ALL, null); }

    /// A position per token, for rope, learned positions and windows; they may repeat. What follows later counts on from the last one.
    public Input withPositions(int... positions) {
        if (positions.length != ids.length) throw new IllegalArgumentException("positions: expected " + ids.length + ", found " + positions.length);
        for (int position : positions) if (position < 0) throw new IllegalArgumentException("position: expected 0 or more, found " + position);
        return new Input(ids, positions.clone(), types, mask, rope, start, logits, file);
    }

    /// The type of every token, for models that tell the first text of a pair (0, which is what is meant without this) from the second (1).
    public Input withTypes(int... types) {
        if (types.length != ids.length) throw new IllegalArgumentException("types: expected " + ids.length + ", found " + types.length);
        return new Input(ids, positions, types.clone(), mask, rope, start, logits, file);
    }

    /// Lets this mask decide who sees whom, in all layers.
    public Input withMask(Mask mask) { return new Input(ids, positions, types, mask, rope, start, logits, file); }

    /// Leaves queries and keys unrotated.
    public Input withoutRope() { return new Input(ids, positions, types, mask, false, start, logits, file); }

    /// Begins at layer `layer` with a residual stream recorded there at `hook_resid_pre` for the same tokens. The results are those of the whole pass, bit for
    /// bit. Lower layers store no keys, so the session stays where it was.
    public Input from(int layer, Activation residual) { return new Input(ids, positions, types, mask, rope, new Start(layer, residual), logits, file); }

    /// Computes logits after the last token only; what looks at `ln_final` or the logits sees that row.
    public Input withLastLogitsOnly() { return new Input(ids, positions, types, mask, rope, start, Logits.LAST, file); }

    /// The same, in an array that the session lends until its next pass.
    Input withLastLogitsLent() { return new Input(ids, positions, types, mask, rope, start, Logits.LAST_LENT, file); }

    /// Gives final hidden states in place of logits, of every token or of the last.
    Input withHidden(Logits which) { return new Input(ids, positions, types, mask, rope, start, which, file); }

    /// Keeps the trace in this safetensors file, memory-mapped, instead of memory.
    public Input withTraceIn(Path file) { return new Input(ids, positions, types, mask, rope, start, logits, file); }

    public int length() { return ids.length; }

    int[] ids() { return ids; }

    Optional<int[]> positions() { return Optional.ofNullable(positions); }

    Optional<int[]> types() { return Optional.ofNullable(types); }

    Optional<Mask> mask() { return Optional.ofNullable(mask); }

    boolean rope() { return rope; }

    Optional<Start> start() { return Optional.ofNullable(start); }

    /// Whether nothing but the tokens and their positions is its own.
    boolean usual() { return mask == null && rope && start == null && !hidden(); }

    boolean hidden() { return logits == Logits.HIDDEN || logits == Logits.LAST_HIDDEN; }

    /// Whether what it gives need not last longer than until the session's next pass.
    boolean lent() { return logits == Logits.LAST_LENT; }

    /// How many of its last tokens give logits or hidden states.
    int outputs() {
        return switch (logits) {
            case ALL, HIDDEN -> ids.length;
            case LAST, LAST_LENT, LAST_HIDDEN -> 1;
            case NONE -> 0;
        };
    }

    Optional<Path> file() { return Optional.ofNullable(file); }

    /// Tokens `[from, to)` of a run that is cut into pieces.
    Input piece(int from, int to) {
        boolean all = logits == Logits.ALL || logits == Logits.HIDDEN;
        Logits part = all || to == ids.length ? logits : Logits.NONE;
        Start cut = start == null ? null : new Start(start.layer, start.residual.slice(Range.of(from, to), Range.ALL));
        return new Input(Arrays.copyOfRange(ids, from, to), cut(positions, from, to), cut(types, from, to), mask, rope, cut, part, file);
    }

    private static int[] cut(int[] each, int from, int to) { return each == null ? null : Arrays.copyOfRange(each, from, to); }

    /// One generated token, read as the prompt was.
    Input next(int id) { return new Input(new int[] {id}, null, null, mask, rope, null, Logits.LAST_LENT, file); }
}
