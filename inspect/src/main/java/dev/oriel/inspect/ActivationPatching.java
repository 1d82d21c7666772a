package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Activation patching (causal tracing, interchange intervention): runs one prompt with a part of its activations replaced by what another prompt of the same
/// length had there, and asks how a metric moves. Patching a clean run's activations into a corrupted one finds what suffices, the other way what is needed.
///
/// One sweep covers TransformerLens' `get_act_patch_*` family; site and axes say which member it is:
///
/// | TransformerLens | here |
/// |---|---|
/// | `resid_pre`, `resid_mid`, `attn_out`, `mlp_out` | `sweep(Site.RESID_PRE, metric, LAYER, POSITION)` and so on |
/// | `attn_head_out_by_pos`, `_q_`, `_k_`, `_v_` | `sweep(Site.Z, metric, LAYER, POSITION, HEAD)`, `Site.Q`, `K`, `V` |
/// | `attn_head_out_all_pos`, ... | `sweep(Site.Z, metric, LAYER, HEAD)` |
/// | `attn_head_pattern_all_pos` | `sweep(Site.PATTERN, metric, LAYER, HEAD)` |
/// | `attn_head_pattern_by_pos`, `_dest_src_pos` | with `POSITION` (of the query), and `KEY` |
/// | `block_every` | one sweep per site |
///
/// With grouped-query attention, keys and values have key-value heads, and one of them serves several query heads.
///
/// A sweep costs one run of each prompt and the rows and layers that each patch can change. Its numbers are those of patching one by one, bit for bit.
///
/// Papers: Vig et al. 2020, "Investigating Gender Bias in Language Models Using Causal Mediation Analysis"; Meng et al. 2022, "Locating and Editing Factual
/// Associations in GPT"; Zhang and Nanda 2024, "Towards Best Practices of Activation Patching in Language Models".
public final class ActivationPatching {
    /// What a sweep goes through one by one; along all others, a patch takes everything the sweep is limited to.
    public enum Axis {
        LAYER, POSITION, HEAD, KEY;

        private String label() { return name().toLowerCase(Locale.ROOT); }
    }

    private final Model model;
    private final int[] into;
    private final int[] from;
    private final Map<Axis, int[]> limits;
    private final Progress progress;

    private ActivationPatching(Model model, int[] into, int[] from, Map<Axis, int[]> limits, Progress progress) {
        this.model = model;
        this.into = into;
        this.from = from;
        this.limits = limits;
        this.progress = progress;
    }

    /// @param into tokens of the run that is patched
    /// @param from tokens of the run whose activations are put in
    /// @throws ModelException if they are not equally many
    public static ActivationPatching of(Model model, int[] into, int[] from) {
        if (into.length != from.length)
            throw new ModelException("patching: expected two prompts of the same length, found " + into.length + " and " + from.length + " tokens");
        return new ActivationPatching(model, into.clone(), from.clone(), Map.of(), Progress.NONE);
    }

    /// In these layers only.
    public ActivationPatching layers(int... layers) { return limit(Axis.LAYER, layers); }

    /// At these positions only; of patterns and scores they are the queries.
    public ActivationPatching positions(int... positions) { return limit(Axis.POSITION, positions); }

    /// In these heads only.
    public ActivationPatching heads(int... heads) { return limit(Axis.HEAD, heads); }

    /// At these keys of patterns and scores only.
    public ActivationPatching keys(int... keys) { return limit(Axis.KEY, keys); }

    public ActivationPatching withProgress(Progress progress) { return new ActivationPatching(model, into, from, limits, progress); }

    /// Patches one part after the other.
    ///
    /// @param site   what is patched
    /// @param metric what is measured in each patched run
    /// @param axes   what is swept, outermost first
    /// @return the metric of every patched run
    /// @throws ModelException if the site stands in no layer or lacks an axis, or a limit leaves the model or the prompt
    public PatchGrid sweep(Site site, Metric metric, Axis... axes) {
        if (axes.length == 0 || Arrays.stream(axes).distinct().count() != axes.length)
            throw new IllegalArgumentException("axes: expected different ones to sweep, found " + List.of(axes));
        List<PatchGrid.Side> sides = new ArrayList<>();
        for (Axis axis : axes) sides.add(new PatchGrid.Side(axis == Axis.HEAD && site.axes().contains(Site.Axis.KV_HEAD) ? "kv head" : axis.label(), indices(site, axis)));
        int total = sides.stream().mapToInt(side -> side.indices().length).reduce(1, Math::multiplyExact);
        int row = firstRow(site, metric, Map.of());
        try (Variants variants = new Variants(model, into, metric.lastOnly(), indices(site, Axis.LAYER), row, List.of())) {
            var other = model.run(from, Probe.record(site.at(indices(site, Axis.LAYER)).positions(Range.from(row))));
            List<Variants.Variant> patched = new ArrayList<>();
            for (int i = 0; i < total; i++) patched.add(variant(site, metric, choose(axes, sides, i), other.trace()));
            float[] values = variants.measure(patched, metric, progress);
            String title = site + " patched by " + String.join(", ", sides.stream().map(PatchGrid.Side::name).toList());
            return new PatchGrid(title, sides, values, metric.of(variants.unchanged()), metric.of(other));
        }
    }

    /// Patches everything it is limited to at once, at one or several sites.
    ///
    /// @return the metric of the patched run
    public double patch(Metric metric, Site... sites) {
        List<Probe> probes = new ArrayList<>();
        List<Probe> record = new ArrayList<>();
        for (Site site : sites) record.add(Probe.record(site.at(indices(site, Axis.LAYER))));
        Trace source = model.run(from, record.toArray(Probe[]::new)).trace();
        for (Site site : sites) probes.addAll(patches(site, Map.of(), source));
        return metric.of(model.run(into, probes.toArray(Probe[]::new)));
    }

    private Variants.Variant variant(Site site, Metric metric, Map<Axis, int[]> chosen, Trace source) {
        int layer = Arrays.stream(chosen.getOrDefault(Axis.LAYER, indices(site, Axis.LAYER))).min().orElseThrow();
        return new Variants.Variant(layer, firstRow(site, metric, chosen), patches(site, chosen, source));
    }

    /// The first position a patch changes; the first of all where the metric looks at them.
    private int firstRow(Site site, Metric metric, Map<Axis, int[]> chosen) {
        return metric.lastOnly() ? Arrays.stream(chosen.getOrDefault(Axis.POSITION, indices(site, Axis.POSITION))).min().orElseThrow() : 0;
    }

    /// The edits of one patched run: chosen indices, then limits, then everything.
    private List<Probe> patches(Site site, Map<Axis, int[]> chosen, Trace source) {
        List<Selection> parts = new ArrayList<>();
        for (int layer : chosen.getOrDefault(Axis.LAYER, indices(site, Axis.LAYER))) parts.add(site.at(layer));
        int[] heads = chosen.getOrDefault(Axis.HEAD, limits.get(Axis.HEAD));
        if (heads != null) parts.replaceAll(part -> part.heads(heads));
        parts = narrowed(parts, chosen.getOrDefault(Axis.POSITION, limits.get(Axis.POSITION)), Axis.POSITION);
        parts = narrowed(parts, chosen.getOrDefault(Axis.KEY, limits.get(Axis.KEY)), Axis.KEY);
        return parts.stream().map(part -> Patch.from(source, part)).toList();
    }

    private static List<Selection> narrowed(List<Selection> parts, int[] indices, Axis axis) {
        if (indices == null) return parts;
        List<Selection> narrow = new ArrayList<>();
        for (Selection part : parts)
            for (int index : indices) narrow.add(axis == Axis.KEY ? part.keys(Range.at(index)) : part.positions(Range.at(index)));
        return narrow;
    }

    /// The combination of indices that stands at `number` in a grid.
    private static Map<Axis, int[]> choose(Axis[] axes, List<PatchGrid.Side> sides, int number) {
        Map<Axis, int[]> chosen = new EnumMap<>(Axis.class);
        for (int i = axes.length - 1; i >= 0; i--) {
            int[] indices = sides.get(i).indices();
            chosen.put(axes[i], new int[] {indices[number % indices.length]});
            number /= indices.length;
        }
        return chosen;
    }

    /// What an axis is limited to, or all of it.
    private int[] indices(Site site, Axis axis) {
        int length = switch (axis) {
            case LAYER -> site.perLayer() ? model.hyper().layers().size() : 0;
            case POSITION -> into.length;
            case HEAD -> Patch.heads(model.hyper(), site);
            case KEY -> site.axes().contains(Site.Axis.KEY) ? into.length : 0;
        };
        if (length == 0 && axis == Axis.LAYER) throw new ModelException("patching: " + site + " stands in no layer");
        if (length == 0) throw new ModelException("patching: " + site + " has no axis to sweep by " + axis.label() + ", its axes are " + site.axes());
        int[] limit = limits.get(axis);
        if (limit == null) return IntStream.range(0, length).toArray();
        for (int index : limit)
            if (index < 0 || index >= length) throw new ModelException("patching: " + axis.label() + ": expected 0.." + (length - 1) + ", found " + index);
        return limit;
    }

    private ActivationPatching limit(Axis axis, int[] indices) {
        if (indices.length == 0) throw new IllegalArgumentException("no " + axis.label() + " given");
        Map<Axis, int[]> more = new EnumMap<>(Axis.class);
        more.putAll(limits);
        more.put(axis, indices.clone());
        return new ActivationPatching(model, into, from, more, progress);
    }
}
