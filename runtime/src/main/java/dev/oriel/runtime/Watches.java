package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The probes of one plan, asked for at every site the builder places; what nobody placed is an error, not a silent no-op.
final class Watches {
    private final List<Probe> probes;
    private final Set<Site> placed = new LinkedHashSet<>();
    private int layers;

    Watches(List<Probe> probes) { this.probes = probes; }

    /// The probes at this site and layer, or null. The site counts as one the model has.
    Watch at(Site site, int layer) {
        placed.add(site);
        if (site.perLayer()) layers = Math.max(layers, layer + 1);
        List<Probe> here = new ArrayList<>();
        for (Probe probe : probes) if (probe.where().site() == site && probe.where().includes(layer)) here.add(probe);
        return here.isEmpty() ? null : new Watch(site, layer, here);
    }

    /// As [#at], for a site whose changes could not take effect.
    Watch recordedOnly(Site site, int layer, String why) {
        Watch watch = at(site, layer);
        if (watch != null && watch.probes().stream().anyMatch(Probe.Edit.class::isInstance))
            throw new ModelException(site.name(layer) + " can be recorded, not edited: " + why);
        return watch;
    }

    Set<Site> placed() { return placed; }

    /// Fails for probes at sites that were never placed.
    void requireAllPlaced() {
        for (Probe probe : probes) {
            Site site = probe.where().site();
            if (!placed.contains(site))
                throw new ModelException("this model has no " + site.name(0) + "; it has " + placed.stream().map(s -> s.name(0)).collect(Collectors.joining(", ")));
            if (probe.where() instanceof Selection.At at)
                for (int layer : at.layers())
                    if (layer < 0 || layer >= layers) throw new ModelException(site.name(layer) + ": this model has layers 0.." + (layers - 1));
        }
    }
}
