package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// One call of [Session#generate], or of [Model#generate] for several sessions in lockstep: the prompts, then token after token.
final class Generation {
    private final Model model;
    private final List<Model.Feed> members;
    private final Model.Merge merge;
    private final int maxTokens;
    private final Consumer<Token> listener;
    private final Sampling sampling;
    private final Speculation speculation;
    private final Sampler sampler;
    private final BooleanSupplier cancelled;
    private final Tokenizer tokenizer;
    private final TextStream text;
    private final List<Trace> traces;
    private final int[] generated;
    private int count;
    /// From the prompt's end on, where there is something to guess with.
    private Lookahead lookahead;

    Generation(Model model, List<Model.Feed> members, Model.Merge merge, Sampling sampling, int maxTokens, List<String> stops, Speculation speculation,
            Consumer<Token> listener) {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("a stop string is empty");
        this.model = model;
        this.members = members;
        this.merge = merge;
        this.maxTokens = maxTokens;
        this.listener = listener;
        this.sampling = sampling;
        this.speculation = speculation;
        sampler = new Sampler(sampling);
        cancelled = first().cancelled();
        tokenizer = model.tokenizer();
        text = new TextStream(tokenizer, members.getFirst().input().ids(), stops);
        generated = new int[Math.max(0, maxTokens)];
        for (Model.Feed member : members) {
            if (member.input().start().isPresent()) throw new ModelException("generation needs the keys of all layers: it cannot start at a higher one");
            new Ability(model.hyper(), member.session().position(), member.input(), generated.length).require(member.probes());
        }
        traces = members.stream().map(member -> member.input().file().map(Trace::inFile).orElseGet(Trace::inMemory)).toList();
    }

    /// What was generated, once per member: with its own trace.
    List<Generated> run() {
        try (Guesser guesser = guesser()) {
            Generated.Reason reason = maxTokens > 0 ? loop(guesser) : Generated.Reason.LENGTH;
            String rest = text.finish();
            if (!rest.isEmpty()) listener.accept(new Token(generated[count - 1], rest, position()));
            int guessed = lookahead == null ? 0 : lookahead.guessed();
            int right = lookahead == null ? 0 : lookahead.right();
            for (int i = 0; i < traces.size(); i++) traces.get(i).finish(members.get(i).session().ids());
            return traces.stream().map(trace -> new Generated(Arrays.copyOf(generated, count), text.all(), reason, trace, guessed, right)).toList();
        } catch (RuntimeException | Error e) {
            traces.forEach(Trace::close);
            throw e;
        }
    }

    private Session first() { return members.getFirst().session(); }

    private Guesser guesser() {
        return switch (speculation) {
            case Speculation.None _ -> null;
            case Speculation.Lookup lookup -> new Guesser.Repeating(lookup);
            case Speculation.Draft draft -> new Guesser.Drafting(draft, model, sampling);
        };
    }

    private int position() { return lookahead == null ? first().position() : lookahead.position(); }

    private boolean full() {
        return lookahead != null ? position() >= model.context() : members.stream().anyMatch(member -> member.session().position() >= model.context());
    }

    private Generated.Reason loop(Guesser guesser) {
        int id = choice(step(Phase.PROMPT_PASS, 0));
        try {
            if (guesser != null) lookahead = new Lookahead(model, first(), sampler, guesser, cancelled);
            while (id >= 0) {
                if (tokenizer.endsGeneration(id)) return Generated.Reason.END;
                generated[count++] = id;
                listener.accept(new Token(id, text.add(id), position()));
                if (text.stopped()) return Generated.Reason.STOP;
                if (count == maxTokens) return Generated.Reason.LENGTH;
                if (full()) return Generated.Reason.CONTEXT;
                id = lookahead == null ? choice(step(count - 1, id)) : lookahead.next(id, maxTokens - count);
            }
            return Generated.Reason.CANCELLED;
        } finally {
            if (lookahead != null) lookahead.close();
        }
    }

    /// -1 if cancelled.
    private int choice(float[] logits) { return logits == null || cancelled.getAsBoolean() ? -1 : sampler.next(logits, first().sequence(), first().position()); }

    /// The merged logits after one more pass, of the prompts or of generated token `id`, with the probes of its phase; null if cancelled.
    private float[] step(int pass, int id) {
        List<Model.Feed> feeds = new ArrayList<>();
        for (Model.Feed member : members) {
            List<Probe> probes = new ArrayList<>(member.probes());
            probes.removeIf(probe -> !probe.phase().includes(pass));
            feeds.add(new Model.Feed(member.session(), pass < 0 ? prompt(member) : member.input().next(id), probes));
        }
        List<Run> runs = model.run(feeds, traces, model::requireIds, cancelled);
        if (runs == null) return null;
        List<float[]> logits = new ArrayList<>();
        for (Run run : runs) logits.add(run.onlyLogits());
        return merge.of(logits);
    }

    /// Nobody needs the logits within the prompt, unless a probe looks at them.
    private static Input prompt(Model.Feed member) {
        boolean looking = member.probes().stream().map(probe -> probe.where().part()).anyMatch(part -> part.site().ofOutputs() && !part.positions().equals(Range.LAST));
        return looking ? member.input() : member.input().withLastLogitsLent();
    }
}
