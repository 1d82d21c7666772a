package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// One call of [Session#generate]: the prompt, then token after token.
final class Generation {
    private final Model model;
    private final Session session;
    private final Input prompt;
    private final int maxTokens;
    private final List<Probe> probes;
    private final Consumer<Token> listener;
    private final Sampler sampler;
    private final Tokenizer tokenizer;
    private final TextStream text;
    private final Trace trace;
    private final int[] generated;
    private int count;

    Generation(Model model, Session session, Input prompt, Sampling sampling, int maxTokens, List<String> stops, List<Probe> probes, Consumer<Token> listener) {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("a stop string is empty");
        this.model = model;
        this.session = session;
        this.prompt = prompt.withLastLogitsOnly();
        this.maxTokens = maxTokens;
        this.probes = probes;
        this.listener = listener;
        sampler = new Sampler(sampling);
        tokenizer = model.tokenizer();
        text = new TextStream(tokenizer, prompt.ids(), stops);
        generated = new int[Math.max(0, maxTokens)];
        trace = prompt.file().map(Trace::inFile).orElseGet(Trace::inMemory);
        if (prompt.start().isPresent()) throw new ModelException("generation needs the keys of all layers: it cannot start at a higher one");
        new Ability(model.hyper(), session.position(), prompt, generated.length).require(probes);
    }

    Generated run() {
        try {
            Generated.Reason reason = maxTokens > 0 ? loop() : Generated.Reason.LENGTH;
            String rest = text.finish();
            if (!rest.isEmpty()) listener.accept(new Token(generated[count - 1], rest, session.position()));
            trace.finish();
            return new Generated(Arrays.copyOf(generated, count), text.all(), reason, trace);
        } catch (RuntimeException | Error e) {
            trace.close();
            throw e;
        }
    }

    private Generated.Reason loop() {
        float[] logits = step(prompt, Phase.PROMPT_PASS);
        while (true) {
            if (session.cancelled()) return Generated.Reason.CANCELLED;
            int id = sampler.next(logits, session.ids(), session.position());
            if (tokenizer.endsGeneration(id)) return Generated.Reason.END;
            generated[count++] = id;
            listener.accept(new Token(id, text.add(id), session.position()));
            if (text.stopped()) return Generated.Reason.STOP;
            if (count == maxTokens) return Generated.Reason.LENGTH;
            if (session.position() >= model.context()) return Generated.Reason.CONTEXT;
            logits = step(prompt.next(id), count - 1);
        }
    }

    /// The logits after one more pass, with the probes of its phase.
    private float[] step(Input input, int pass) {
        List<Probe> active = probes.stream().filter(p -> p.phase().includes(pass)).toList();
        model.requireIds(session, input.ids());
        return model.engine().run(List.of(new Model.Feed(session, input, active)), List.of(trace)).getFirst().lastLogits();
    }
}
