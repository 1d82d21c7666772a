package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Cache;
import dev.oriel.runtime.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// One sequence and its KV cache. Many may live at once; one thread at a time uses each.
public final class Session implements AutoCloseable {
    private final Model model;
    private final Cache[] caches;
    private int[] ids = new int[64];
    private int position;
    private boolean closed;
    private volatile boolean cancelled;

    Session(Model model) {
        this.model = model;
        caches = model.engine().caches(model.options());
    }

    /// Tokens in the sequence so far; the position of the next one.
    public int position() { return position; }

    /// The sequence so far.
    public int[] ids() { return Arrays.copyOf(ids, position); }

    /// Appends tokens.
    ///
    /// @return the logits after the last one: `vocabulary` floats
    /// @throws ModelException if the context has no room for them
    public float[] feed(int... ids) { return model.feed(List.of(new Model.Feed(this, ids)))[0]; }

    /// Appends tokens in one pass and returns the logits after each, with what probes recorded.
    public Run run(int[] ids, Probe... probes) {
        requireOpen();
        model.requireIds(this, ids);
        return model.engine().run(this, ids, List.of(probes));
    }

    /// Forgets everything from `position` on.
    public void rewind(int position) {
        requireOpen();
        if (position < 0 || position > this.position) throw new ModelException("rewind: expected 0.." + this.position + ", found " + position);
        model.engine().rewind(this, position);
        this.position = position;
    }

    /// Appends `prompt`, then generates up to `maxTokens` tokens, each handed to `listener` as it comes.
    public Generated generate(int[] prompt, Sampling sampling, int maxTokens, Consumer<Token> listener) {
        return generate(prompt, sampling, maxTokens, List.of(), listener);
    }

    /// As above; also ends where one of `stops` appears in the text. Text that may be the start of a stop string is held back until it is certain.
    public Generated generate(int[] prompt, Sampling sampling, int maxTokens, List<String> stops, Consumer<Token> listener) {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("a stop string is empty");
        cancelled = false;
        Sampler sampler = new Sampler(sampling);
        Tokenizer tokenizer = model.tokenizer();
        TextStream text = new TextStream(tokenizer, prompt, stops);
        int[] generated = new int[Math.max(0, maxTokens)];
        int count = 0;
        Generated.Reason reason = Generated.Reason.LENGTH;
        float[] logits = maxTokens > 0 ? feed(prompt) : null;
        while (count < maxTokens) {
            if (cancelled || Thread.currentThread().isInterrupted()) {
                reason = Generated.Reason.CANCELLED;
                break;
            }
            int id = sampler.next(logits, ids, position);
            if (tokenizer.endsGeneration(id)) {
                reason = Generated.Reason.END;
                break;
            }
            generated[count++] = id;
            listener.accept(new Token(id, text.add(id), position));
            if (text.stopped()) {
                reason = Generated.Reason.STOP;
                break;
            }
            if (count == maxTokens) break;
            if (position >= model.context()) {
                reason = Generated.Reason.CONTEXT;
                break;
            }
            logits = feed(id);
        }
        String rest = text.finish();
        if (!rest.isEmpty()) listener.accept(new Token(generated[count - 1], rest, position));
        return new Generated(Arrays.copyOf(generated, count), text.all(), reason);
    }

    /// Ends a running generation after its current token; may be called from any thread or from the listener.
    public void cancel() { cancelled = true; }

    Cache[] caches() {
        requireOpen();
        return caches;
    }

    void advance(int[] more) {
        if (position + more.length > ids.length) ids = Arrays.copyOf(ids, Math.max(position + more.length, 2 * ids.length));
        System.arraycopy(more, 0, ids, position, more.length);
        position += more.length;
    }

    private void requireOpen() {
        if (closed) throw new ModelException("the session is closed");
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        model.engine().release(caches);
    }
}
