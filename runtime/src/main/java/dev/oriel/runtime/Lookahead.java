package dev.oriel.runtime;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Chooses the tokens of a generation some at a time: guesses ahead, runs all guesses in one pass, and keeps those that the model would have chosen itself
/// (speculative decoding, arXiv:2211.17192). Meanwhile the session may hold more tokens than have been handed out.
final class Lookahead implements AutoCloseable {
    private static final int FIRST_TRIES = 4;

    private final Model model;
    private final Session session;
    private final Sampler sampler;
    private final Guesser guesser;
    private final BooleanSupplier cancelled;
    /// Chosen, but not handed out yet.
    private final Deque<Integer> chosen = new ArrayDeque<>();
    /// Tokens the session would hold without guesses.
    private int position;
    /// How many guesses are worth a try; follows how many were right of late.
    private int tries;
    private int guessed;
    private int right;

    /// Of a session that holds its prompt.
    Lookahead(Model model, Session session, Sampler sampler, Guesser guesser, BooleanSupplier cancelled) {
        this.model = model;
        this.session = session;
        this.sampler = sampler;
        this.guesser = guesser;
        this.cancelled = cancelled;
        tries = Math.min(FIRST_TRIES, guesser.most());
        position = session.position();
    }

    int position() { return position; }

    int guessed() { return guessed; }

    int right() { return right; }

    /// The token after `id`.
    ///
    /// @param left how many tokens are wanted at most
    /// @return -1 if cancelled
    int next(int id, int left) {
        if (cancelled.getAsBoolean()) return -1;
        if (chosen.isEmpty() && !choose(id, Math.min(left - 1, model.context() - position - 1))) return -1;
        position++;
        return chosen.removeFirst();
    }

    /// Runs `id` and guesses of what follows it.
    ///
    /// @return false if cancelled
    private boolean choose(int id, int room) {
        int[] sequence = Arrays.copyOf(session.ids(), position + 1);
        sequence[position] = id;
        int count = Math.min(tries, Math.min(room, sameRope()));
        List<Guesser.Guess> guesses = count < 1 ? List.of() : guesser.after(sequence, count);
        int[] ids = new int[1 + guesses.size()];
        ids[0] = id;
        for (int i = 0; i < guesses.size(); i++) ids[1 + i] = guesses.get(i).id();
        List<Run> runs = model.run(List.of(new Model.Feed(session, ids)), List.of(Trace.inMemory()), model::requireIds, cancelled);
        if (runs == null) return false;
        check(runs.getFirst(), guesses);
        return true;
    }

    /// How many tokens may follow the next one before the sequence is long enough for another rope.
    private int sameRope() {
        Hyper.Far far = model.hyper().far().orElse(null);
        int after = far == null ? 0 : far.after();
        if (far != null && far.grows() && position + 1 >= after) return 0;
        return position + 1 > after ? Integer.MAX_VALUE : after - position - 1;
    }

    private void check(Run run, List<Guesser.Guess> guesses) {
        int[] all = session.ids();
        int accepted = 0;
        while (true) {
            double[] probabilities = sampler.probabilities(run.logits(accepted), all, position + 1 + accepted);
            if (accepted == guesses.size()) {
                chosen.addLast(sampler.draw(probabilities));
                break;
            }
            Guesser.Guess guess = guesses.get(accepted);
            int id = sampler.check(probabilities, guess);
            chosen.addLast(id);
            if (id != guess.id()) break;
            accepted++;
        }
        guessed += guesses.size();
        right += accepted;
        if (!guesses.isEmpty()) tries = accepted == guesses.size() ? Math.min(guesser.most(), tries + 2) : Math.max(1, accepted + 1);
        session.rewind(position + 1 + accepted);
    }

    /// Forgets what was run ahead of what was handed out.
    @Override
    public void close() {
        if (session.open() && session.position() > position) session.rewind(position);
    }
}
