package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The probes of one plan, asked for at every site the builder places; what nobody placed is an error, not a silent no-op.
final class Watches {
    private final Extents extents;
    private final List<List<Probe>> bySegment;
    /// Sites in the order they were placed, each with its layers.
    private final Map<Site, BitSet> placed = new LinkedHashMap<>();

    /// @param bySegment the probes of each sequence
    Watches(Extents extents, List<List<Probe>> bySegment) {
        this.extents = extents;
        this.bySegment = bySegment;
    }

    /// The probes at this site and layer, or null. The site counts as one the model has.
    Watch at(Site site, int layer) {
        placed.computeIfAbsent(site, _ -> new BitSet()).set(layer);
        List<List<Probe>> here = new ArrayList<>();
        for (List<Probe> probes : bySegment) here.add(probes.stream().filter(p -> p.where().site() == site && p.where().part().includes(layer)).toList());
        return here.stream().allMatch(List::isEmpty) ? null : new Watch(site, layer, extents, here);
    }

    Map<Site, BitSet> placed() { return placed; }

    /// Fails for probes at sites that were never placed, and for parts that no site has.
    void requireAllPlaced() {
        for (List<Probe> probes : bySegment) {
            for (Probe probe : probes) requirePlaced(probe.where().part());
            for (int i = 0; i < probes.size(); i++) for (int j = 0; j < i; j++) requireOnePart(probes.get(j), probes.get(i));
        }
    }

    private void requirePlaced(Selection.Part part) {
        Site site = part.site();
        BitSet layers = placed.get(site);
        if (layers == null && site.ofTexts() && placed.keySet().stream().noneMatch(Site::ofTexts))
            throw new ModelException("this model has no " + site.name(0) + " in such a run: it is there where a text is pooled, by an Embedder or a Classifier that has it");
        if (layers == null)
            throw new ModelException("this model has no " + site.name(0) + "; it has " + placed.keySet().stream().map(s -> s.name(s.perLayer() ? placed.get(s).nextSetBit(0) : 0)).collect(Collectors.joining(", ")));
        for (int layer : part.layers())
            if (layer < 0 || !layers.get(layer)) throw new ModelException(site.name(layer) + ": this run has it in " + layers(layers));
        if (part.heads().length == 0) return;
        int heads = extents.of(site, 0, 1, 1)[site.headAxis()];
        for (int head : part.heads())
            if (head < 0 || head >= heads) throw new ModelException(site.name(part.layers().length == 0 ? 0 : part.layers()[0]) + ": expected heads 0.." + (heads - 1) + ", found " + head);
    }

    /// `layers 0..29`, or each of them where some are left out.
    private static String layers(BitSet layers) {
        int first = layers.nextSetBit(0);
        int last = layers.length() - 1;
        return layers.cardinality() == last - first + 1 ? "layers " + first + ".." + last : "layers " + layers;
    }

    /// A trace holds one part of a site: two records that differ would hide one another.
    private static void requireOnePart(Probe a, Probe b) {
        boolean oneName = a instanceof Probe.Record && b instanceof Probe.Record || a instanceof Probe.Reduce x && b instanceof Probe.Reduce y && x.reduction() == y.reduction();
        if (!oneName) return;
        Selection.Part first = a.where().part();
        Selection.Part second = b.where().part();
        if (first.site() != second.site() || first.sameNumbers(second)) return;
        boolean together = first.layers().length == 0 || second.layers().length == 0 || Arrays.stream(first.layers()).anyMatch(second::includes);
        if (together) throw new ModelException("a trace holds one part of a site; record " + first + " and " + second + " as one part, or in two runs");
    }
}
