package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Reduction;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.Arrays;
import java.util.List;

/// What an ablated head says instead of its own.
@FunctionalInterface
public interface Replacement {
    /// Changes one head's `hook_z`, `[pos, 1, d_head]`.
    void apply(int layer, int head, Activation z);

    /// Nothing.
    static Replacement zero() { return (_, _, z) -> z.fill(0); }

    /// Its own, times a factor: 1 changes nothing, 0 removes the head, -1 turns it round.
    static Replacement scaled(float factor) { return (_, _, z) -> z.scale(factor); }

    /// Its mean over all positions of some prompts.
    static Replacement mean(Model model, List<int[]> prompts) {
        requireSome(prompts);
        int layers = model.hyper().layers().size();
        float[][] sums = new float[layers][];
        int tokens = 0;
        for (int[] prompt : prompts) {
            Trace trace = model.run(prompt, Probe.reduce(Site.Z, Reduction.MEAN)).trace();
            for (int layer = 0; layer < layers; layer++) sums[layer] = plus(sums[layer], trace.get(Site.Z.at(layer), Reduction.MEAN), prompt.length);
            tokens += prompt.length;
        }
        for (float[] sum : sums) for (int i = 0; i < sum.length; i++) sum[i] /= tokens;
        int size = model.hyper().attention().valueDim();
        return (layer, head, z) -> z.copyFrom(Arrays.copyOfRange(sums[layer], head * size, (head + 1) * size));
    }

    /// Its mean over some prompts of one length, position by position. Prompts of one form keep what belongs to the form and lose what tells them apart.
    ///
    /// @throws ModelException if the prompts have different lengths, and in a run, if that is longer
    static Replacement meanByPosition(Model model, List<int[]> prompts) {
        requireSome(prompts);
        int layers = model.hyper().layers().size();
        int length = prompts.getFirst().length;
        float[][] sums = new float[layers][];
        for (int[] prompt : prompts) {
            if (prompt.length != length) throw new ModelException("mean by position: expected prompts of " + length + " tokens, found one of " + prompt.length);
            Trace trace = model.run(prompt, Probe.record(Site.Z)).trace();
            for (int layer = 0; layer < layers; layer++) sums[layer] = plus(sums[layer], trace.get(Site.Z.at(layer)), 1);
        }
        for (float[] sum : sums) for (int i = 0; i < sum.length; i++) sum[i] /= prompts.size();
        int size = model.hyper().attention().valueDim();
        int heads = model.hyper().attention().heads();
        return (layer, head, z) -> {
            int[] positions = z.labels(0);
            for (int row = 0; row < positions.length; row++) {
                if (positions[row] >= length) throw new ModelException("mean by position: the prompts have " + length + " tokens, found position " + positions[row]);
                int at = (positions[row] * heads + head) * size;
                z.slice(row, Activation.ALL, Activation.ALL).copyFrom(Arrays.copyOfRange(sums[layer], at, at + size));
            }
        };
    }

    /// What it says in another prompt at the same position: resampling.
    static Replacement resampled(Model model, int... other) {
        Run run = model.run(other, Probe.record(Site.Z));
        return (layer, _, z) -> Patch.copy(run.trace().get(Site.Z.at(layer)), z);
    }

    private static float[] plus(float[] sum, Activation values, float factor) {
        float[] all = values.toArray();
        for (int i = 0; i < all.length; i++) all[i] = all[i] * factor + (sum == null ? 0 : sum[i]);
        return all;
    }

    private static void requireSome(List<int[]> prompts) {
        if (prompts.isEmpty()) throw new IllegalArgumentException("a mean needs at least one prompt");
    }
}
