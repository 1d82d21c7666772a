package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;

/// The scores by which induction heads are told: they look at what followed earlier occurrences of the token at hand, and they raise what they look at.
///
/// Olsson et al., In-context Learning and Induction Heads (2022, arXiv:2209.11895). On SmolLM2 the scores of copying do not single out the heads that prefix
/// matching and silencing find.
public final class InductionHeads {
    private InductionHeads() {}

    /// Per head, how much it looks at the tokens that followed all earlier occurrences of the token at hand, mean over all copies but the first.
    ///
    /// @param tokens 25 tokens in 4 copies are usual
    /// @param probes edits under which to score
    public static HeadGrid prefixMatching(Model model, RepeatedTokens tokens, Probe... probes) {
        HeadGrid grid = Grids.empty("prefix matching", model);
        Pattern.read(model, Input.of(tokens.ids()).withLastLogitsOnly(), Range.ALL,
                (layer, pattern) -> Grids.set(grid, layer, prefixMatching(pattern, tokens.first(), tokens.length())), probes);
        return grid;
    }

    /// Per head of one layer, whose copies of `length` tokens begin at position `first`.
    static double[] prefixMatching(Pattern pattern, int first, int length) {
        double[] means = new double[pattern.heads()];
        for (int head = 0; head < means.length; head++)
            means[head] = pattern.mean(head, first + length, pattern.queries(), (row, query) -> {
                double sum = 0;
                for (int p = query - length; p >= first; p -= length) sum += row[p + 1];
                return sum;
            });
        return means;
    }

    /// Per head, from the weights alone: the sum of the eigenvalues of the map from tokens in to tokens out, `W_E diag(g1) W_V W_O diag(gF) W_U`, over the sum of
    /// their sizes, with the norms' weights g and without their scales. 1: what is looked at is raised; -1: lowered.
    public static HeadGrid copyingEigenvalue(Model model) { return new HeadCircuit(model).copying(); }

    /// Per head: of the logits of `ids[0..q]` that the head raises above their mean, the part of the token it looks at most; mean over q >= 1, and 0 where it
    /// raises none.
    ///
    /// @param ids    different tokens, 100 or so
    /// @param probes edits under which to score
    public static HeadGrid copyingDirect(Model model, int[] ids, Probe... probes) {
        if (ids.length < 2) throw new ModelException("direct copying: expected 2 tokens or more, found " + ids.length);
        HeadGrid grid = Grids.empty("direct copying", model);
        Readout readout = new Readout(model, ids);
        List<Probe> all = new ArrayList<>(List.of(probes));
        for (int l = 0; l < grid.layers(); l++) {
            int layer = l;
            Pattern[] pattern = new Pattern[1];
            all.add(Probe.observe(Site.PATTERN.at(layer), a -> pattern[0] = Pattern.of(a)));
            all.add(Probe.observe(Site.RESULT.at(layer), a -> Grids.set(grid, layer, copying(pattern[0], readout, layer, a))));
        }
        model.run(Input.of(ids).withLastLogitsOnly(), all.toArray(Probe[]::new));
        return grid;
    }

    private static double[] copying(Pattern pattern, Readout readout, int layer, Activation result) {
        double[] means = new double[pattern.heads()];
        float[][] directions = readout.directions(layer);
        for (int head = 0; head < means.length; head++) {
            int at = head;
            means[head] = pattern.mean(head, 1, pattern.queries(), (row, query) -> share(row, readout.logits(directions, result.row(query, at), query + 1)));
        }
        return means;
    }

    /// The part of the logit at the largest weight in all logits above their mean.
    static double share(double[] weights, double[] logits) {
        int most = 0;
        double mean = 0;
        for (int i = 0; i < logits.length; i++) {
            if (weights[i] > weights[most]) most = i;
            mean += logits[i] / logits.length;
        }
        double above = 0;
        for (double logit : logits) above += Math.max(0, logit - mean);
        return above == 0 ? 0 : Math.max(0, logits[most] - mean) / above;
    }

    /// Mean negative log-likelihood, in nats, of the tokens of the first copy and of the later ones, whose first tokens nothing tells at the start of the second.
    public record CopyLoss(double first, double later) {}

    /// How well the copies are told.
    ///
    /// @param probes edits under which to measure, such as silenced heads
    public static CopyLoss copyLoss(Model model, RepeatedTokens tokens, Probe... probes) {
        int[] ids = tokens.ids();
        Run run = model.run(ids, probes);
        return new CopyLoss(loss(run, ids, Math.max(1, tokens.first()), tokens.second()), loss(run, ids, tokens.second(), ids.length));
    }

    /// Mean loss of the tokens at positions `[from, to)`.
    private static double loss(Run run, int[] ids, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) sum -= run.logProbability(i - 1, ids[i]);
        return sum / (to - from);
    }

    /// How much better (negative) a late token is told than an early one: the loss after position `late` less the loss after position `early`, in nats. The paper
    /// takes 500 and 50, and the mean over many texts.
    public static double iclScore(Model model, int[] ids, int early, int late, Probe... probes) {
        if (early < 0 || late <= early || late + 1 >= ids.length)
            throw new ModelException("in-context score: expected 0 <= early < late < " + (ids.length - 1) + ", found " + early + " and " + late);
        Run run = model.run(ids, probes);
        return run.logProbability(early, ids[early + 1]) - run.logProbability(late, ids[late + 1]);
    }
}
