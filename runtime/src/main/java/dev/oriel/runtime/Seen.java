package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.List;

/// What an edit may look at: everything that recording probes kept before it in the same pass, of its own sequence and of others that run beside it.
public final class Seen {
    private final Pass pass;
    private final int mine;

    Seen(Pass pass, int mine) {
        this.pass = pass;
        this.mine = mine;
    }

    /// What this pass recorded at one site of one layer.
    ///
    /// @throws ModelException if it is not recorded, or comes later in the pass
    public Activation get(Selection where) { return recorded(mine, where); }

    /// What this pass recorded of another session that runs in the same batch. At one site, sessions are served in the order they were given.
    public Activation get(Session session, Selection where) {
        List<Pass.Segment> segments = pass.segments();
        for (int i = 0; i < segments.size(); i++) if (segments.get(i).session() == session) return recorded(i, where);
        throw new ModelException("the session is not in this pass");
    }

    /// Everything recorded so far of this sequence, earlier passes included.
    public Trace trace() { return pass.segments().get(mine).trace(); }

    /// Position in the sequence of the pass's first row.
    public int firstPosition() { return pass.segments().get(mine).first(); }

    private Activation recorded(int segment, Selection where) {
        String name = Trace.name(where);
        return pass.segments().get(segment).trace().latest(name, pass)
                .orElseThrow(() -> new ModelException(name + " is not recorded yet in this pass; record it, and edit at a later site"));
    }
}
