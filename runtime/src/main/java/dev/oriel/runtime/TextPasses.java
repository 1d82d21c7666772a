package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Reads texts, each as a whole: several of about the same length in one pass, each with the bits it would have alone.
record TextPasses(Model model) {
    /// Rows of a pass, unless one text has more.
    private static final int ROWS = Turns.CHUNK;

    /// Makes something of a run, whose numbers need not be kept.
    interface Use<T> {
        T of(int number, Run run);
    }

    /// @param inputs with the hidden states or logits they want
    /// @param probes that look at each of them
    /// @return per input, in their order, what `then` made
    <T> List<T> read(List<Input> inputs, List<Probe> probes, Use<T> then) {
        List<Integer> longestFirst = IntStream.range(0, inputs.size()).boxed().sorted(Comparator.comparingInt(i -> -inputs.get(i).length())).toList();
        List<T> results = new ArrayList<>(inputs.stream().map(_ -> (T) null).toList());
        List<Integer> batch = new ArrayList<>();
        int rows = 0;
        for (int i : longestFirst) {
            int more = inputs.get(i).length();
            if (!batch.isEmpty() && rows + more > ROWS) {
                read(inputs, batch, probes, then, results);
                batch.clear();
                rows = 0;
            }
            batch.add(i);
            rows += more;
        }
        if (!batch.isEmpty()) read(inputs, batch, probes, then, results);
        return results;
    }

    private <T> void read(List<Input> inputs, List<Integer> batch, List<Probe> probes, Use<T> then, List<T> results) {
        List<Session> sessions = new ArrayList<>();
        List<Trace> traces = Stream.generate(Trace::inMemory).limit(batch.size()).toList();
        try {
            List<Model.Feed> feeds = new ArrayList<>();
            for (int i : batch) {
                sessions.add(model.session());
                feeds.add(new Model.Feed(sessions.getLast(), inputs.get(i), probes));
            }
            List<Run> runs = model.run(feeds, traces, model::requireAble, () -> false);
            for (int i = 0; i < batch.size(); i++) {
                traces.get(i).finish(inputs.get(batch.get(i)).ids());
                results.set(batch.get(i), then.of(batch.get(i), runs.get(i)));
            }
        } finally {
            sessions.forEach(Session::close);
        }
    }

    /// Fails for what can be known before anything is read.
    static void require(Framing.Framed framed, int number, List<Probe> probes) {
        if (framed.ids().length == 0) throw new ModelException("text " + number + ": expected at least one token, found none: it is empty, and this model's tokenizer adds nothing to a text");
        for (Probe probe : probes)
            if (probe.where().site() == Site.LOGITS) throw new ModelException(Site.LOGITS.name(0) + ": a text that is embedded or classified is given no logits of tokens");
    }
}
