package dev.oriel.runtime;

import java.util.function.Consumer;

/// Something a pass does at a site besides computing: keep what is there, or change it. Probes at one site run in the order given.
/// They are compiled into the pass: where there is none, there is no step for one.
public sealed interface Probe {
    Selection where();

    /// Keeps the values for [Run#trace].
    static Probe record(Selection where) { return new Record(where); }

    /// Hands the values to `edit`, which may change them in place; the pass goes on with what it left.
    static Probe edit(Selection where, Consumer<Activation> edit) { return new Edit(where, edit); }

    record Record(Selection where) implements Probe {}

    record Edit(Selection where, Consumer<Activation> edit) implements Probe {}
}
