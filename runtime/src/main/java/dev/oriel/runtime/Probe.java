package dev.oriel.runtime;

import java.util.function.Consumer;

/// Something a pass does at a site besides computing: keep what is there, look at it, or change it. Probes at one site run in the order given, also
/// of several sequences in one pass. They are compiled into the pass: where there is none, there is no step for one.
public sealed interface Probe {
    Selection where();

    Phase phase();

    /// The same probe in this phase only.
    Probe during(Phase phase);

    /// Keeps the values for [Run#trace]. Of a site, a trace keeps one part.
    static Probe record(Selection where) { return new Record(where, Phase.EVERY); }

    /// Keeps a summary of the values instead of the values, taken while the pass runs.
    static Probe reduce(Selection where, Reduction reduction) { return new Reduce(where, Phase.EVERY, reduction); }

    /// Hands the values to `observer`, which may not change them. They are valid during the call.
    static Probe observe(Selection where, Consumer<Activation> observer) { return new Observe(where, Phase.EVERY, observer); }

    /// Hands the values to `edit`, which may change them in place; the pass goes on with what it left. They are valid during the call.
    static Probe edit(Selection where, Consumer<Activation> edit) { return new Edit(where, Phase.EVERY, (activation, _) -> edit.accept(activation)); }

    /// As [#edit(Selection, Consumer)], for an edit that reads what other probes saw.
    static Probe edit(Selection where, Change change) { return new Edit(where, Phase.EVERY, change); }

    /// Takes queries the sight of keys: the selected scores become -inf before softmax. A query without any visible key attends to nothing, its z is 0.
    static Probe hide(Selection scores) {
        if (scores.site() != Site.ATTN_SCORES) throw new IllegalArgumentException("hide: expected a selection of " + Site.ATTN_SCORES + ", found " + scores);
        return edit(scores, activation -> activation.fill(Float.NEGATIVE_INFINITY));
    }

    /// A change of live values that may look around.
    @FunctionalInterface
    interface Change {
        void apply(Activation activation, Seen seen);
    }

    record Record(Selection where, Phase phase) implements Probe {
        @Override
        public Probe during(Phase phase) { return new Record(where, phase); }
    }

    record Reduce(Selection where, Phase phase, Reduction reduction) implements Probe {
        @Override
        public Probe during(Phase phase) { return new Reduce(where, phase, reduction); }
    }

    record Observe(Selection where, Phase phase, Consumer<Activation> observer) implements Probe {
        @Override
        public Probe during(Phase phase) { return new Observe(where, phase, observer); }
    }

    record Edit(Selection where, Phase phase, Change change) implements Probe {
        @Override
        public Probe during(Phase phase) { return new Edit(where, phase, change); }
    }
}
