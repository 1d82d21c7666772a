package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.List;

/// Whether probes and inputs can do what they say, asked before anything runs: what could not take effect is an error.
///
/// @param position  tokens in the session before
/// @param input     what is run
/// @param generated tokens that may follow
record Ability(Hyper hyper, int position, Input input, int generated) {

    void require(List<Probe> probes) {
        for (Probe probe : probes) {
            requirePhase(probe);
            requirePositions(probe);
        }
        input.start().ifPresent(this::requireStart);
        if (!input.rope() && hyper.layers().stream().allMatch(l -> l.rope().isEmpty())) throw new ModelException("this model has no rope to leave out");
    }

    private void requirePhase(Probe probe) {
        Phase phase = probe.phase();
        if (phase.from() < 0) return;
        if (generated == 0) throw new ModelException("a probe at " + probe.where() + " acts in " + phase + ", and this run generates nothing");
        if (phase.from() >= generated - 1) throw new ModelException("a probe at " + probe.where() + " acts in " + phase + ", and " + generated + " generated tokens make " + (generated - 1) + " steps");
    }

    /// An edit of a span must find it whole: half of it would be another edit.
    private void requirePositions(Probe probe) {
        Range span = probe.where().part().positions();
        if (span.equals(Range.ALL) || span.equals(Range.LAST)) return;
        int end = position + input.length() + Math.max(0, generated - 1);
        if (span.from() >= end) throw new ModelException("a probe at " + probe.where() + ": the sequence ends at position " + end);
        if (!(probe instanceof Probe.Edit) || span.open()) return;
        boolean prompt = span.from() >= position && span.to() <= position + input.length();
        boolean step = span.from() >= position + input.length() && span.to() == span.from() + 1;
        boolean before = span.to() <= position;
        if (before) throw new ModelException("an edit at " + probe.where() + " comes too late: these positions were run before, the pass begins at " + position);
        if (!prompt && !step)
            throw new ModelException("an edit at " + probe.where() + " is cut by this pass, which holds " + position + ":" + (position + input.length()) + "; run the span in one piece, or edit its positions one by one");
    }

    private void requireStart(Input.Start start) {
        int[] shape = start.residual().shape();
        if (shape.length != 2 || shape[0] != input.length() || shape[1] != hyper.width())
            throw new ModelException("residual stream to start from: expected [" + input.length() + ", " + hyper.width() + "], found " + Arrays.toString(shape));
        int layers = hyper.layers().size();
        if (start.layer() < 0 || start.layer() >= layers) throw new ModelException("first layer: expected 0.." + (layers - 1) + ", found " + start.layer());
    }
}
