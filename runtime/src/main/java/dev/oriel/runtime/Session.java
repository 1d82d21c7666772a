package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
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
    private int far;
    /// How many tokens from the first one on were read as a plain [#feed] reads them.
    private int plain;
    /// Logits of its last pass, where they were asked for in this way.
    private float[] lent = {};
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile boolean closed;
    private volatile boolean cancelled;

    Session(Model model) { this(model, model.engine().caches(model.options())); }

    /// As it was saved.
    Session(Model model, Path file) {
        this(model);
        try {
            SessionFile.Sequence sequence = SessionFile.read(file, model, caches);
            position = sequence.ids().length;
            ids = Arrays.copyOf(sequence.ids(), Math.max(ids.length, position));
            positions = Arrays.copyOf(sequence.positions(), ids.length);
            plain = sequence.plain();
            far = sequence.far();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private Session(Model model, Cache[] caches) {
        this.model = model;
        this.caches = caches;
    }

    /// Another session that holds the same sequence and goes its own way from here on. Its keys and values are shared until one of the two goes on, so that many
    /// forks of a long prefix cost little.
    public Session fork() {
        return model.engine().exclusively(() -> {
            requireOpen();
            Session fork = new Session(model, Engine.fork(caches));
            fork.ids = ids.clone();
            fork.positions = positions.clone();
            fork.position = position;
            fork.plain = plain;
            fork.far = far;
            return fork;
        });
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
    ///
    /// @throws ModelException if layers with a window no longer hold what those tokens see: they go back at least 512 tokens, or to the beginning
    public void rewind(int position) {
        claim();
        try {
            model.engine().exclusively(() -> {
                requireOpen();
                if (position < 0 || position > this.position) throw new ModelException("rewind: expected 0.." + this.position + ", found " + position);
                if (position > 0 && position < earliest())
                    throw new ModelException("rewind: expected 0 or " + earliest() + ".." + this.position + ", because layers with a window have forgotten what is older, found " + position);
                back(position);
                return null;
            });
        } finally {
            free();
        }
    }

    /// Makes this the sequence: keeps the beginning that it shares with the one so far, forgets the rest, and feeds what is new. So a conversation may be given as a
    /// whole each time.
    ///
    /// @return the logits after the last one
    public float[] advanceTo(int... ids) { return feed(keepCommon(ids)); }

    /// Goes back to the longest beginning that this sequence shares with `ids`, as [#advanceTo] does, without feeding anything. What was read with edits, masks or
    /// other positions is not shared; where layers with a window have forgotten what the shared beginning sees, it starts anew.
    ///
    /// @return the rest of `ids`, to be fed or generated from; at least the last one, whose logits are needed
    public int[] keepCommon(int... ids) {
        int most = Math.min(plain, ids.length - 1);
        int kept = 0;
        while (kept < most && ids[kept] == this.ids[kept]) kept++;
        if (kept < earliest()) kept = 0;
        rewind(kept);
        return Arrays.copyOfRange(ids, kept, ids.length);
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

    /// As above, with guesses ahead. Greedy, it says the same; otherwise it is drawn from the same distribution. While it runs, the session may hold guesses beyond
    /// the last token handed out; in the end it holds what it would hold without.
    ///
    /// @throws ModelException if a draft model has another vocabulary
    public Generated generate(int[] prompt, Sampling sampling, int maxTokens, List<String> stops, Speculation speculation, Consumer<Token> listener) {
        return model.generate(List.of(new Model.Feed(this, prompt)), List::getFirst, sampling, maxTokens, stops, speculation, listener).getFirst();
    }

    /// Writes the sequence and what the model keeps of it to a file, from which [Model#session(Path)] goes on. The file appears when it is complete; the session may
    /// be used meanwhile.
    public void save(Path file) {
        claim();
        Cache[] copy;
        SessionFile.Sequence sequence;
        try {
            copy = model.engine().exclusively(() -> {
                requireOpen();
                return Engine.fork(caches);
            });
            sequence = new SessionFile.Sequence(ids(), Arrays.copyOf(positions, position), plain, far);
        } finally {
            free();
        }
        try {
            SessionFile.write(file, model, sequence, copy);
        } finally {
            model.engine().release(() -> Arrays.stream(copy).forEach(Cache::close));
        }
    }

    /// Ends a running generation after its current token, or the current chunk of its prompt; may be called from any thread or from the listener.
    public void cancel() { cancelled = true; }

    Model model() { return model; }

    void begin() {
        requireOpen();
        cancelled = false;
    }

    /// Whether a generation on this thread shall end.
    BooleanSupplier cancelled() {
        Thread thread = Thread.currentThread();
        return () -> cancelled || thread.isInterrupted();
    }

    Cache[] caches() {
        requireOpen();
        return caches;
    }

    /// Which rope its keys were last rotated by, see [Lengths].
    int far() { return far; }

    /// An array for so many logits, the same until it has to be another length.
    float[] lend(int length) {
        if (lent.length != length) lent = new float[length];
        return lent;
    }

    /// The sequence so far, in front of what is not in use; not to be changed.
    int[] sequence() { return ids; }

    /// The sequence so far, with its positions.
    Input history() { return Input.of(ids()).withPositions(Arrays.copyOf(positions, position)); }

    /// The position the next token has where none is given: one more than the last one's.
    int nextPosition() { return position == 0 ? 0 : positions[position - 1] + 1; }

    /// Takes in what a pass has stored; a pass that began in a higher layer leaves no trace.
    void advance(Input input, int far, int[] at) {
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
        if (plain == position && input.usual()) while (plain < position + more.length && positions[plain] == plain) plain++;
        position += more.length;
        this.far = far;
    }

    /// The least position, beside 0, that [#rewind] can go back to.
    public int earliest() {
        int earliest = 0;
        for (Cache cache : caches) earliest = Math.max(earliest, cache.earliest());
        return earliest;
    }

    /// Whether every query of an input still finds what it sees, where layers with a window have forgotten something.
    ///
    /// @param least the least position of its tokens
    void requireKept(Input input, int least) {
        if (earliest() == 0) return;
        if (input.mask().isPresent()) throw new ModelException("a mask needs all keys, and layers with a window have forgotten those of the first tokens; give it from the beginning");
        int first = Arrays.stream(caches).mapToInt(Cache::firstQuery).max().orElse(0);
        if (least < first) throw new ModelException("positions: expected " + first + " or more, because layers with a window have forgotten what is older, found " + least);
    }

    /// Drops what an unfinished pass stored.
    void restore() { for (Cache cache : caches) cache.rewind(position); }

    /// [#rewind], for who has the turn.
    void back(int position) {
        this.position = position;
        plain = Math.min(plain, position);
        restore();
    }

    /// What was read from this position on, probes have changed.
    void edited(int from) { plain = Math.min(plain, from); }

    boolean open() { return !closed; }

    void requireOpen() {
        if (closed) throw new ModelException("the session is closed");
    }

    /// Takes the session for one call; another thread's meanwhile is an error.
    void claim() {
        if (!busy.compareAndSet(false, true)) throw new ModelException("the session is in use by another call: one at a time (fork it, or take another)");
    }

    void free() { busy.set(false); }

    /// May be called from any thread; what is being fed ends with an error.
    @Override
    public void close() {
        model.engine().release(() -> {
            if (closed) return;
            closed = true;
            for (Cache cache : caches) cache.close();
        });
    }
}
