package dev.oriel.runtime;

import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Span;
import java.util.List;

/// What happens to the one vector of a text behind the pass, with the probes that look there.
///
/// @param head what it goes through; without stages, nothing
record TextStage(Engine engine, Hyper hyper, Ops ops, TextHead head) {

    /// The probes that look at the one vector.
    static List<Probe> own(List<Probe> probes) { return probes.stream().filter(probe -> probe.where().site().ofTexts()).toList(); }

    /// Those for the pass before.
    static List<Probe> others(List<Probe> probes) { return probes.stream().filter(probe -> !probe.where().site().ofTexts()).toList(); }

    /// Fails for probes at a site that is not there.
    Watches require(List<Probe> probes) {
        Watches watches = new Watches(new Extents(hyper), List.of(own(probes)));
        watches.at(Site.POOLED, 0);
        if (head.inner() != null) watches.at(head.inner(), 0);
        watches.requireAllPlaced();
        return watches;
    }

    /// @param pooled `d_model` numbers
    /// @param input  what they were made of
    float[] run(float[] pooled, Input input, Trace trace, List<Probe> probes) {
        Watches watches = require(probes);
        if (head.stages().isEmpty() && own(probes).isEmpty()) return pooled;
        return engine.exclusively(() -> {
            Span one = new Span(0, 1);
            Pass pass = new Pass(ops, null, null, List.of(new Pass.Segment(null, one, one, 0, input, trace)), null, null);
            Rows x = ops.rows(1, hyper.width());
            try {
                ops.write(pooled, x, 1);
                look(watches.at(Site.POOLED, 0), pass, x);
                for (TextHead.Stage stage : head.stages()) {
                    Rows next = stage.run(ops, x);
                    x.close();
                    x = next;
                    if (stage == head.stages().getFirst() && head.inner() != null) look(watches.at(head.inner(), 0), pass, x);
                }
                float[] out = new float[x.width()];
                ops.read(x, 1, out);
                return out;
            } finally {
                x.close();
            }
        });
    }

    private static void look(Watch watch, Pass pass, Rows x) {
        if (watch != null) watch.look(pass, x);
    }
}
