package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// One sequence and its KV cache. Many may live at once; one thread at a time uses each.
public final class Session implements AutoCloseable {
    private final Model model;
    private final Cache[] caches;
    private int[] ids = new int[64];
    /// As rope and windows count them; other than 0, 1, 2... where a run gave its own.
    private int[] positions = new int[64];
    private int position;
    /// Whether its keys were rotated by the rope of long sequences.
    private boolean far;
    private boolean closed;
    private volatile boolean cancelled;

    Session(Model model) { this(model, model.engine().caches(model.options())); }

    private Session(Model model, Cache[] caches) {
        this.model = model;
        this.caches = caches;
    }

    /// Another session that holds the same sequence and goes its own way from here on. Its keys and values are shared until one of the two goes on, so that many
    /// forks of a long prefix cost little.
    public Session fork() {
        requireOpen();
        Session fork = new Session(model, model.engine().fork(caches));
        fork.ids = ids.clone();
        fork.positions = positions.clone();
        fork.position = position;
        fork.far = far;
        return fork;
    }

    /// Tokens in the sequence so far.
    public int position() { return position; }

    /// The sequence so far.
    public int[] ids() { return Arrays.copyOf(ids, position); }

    /// Appends tokens.
    ///
    /// @return the logits after the last one: `vocabulary` floats
    /// @throws ModelException if the context has no room for them
    public float[] feed(int... ids) { return model.feed(List.of(new Model.Feed(this, ids)))[0]; }

    /// Appends tokens in one pass and returns the logits after each, with what probes recorded. If a probe fails, the session is where it was.
    public Run run(int[] ids, Probe... probes) { return run(Input.of(ids), probes); }

    public Run run(Input input, Probe... probes) { return model.run(List.of(new Model.Feed(this, input, List.of(probes)))).getFirst(); }

    /// Forgets all tokens but the first `position`.
    public void rewind(int position) {
        requireOpen();
        if (position < 0 || position > this.position) throw new ModelException("rewind: expected 0.." + this.position + ", found " + position);
        model.engine().rewind(caches, position);
        this.position = position;
    }

    /// Appends `prompt`, then generates up to `maxTokens` tokens, each handed to `listener` as it comes.
    public Generated generate(int[] prompt, Sampling sampling, int maxTokens, Consumer<Token> listener) {
        return generate(prompt, sampling, maxTokens, List.of(), listener);
    }

    /// As above; also ends where one of `stops` appears in the text. Text that may be the start of a stop string is held back until it is certain.
    public Generated generate(int[] prompt, Sampling sampling, int maxTokens, List<String> stops, Consumer<Token> listener) {
        return generate(Input.of(prompt), sampling, maxTokens, stops, List.of(), listener);
    }

    /// As above, with probes in the prompt and in every step. What they record grows with the sequence; the last token is not taken in, so it has no row.
    ///
    /// @throws ModelException if a probe could never act
    public Generated generate(Input prompt, Sampling sampling, int maxTokens, List<String> stops, List<Probe> probes, Consumer<Token> listener) {
        return model.generate(List.of(new Model.Feed(this, prompt, probes)), List::getFirst, sampling, maxTokens, stops, listener).getFirst();
    }

    /// Ends a running generation after its current token; may be called from any thread or from the listener.
    public void cancel() { cancelled = true; }

    Model model() { return model; }

    void begin() {
        requireOpen();
        cancelled = false;
    }

    boolean cancelled() { return cancelled || Thread.currentThread().isInterrupted(); }

    Cache[] caches() {
        requireOpen();
        return caches;
    }

    boolean far() { return far; }

    /// The sequence so far, with its positions.
    Input history() { return Input.of(ids()).withPositions(Arrays.copyOf(positions, position)); }

    /// The position the next token has where none is given: one more than the last one's.
    int nextPosition() { return position == 0 ? 0 : positions[position - 1] + 1; }

    /// Takes in what a pass has stored; a pass that began in a higher layer leaves no trace.
    void advance(Input input, boolean far, int[] at) {
        if (input.start().isPresent()) {
            restore();
            return;
        }
        int[] more = input.ids();
        if (position + more.length > ids.length) {
            int length = Math.max(position + more.length, 2 * ids.length);
            ids = Arrays.copyOf(ids, length);
            positions = Arrays.copyOf(positions, length);
        }
        System.arraycopy(more, 0, ids, position, more.length);
        System.arraycopy(at, 0, positions, position, more.length);
        position += more.length;
        this.far = far;
    }

    /// Drops what an unfinished pass stored.
    void restore() { for (Cache cache : caches) cache.rewind(position); }

    void requireOpen() {
        if (closed) throw new ModelException("the session is closed");
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        model.engine().release(caches);
    }
}
