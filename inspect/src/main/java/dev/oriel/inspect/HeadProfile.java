package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where each head looks on the whole: at the token itself, the one before, the one after, at groups of tokens, and how widely.
///
/// Clark et al., What Does BERT Look At? An Analysis of BERT's Attention (2019, arXiv:1906.04341), whose code divides by all queries also where the first has no
/// token before it; confidence is Dodrio's (Wang et al. 2021, arXiv:2103.14625).
///
/// @param grids by name, each a mean over all queries: `self`, `previous`, `next` (0 in a causal model), `entropy` (nats), `confidence` (largest weight), and the
///              groups (attention that their tokens get together)
public record HeadProfile(Map<String, HeadGrid> grids) {
    private static final Map<String, Pattern.Measure> MEASURES = new LinkedHashMap<>();

    static {
        MEASURES.put("self", (row, query) -> row[query]);
        MEASURES.put("previous", (row, query) -> query == 0 ? 0 : row[query - 1]);
        MEASURES.put("next", (row, query) -> query + 1 == row.length ? 0 : row[query + 1]);
        MEASURES.put("entropy", (row, _) -> entropy(row));
        MEASURES.put("confidence", (row, _) -> largest(row));
    }

    /// Measures all heads in one pass, which holds one layer's pattern at a time.
    ///
    /// @param groups positions by the name of their group, such as punctuation; a name of a measure is none for a group
    /// @param probes edits under which to measure
    public static HeadProfile of(Model model, Input input, Map<String, int[]> groups, Probe... probes) {
        groups.forEach((name, keys) -> requireGroup(name, keys, input.length()));
        Map<String, Pattern.Measure> measures = measures(groups);
        Map<String, HeadGrid> grids = new LinkedHashMap<>();
        for (String name : measures.keySet()) grids.put(name, Grids.empty(name, model));
        Pattern.read(model, input.withLastLogitsOnly(), Range.ALL,
                (layer, pattern) -> measures.forEach((name, measure) -> Grids.set(grids.get(name), layer, pattern.means(measure))), probes);
        return new HeadProfile(Collections.unmodifiableMap(grids));
    }

    static Map<String, Pattern.Measure> measures(Map<String, int[]> groups) {
        Map<String, Pattern.Measure> measures = new LinkedHashMap<>(MEASURES);
        groups.forEach((name, keys) -> measures.put(name, (row, _) -> sum(row, keys)));
        return measures;
    }

    /// @throws ModelException if there is no measure or group of this name
    public HeadGrid get(String name) {
        HeadGrid grid = grids.get(name);
        if (grid == null) throw new ModelException("head profile: expected one of " + String.join(", ", grids.keySet()) + ", found " + name);
        return grid;
    }

    private static void requireGroup(String name, int[] keys, int length) {
        if (MEASURES.containsKey(name)) throw new ModelException("head profile: expected a name for a group that no measure has, found " + name);
        for (int key : keys)
            if (key < 0 || key >= length) throw new ModelException("head profile, group " + name + ": expected positions in 0.." + (length - 1) + ", found " + key);
    }

    private static double entropy(double[] row) {
        double sum = 0;
        for (double p : row) if (p > 0) sum -= p * Math.log(p);
        return sum;
    }

    private static double largest(double[] row) {
        double most = 0;
        for (double p : row) most = Math.max(most, p);
        return most;
    }

    private static double sum(double[] row, int[] keys) {
        double sum = 0;
        for (int key : keys) sum += row[key];
        return sum;
    }
}
