package dev.oriel.runtime;

import java.util.HashMap;
import java.util.Map;

/// What the tensors of a family are called in one kind of file, to find canonical tensors by.
final class AdapterNames {
    /// @param name canonical
    /// @param part the expert (or head) where each has a tensor of its own, else [#WHOLE]
    record Target(String name, int part) {}

    static final int WHOLE = -1;
    private static final String PART = "%e";

    private AdapterNames() {}

    static Map<String, Target> gguf(Arch arch, Hyper hyper) {
        Map<String, Target> names = new HashMap<>();
        for (String name : arch.names.all(hyper.layers().size())) arch.names.inGguf(name).ifPresent(theirs -> names.put(theirs, new Target(name, WHOLE)));
        return names;
    }

    /// Also without the first part of a name, which adapters to a bare model leave out.
    static Map<String, Target> huggingFace(Arch arch, Hyper hyper) {
        Map<String, Target> names = new HashMap<>();
        Map<String, Target> bare = new HashMap<>();
        int experts = hyper.mixture().map(Hyper.Mixture::experts).orElse(0);
        for (String name : arch.names.all(hyper.layers().size())) {
            TensorNames.Source source = arch.names.source(name);
            if (source.form().fused()) continue;
            boolean parts = source.form() == TensorNames.Form.PARTS;
            for (int part = parts ? 0 : WHOLE; part < (parts ? experts : 0); part++) {
                String theirs = source.name().replace(PART, Integer.toString(part));
                names.put(theirs, new Target(name, part));
                bare.put(theirs.substring(theirs.indexOf('.') + 1), new Target(name, part));
            }
        }
        bare.forEach(names::putIfAbsent);
        return names;
    }
}
