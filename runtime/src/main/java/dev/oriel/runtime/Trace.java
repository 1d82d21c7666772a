package dev.oriel.runtime;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What the recording probes of one run kept, by site name.
public final class Trace {
    private final Map<String, Activation> recorded = new LinkedHashMap<>();

    void put(Activation activation) { recorded.put(activation.name(), activation); }

    /// The values at one site of one layer.
    public Activation get(Selection where) {
        int layer = where instanceof Selection.At at && at.layers().length == 1 ? at.layers()[0] : 0;
        if (where.site().perLayer() && !(where instanceof Selection.At at && at.layers().length == 1))
            throw new IllegalArgumentException("say which layer: " + where.site() + ".at(layer)");
        return get(where.site().name(layer));
    }

    /// The values by name: `blocks.3.attn.hook_pattern`.
    public Activation get(String name) {
        Activation found = recorded.get(name);
        if (found == null) throw new IllegalArgumentException(name + " was not recorded; recorded: " + recorded.keySet());
        return found;
    }

    public Set<String> names() { return Collections.unmodifiableSet(recorded.keySet()); }
}
