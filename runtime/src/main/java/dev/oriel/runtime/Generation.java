package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// One call of [Session#generate], or of [Model#generate] for several sessions in lockstep: the prompts, then token after token.
final class Generation {
    private final Model model;
    private final List<Model.Feed> members;
    private final Model.Merge merge;
    private final int maxTokens;
    private final Consumer<Token> listener;
    private final Sampler sampler;
    private final Tokenizer tokenizer;
    private final TextStream text;
    private final List<Trace> traces;
    private final int[] generated;
    private int count;

    Generation(Model model, List<Model.Feed> members, Model.Merge merge, Sampling sampling, int maxTokens, List<String> stops, Consumer<Token> listener) {
        if (stops.stream().anyMatch(String::isEmpty)) throw new IllegalArgumentException("a stop string is empty");
        this.model = model;
        this.members = members;
        this.merge = merge;
        this.maxTokens = maxTokens;
        this.listener = listener;
        sampler = new Sampler(sampling);
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
        try {
            Generated.Reason reason = maxTokens > 0 ? loop() : Generated.Reason.LENGTH;
            String rest = text.finish();
            if (!rest.isEmpty()) listener.accept(new Token(generated[count - 1], rest, first().position()));
            for (int i = 0; i < traces.size(); i++) traces.get(i).finish(members.get(i).session().ids());
            return traces.stream().map(trace -> new Generated(Arrays.copyOf(generated, count), text.all(), reason, trace)).toList();
        } catch (RuntimeException | Error e) {
            traces.forEach(Trace::close);
            throw e;
        }
    }

    private Session first() { return members.getFirst().session(); }

    private Generated.Reason loop() {
        float[] logits = step(Phase.PROMPT_PASS, 0);
        while (true) {
            if (first().cancelled()) return Generated.Reason.CANCELLED;
            int id = sampler.next(logits, first().ids(), first().position());
            if (tokenizer.endsGeneration(id)) return Generated.Reason.END;
            generated[count++] = id;
            listener.accept(new Token(id, text.add(id), first().position()));
            if (text.stopped()) return Generated.Reason.STOP;
            if (count == maxTokens) return Generated.Reason.LENGTH;
            if (members.stream().anyMatch(member -> member.session().position() >= model.context())) return Generated.Reason.CONTEXT;
            logits = step(count - 1, id);
        }
    }

    /// The merged logits after one more pass, of the prompts or of generated token `id`, with the probes of its phase.
    private float[] step(int pass, int id) {
        List<Model.Feed> feeds = members.stream().map(member -> new Model.Feed(member.session(), pass < 0 ? prompt(member) : member.input().next(id),
                member.probes().stream().filter(probe -> probe.phase().includes(pass)).toList())).toList();
        for (Model.Feed feed : feeds) model.requireIds(feed.session(), feed.input().ids());
        List<float[]> logits = model.engine().run(feeds, traces).stream().map(Run::lastLogits).toList();
        return merge.of(logits);
    }

    /// Nobody needs the logits within the prompt, unless a probe looks at them.
    private static Input prompt(Model.Feed member) {
        boolean looking = member.probes().stream().map(probe -> probe.where().part()).anyMatch(part -> part.site().ofOutputs() && !part.positions().equals(Range.LAST));
        return looking ? member.input() : member.input().withLastLogitsOnly();
    }
}
