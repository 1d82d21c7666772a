package dev.oriel.inspect;

import dev.oriel.runtime.Hyper;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/// Takes heads out of a run and asks what it lacks: their `hook_z` is replaced by nothing, by a mean, or by what they say elsewhere ([Replacement]).
///
/// Papers: Michel, Levy and Neubig 2019, "Are Sixteen Heads Really Better than One?" (leave one out, all but one); Wang et al. 2023, "Interpretability in the
/// Wild" (mean over prompts of one form); Chan et al. 2022, "Causal Scrubbing" (resampling).
public final class HeadAblation {
    private final Model model;
    private final int[] ids;
    private final Replacement replacement;
    private final Range positions;
    private final Progress progress;

    private HeadAblation(Model model, int[] ids, Replacement replacement, Range positions, Progress progress) {
        this.model = model;
        this.ids = ids;
        this.replacement = replacement;
        this.positions = positions;
        this.progress = progress;
    }

    /// Heads of this prompt, at all positions.
    public static HeadAblation of(Model model, int[] ids, Replacement replacement) {
        return new HeadAblation(model, ids.clone(), replacement, Range.ALL, Progress.NONE);
    }

    /// At these positions only.
    public HeadAblation at(Range positions) { return new HeadAblation(model, ids, replacement, positions, progress); }

    public HeadAblation withProgress(Progress progress) { return new HeadAblation(model, ids, replacement, positions, progress); }

    /// The metric without each head of the model in turn.
    public HeadEffects sweep(Metric metric) {
        int row = metric.lastOnly() ? first(positions, ids.length) : 0;
        Hyper hyper = model.hyper();
        int layers = hyper.layers().size();
        int heads = hyper.attention().heads();
        try (Variants variants = new Variants(model, ids, metric.lastOnly(), IntStream.range(0, layers).toArray(), row, List.of())) {
            List<Variants.Variant> all = new ArrayList<>();
            for (int layer = 0; layer < layers; layer++)
                for (int head = 0; head < heads; head++) all.add(new Variants.Variant(layer, row, List.of(probe(layer, head, replacement, positions))));
            return new HeadEffects(metric.of(variants.unchanged()), grid("metric without the head", layers, heads, variants.measure(all, metric, progress)));
        }
    }

    /// The metric without some heads at once.
    public double without(Collection<HeadGrid.Head> heads, Metric metric) {
        return metric.of(model.run(ids, probes(heads, replacement, positions).toArray(Probe[]::new)));
    }

    /// The metric with only one head of a layer left, for each of them.
    public float[] allButOne(int layer, Metric metric) {
        int heads = model.hyper().attention().heads();
        int row = metric.lastOnly() ? first(positions, ids.length) : 0;
        try (Variants variants = new Variants(model, ids, metric.lastOnly(), new int[] {layer}, row, List.of())) {
            List<Variants.Variant> all = new ArrayList<>();
            for (int left = 0; left < heads; left++) {
                int kept = left;
                List<Probe> others = IntStream.range(0, heads).filter(head -> head != kept).mapToObj(head -> probe(layer, head, replacement, positions)).toList();
                all.add(new Variants.Variant(layer, row, others));
            }
            return variants.measure(all, metric, progress);
        }
    }

    /// The edits that take heads out of any run, generation included.
    public static List<Probe> probes(Collection<HeadGrid.Head> heads, Replacement replacement) { return probes(heads, replacement, Range.ALL); }

    private static List<Probe> probes(Collection<HeadGrid.Head> heads, Replacement replacement, Range positions) {
        return heads.stream().map(head -> probe(head.layer(), head.head(), replacement, positions)).toList();
    }

    private static Probe probe(int layer, int head, Replacement replacement, Range positions) {
        Selection where = Site.Z.at(layer).heads(head).positions(positions);
        return Probe.edit(where, z -> replacement.apply(layer, head, z));
    }

    /// The first of these positions in a run of `length` tokens.
    static int first(Range positions, int length) { return positions.equals(Range.LAST) ? length - 1 : positions.from(); }

    static HeadGrid grid(String name, int layers, int heads, float[] values) {
        float[][] grid = new float[layers][heads];
        for (int i = 0; i < values.length; i++) grid[i / heads][i % heads] = values[i];
        return new HeadGrid(name, grid);
    }
}
