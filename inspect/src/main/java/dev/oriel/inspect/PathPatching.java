package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Hyper;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// Path patching: how much of an answer travels from a sender to its receivers without passing other heads.
///
/// The clean prompt is run with the sender saying what it says in another prompt, and every other head frozen at what it says in the clean one. MLPs between are
/// recomputed, or frozen too. The result reaches the logits, or only the receivers: then what these read is recorded, and put into an otherwise clean run.
///
/// The sender speaks at the last position unless [#at] says otherwise. Of keys and values, receivers are key-value heads.
///
/// Papers: Wang et al. 2023, "Interpretability in the Wild: a Circuit for Indirect Object Identification in GPT-2 small"; Goldowsky-Dill et al. 2023,
/// "Localizing Model Behavior with Path Patching".
public final class PathPatching {
    private final Model model;
    private final int[] clean;
    private final int[] other;
    private final Range positions;
    private final boolean mlpsFrozen;
    private final List<Selection> receivers;
    private final Progress progress;

    private PathPatching(Model model, int[] clean, int[] other, Range positions, boolean mlpsFrozen, List<Selection> receivers, Progress progress) {
        this.model = model;
        this.clean = clean;
        this.other = other;
        this.positions = positions;
        this.mlpsFrozen = mlpsFrozen;
        this.receivers = receivers;
        this.progress = progress;
    }

    /// @param clean tokens of the run that is changed
    /// @param other tokens of the run in which the sender says something else
    /// @throws ModelException if they are not equally many
    public static PathPatching of(Model model, int[] clean, int[] other) {
        if (clean.length != other.length)
            throw new ModelException("path patching: expected two prompts of the same length, found " + clean.length + " and " + other.length + " tokens");
        return new PathPatching(model, clean.clone(), other.clone(), Range.LAST, false, List.of(), Progress.NONE);
    }

    /// The sender speaks at these positions.
    public PathPatching at(Range positions) { return new PathPatching(model, clean, other, positions, mlpsFrozen, receivers, progress); }

    /// MLPs stay as they are in the clean run, so that only the direct path is left.
    public PathPatching withMlpsFrozen() { return new PathPatching(model, clean, other, positions, true, receivers, progress); }

    /// What is said reaches these alone: `Site.Q.at(9).heads(6)`, a `K`, `V` or `Q_INPUT`, or `Site.RESID_PRE.at(9)`; each of one layer.
    public PathPatching to(Selection... receivers) {
        for (Selection receiver : receivers)
            if (receiver.part().layers().length != 1) throw new IllegalArgumentException("receiver: expected one layer, as in " + receiver.site() + ".at(9), found " + receiver);
        return new PathPatching(model, clean, other, positions, mlpsFrozen, List.of(receivers), progress);
    }

    public PathPatching withProgress(Progress progress) { return new PathPatching(model, clean, other, positions, mlpsFrozen, receivers, progress); }

    /// The metric with each head as the sender in turn.
    public HeadEffects heads(Metric metric) {
        Hyper hyper = model.hyper();
        List<Sender> senders = new ArrayList<>();
        int layers = hyper.layers().size();
        int heads = hyper.attention().heads();
        for (int layer = 0; layer < layers; layer++) for (int head = 0; head < heads; head++) senders.add(Sender.head(layer, head));
        Effects effects = run(senders, metric);
        return new HeadEffects(effects.unchanged, HeadAblation.grid("metric with the path from each head", layers, heads, effects.changed));
    }

    /// The metric with each layer's MLP as the sender in turn.
    public float[] mlps(Metric metric) {
        return run(IntStream.range(0, model.hyper().layers().size()).mapToObj(Sender::mlp).toList(), metric).changed;
    }

    /// The metric with some heads as senders at once.
    public double from(List<HeadGrid.Head> heads, Metric metric) {
        if (heads.isEmpty()) throw new IllegalArgumentException("no sender given");
        List<Selection> parts = heads.stream().<Selection>map(head -> Site.Z.at(head.layer()).heads(head.head())).toList();
        return run(List.of(new Sender(heads.stream().mapToInt(HeadGrid.Head::layer).min().orElseThrow(), parts)), metric).changed[0];
    }

    /// @param layer the first layer in which it speaks
    private record Sender(int layer, List<Selection> parts) {
        static Sender head(int layer, int head) { return new Sender(layer, List.of(Site.Z.at(layer).heads(head))); }

        static Sender mlp(int layer) { return new Sender(layer, List.of(Site.MLP_OUT.at(layer))); }
    }

    private record Effects(double unchanged, float[] changed) {}

    private Effects run(List<Sender> senders, Metric metric) {
        boolean lastOnly = metric.lastOnly();
        int row = lastOnly ? HeadAblation.first(positions, clean.length) : 0;
        Range rows = Range.from(row);
        Probe[] record = {Probe.record(Site.Z.positions(rows)), Probe.record(Site.MLP_OUT.positions(rows))};
        Trace said = model.run(other, record).trace();
        try (Variants variants = new Variants(model, clean, lastOnly, IntStream.range(0, model.hyper().layers().size()).toArray(), row, List.of(record))) {
            Trace kept = variants.unchanged().trace();
            List<Variants.Variant> first = senders.stream().map(sender -> new Variants.Variant(sender.layer, row, frozen(sender, kept, said, rows))).toList();
            double unchanged = metric.of(variants.unchanged());
            if (receivers.isEmpty()) return new Effects(unchanged, variants.measure(first, metric, progress));
            List<Variants.Variant> second = new ArrayList<>(Collections.nCopies(first.size(), null));
            variants.run(first, (index, run) -> second.set(index, received(senders.get(index), run, row)), Progress.NONE);
            return new Effects(unchanged, variants.measure(second, metric, progress));
        }
    }

    /// The edits of the run in which a sender speaks: all heads as in the clean run, then the sender as in the other one.
    private List<Probe> frozen(Sender sender, Trace unchanged, Trace said, Range rows) {
        List<Probe> probes = new ArrayList<>();
        for (int layer = sender.layer; layer < model.hyper().layers().size(); layer++) {
            probes.add(Patch.from(unchanged, Site.Z.at(layer).positions(rows)));
            if (mlpsFrozen) probes.add(Patch.from(unchanged, Site.MLP_OUT.at(layer).positions(rows)));
        }
        for (Selection part : sender.parts) probes.add(Patch.from(said, part.positions(positions)));
        receivers.stream().filter(receiver -> layer(receiver) >= sender.layer).map(receiver -> receiver.site().name(layer(receiver))).distinct()
                .forEach(name -> probes.add(Probe.record(Site.named(name).orElseThrow().positions(rows))));
        return probes;
    }

    /// The second run: clean, but for what the receivers read. Those below the sender read what they always do.
    private Variants.Variant received(Sender sender, Run run, int row) {
        List<Probe> probes = new ArrayList<>();
        int first = model.hyper().layers().size() - 1;
        for (Selection receiver : receivers) {
            if (layer(receiver) < sender.layer) continue;
            first = Math.min(first, layer(receiver));
            boolean everywhere = receiver.part().positions().equals(Range.ALL);
            probes.add(Patch.from(run.trace(), everywhere ? receiver.positions(Range.from(row)) : receiver));
        }
        return new Variants.Variant(first, row, probes);
    }

    private static int layer(Selection receiver) { return receiver.part().layers()[0]; }
}
