package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/// Tokens that one caller feeds, to one session or to several side by side, in one pass or in more. [Turns] holds its lock whenever it calls.
final class Feeding extends Turns.Caller {
    /// What needs no more rows than this is never cut.
    private static final int SHORT = 16;

    /// A part of a pass: the next tokens of one feed.
    record Share(Feeding feeding, int index, Model.Feed feed) {
        void take(float[] logits) {
            feeding.logits.get(index).add(logits);
            feeding.fed[index] += feed.input().length();
        }
    }

    /// Whether its sequences have the rope of long ones.
    final int far;
    /// Whether it must run without company, since a pass has failed.
    boolean single;
    private final List<Model.Feed> feeds;
    private final BooleanSupplier cancelled;
    private final int[] starts;
    private final int[] fed;
    /// Per feed, what its passes gave.
    private final List<List<float[]>> logits = new ArrayList<>();
    private boolean stopped;
    private Throwable failure;

    Feeding(Condition wake, List<Model.Feed> feeds, int far, BooleanSupplier cancelled) {
        super(wake);
        this.feeds = feeds;
        this.far = far;
        this.cancelled = cancelled;
        starts = new int[feeds.size()];
        fed = new int[feeds.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = feeds.get(i).session().position();
            logits.add(new ArrayList<>());
        }
    }

    /// Whether something else than its last pass ends it.
    boolean ends() {
        stopped = cancelled.getAsBoolean();
        for (Model.Feed feed : feeds) if (!feed.session().open()) fail(new ModelException("the session is closed"));
        return stopped || failure != null;
    }

    /// Adds the feeds that fit into `room` rows and need few.
    ///
    /// @return rows added
    int shareShort(int room, List<Share> shares) {
        int rows = 0;
        for (int i = 0; i < fed.length; i++) if (left(i) <= SHORT && left(i) <= room - rows) rows += share(i, left(i), shares);
        return rows;
    }

    /// Adds as much of the other feeds as fits into `room` rows; what must not be cut, as a whole.
    ///
    /// @return rows added
    int shareLong(boolean cut, int room, List<Share> shares) {
        int rows = 0;
        for (int i = 0; i < fed.length && rows < room; i++) if (left(i) > SHORT) rows += share(i, cut ? Math.min(left(i), room - rows) : left(i), shares);
        return rows;
    }

    private int share(int i, int count, List<Share> shares) {
        if (count > 0) shares.add(new Share(this, i, new Model.Feed(feeds.get(i).session(), feeds.get(i).input().piece(fed[i], fed[i] + count), List.of())));
        return count;
    }

    private int left(int i) { return feeds.get(i).input().length() - fed[i]; }

    boolean complete() {
        for (int i = 0; i < fed.length; i++) if (left(i) > 0) return false;
        return true;
    }

    /// Ends it with an error. What earlier passes have fed is taken back, unless layers with a window have forgotten what came before it.
    void fail(Throwable failure) {
        this.failure = failure;
        for (int i = 0; i < starts.length; i++) {
            Session session = feeds.get(i).session();
            if (fed[i] > 0 && session.open() && (starts[i] == 0 || starts[i] >= session.earliest())) session.back(starts[i]);
        }
    }

    /// Per feed, the logits it asks for; null if it was cancelled.
    List<float[]> result() {
        switch (failure) {
            case null -> { }
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
        if (stopped) return null;
        List<float[]> whole = new ArrayList<>();
        for (List<float[]> parts : logits) whole.add(joined(parts));
        return whole;
    }

    private static float[] joined(List<float[]> parts) {
        if (parts.size() == 1) return parts.getFirst();
        float[] all = new float[parts.stream().mapToInt(part -> part.length).reduce(0, Math::addExact)];
        int length = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, length, part.length);
            length += part.length;
        }
        return all;
    }
}
