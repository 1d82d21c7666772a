package dev.oriel.runtime;

import java.util.List;
import java.util.Set;

/// The steps of a pass, in order, with weights, buffers and probes bound. Prefill, decode and batches run the same plan.
record Plan(List<Step> steps) {
    void run(Pass pass) {
        for (Step step : steps) step.run(pass);
    }

    /// Compiles a plan; without probes it has exactly the steps the model needs.
    ///
    /// @throws dev.oriel.loaders.ModelException for a probe at a site the model does not have
    static Plan compile(Hyper hyper, Parameters parameters, Scratch scratch, List<Probe> probes) {
        return new Decoder(hyper, parameters, scratch, new Watches(probes)).build();
    }

    /// The sites a model of this shape has, in the order in which a pass comes by.
    static Set<Site> sites(Hyper hyper, Parameters parameters, Scratch scratch) {
        Watches watches = new Watches(List.of());
        new Decoder(hyper, parameters, scratch, watches).build();
        return watches.placed();
    }
}
