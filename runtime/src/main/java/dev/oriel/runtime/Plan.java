package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// The steps of a pass, in order, with weights, buffers and probes bound. Prefill, decode and batches run the same plan.
record Plan(List<Step> steps) {

    /// Which way through the model.
    ///
    /// @param firstLayer the first one that runs
    /// @param resumed    whether the run brings what that layer receives
    /// @param rope       whether queries and keys are rotated
    /// @param masked     whether some sequence brings a mask
    /// @param far        which rope they have, see [Lengths]
    /// @param hidden     whether it ends before the head
    record Course(int firstLayer, boolean resumed, boolean rope, boolean masked, int far, boolean hidden) {
        static final Course USUAL = usual(0);
        /// How many plain ones there are.
        static final int PLAIN = 2 * (Hyper.Far.LONG + 1);

        static Course usual(int far) { return new Course(0, false, true, false, far, false); }

        /// Whether nothing but its length and its end is its own.
        boolean plain() { return firstLayer == 0 && !resumed && rope && !masked && far <= Hyper.Far.LONG; }

        /// Which of the plain ones it is.
        int number() { return 2 * far + (hidden ? 1 : 0); }

        /// The one way of inputs that run together.
        static Course of(List<Model.Feed> feeds, int far) {
            Input first = feeds.getFirst().input();
            boolean masked = false;
            boolean hidden = false;
            for (Model.Feed feed : feeds) {
                Input input = feed.input();
                if (input.rope() != first.rope() || layer(input) != layer(first)) throw new ModelException("sequences in one pass begin at one layer and agree about rope");
                masked |= input.mask().isPresent();
                hidden |= input.hidden();
            }
            return new Course(Math.max(0, layer(first)), first.start().isPresent(), first.rope(), masked, far, hidden);
        }

        private static int layer(Input input) { return input.start().map(Input.Start::layer).orElse(-1); }
    }

    void run(Pass pass) {
        for (Step step : steps) step.run(pass);
    }

    /// Compiles a plan; without probes it has exactly the steps the model needs.
    ///
    /// @param probes of each sequence
    /// @throws ModelException for a probe at a site the model does not have
    static Plan compile(Hyper hyper, Parameters parameters, Scratch scratch, Course course, List<List<Probe>> probes) {
        return new Decoder(hyper, parameters, scratch, new Watches(new Extents(hyper), probes), course).build();
    }

    /// The sites a model of this shape has, in the order in which a pass comes by, and the layers that have them.
    static Map<Site, BitSet> sites(Hyper hyper, Parameters parameters, Scratch scratch) {
        Watches watches = new Watches(new Extents(hyper), List.of());
        new Decoder(hyper, parameters, scratch, watches, Course.USUAL).build();
        return watches.placed();
    }
}
