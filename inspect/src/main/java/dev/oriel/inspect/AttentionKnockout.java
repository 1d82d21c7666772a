package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Cuts attention between positions and asks what the model then no longer knows: the scores of some queries for some keys become -inf before softmax, which
/// shares their weight among the keys that are left. A query without any visible key attends to nothing.
///
/// Papers: Geva et al. 2023, "Dissecting Recall of Factual Associations in Auto-Regressive Language Models" (windows of layers); Bogdan et al. 2025, "Thought
/// Anchors" (sentences); "Large Language Models Do NOT Really Know What They Don't Know", 2025 (subject to last position).
public final class AttentionKnockout {
    private final Model model;
    private final int[] ids;
    private final int[] layers;
    private final int[] heads;
    private final boolean weightsZeroed;
    private final Progress progress;

    private AttentionKnockout(Model model, int[] ids, int[] layers, int[] heads, boolean weightsZeroed, Progress progress) {
        this.model = model;
        this.ids = ids;
        this.layers = layers;
        this.heads = heads;
        this.weightsZeroed = weightsZeroed;
        this.progress = progress;
    }

    /// Cuts in all layers and heads of this prompt.
    public static AttentionKnockout of(Model model, int... ids) {
        return new AttentionKnockout(model, ids.clone(), IntStream.range(0, model.hyper().layers().size()).toArray(), new int[0], false, Progress.NONE);
    }

    /// In these layers only.
    public AttentionKnockout layers(int... layers) {
        if (layers.length == 0) throw new IllegalArgumentException("knockout: no layer given");
        int all = model.hyper().layers().size();
        for (int layer : layers) if (layer < 0 || layer >= all) throw new ModelException("knockout: layer: expected 0.." + (all - 1) + ", found " + layer);
        return new AttentionKnockout(model, ids, layers.clone(), heads, weightsZeroed, progress);
    }

    /// In these heads only.
    public AttentionKnockout heads(int... heads) { return new AttentionKnockout(model, ids, layers, heads.clone(), weightsZeroed, progress); }

    /// Sets weights to 0 after softmax and leaves the others as they are, instead of hiding keys from it.
    public AttentionKnockout withWeightsZeroed() { return new AttentionKnockout(model, ids, layers, heads, true, progress); }

    public AttentionKnockout withProgress(Progress progress) { return new AttentionKnockout(model, ids, layers, heads, weightsZeroed, progress); }

    /// Two runs of the same tokens, side by side.
    public record Cut(Run clean, Run cut) {
        /// Divergence of the cut run's next-token distribution from the clean one's, in nats.
        public double kl(int position) { return Divergence.kl(clean.logits(position), cut.logits(position)); }

        /// Jensen-Shannon divergence of both, in nats.
        public double jsd(int position) { return Divergence.jsd(clean.logits(position), cut.logits(position)); }
    }

    /// The edits that hide keys from queries; for any run of as many tokens.
    public List<Probe> probes(Range queries, Range... keys) {
        List<Probe> probes = new ArrayList<>();
        for (Range range : keys) {
            requireInside("keys", range);
            Selection where = (weightsZeroed ? Site.PATTERN : Site.ATTN_SCORES).at(layers).positions(queries).keys(range);
            if (heads.length > 0) where = where.heads(heads);
            probes.add(weightsZeroed ? Probe.edit(where, pattern -> pattern.fill(0)) : Probe.hide(where));
        }
        return probes;
    }

    /// Runs the prompt clean, and with these queries blind to these keys.
    public Cut cut(Range queries, Range... keys) {
        if (!queries.equals(Range.LAST)) requireInside("queries", queries);
        return new Cut(model.run(ids), model.run(ids, probes(queries, keys).toArray(Probe[]::new)));
    }

    /// Hides each span of a text in turn from everything after it.
    ///
    /// @param spans parts of the text, in order and apart
    /// @return `[span measured][span hidden]`: mean over the tokens of the former of the divergence (KL, nats) of the cut run from the clean one; 0 where it does
    ///     not come later
    public float[][] spans(List<Range> spans) {
        for (Range span : spans) requireInside("span", span);
        float[][] effects = new float[spans.size()][spans.size()];
        List<Integer> hidden = IntStream.range(0, spans.size()).filter(i -> spans.get(i).to() < ids.length).boxed().toList();
        int row = hidden.stream().mapToInt(i -> spans.get(i).to()).min().orElse(ids.length);
        if (row == ids.length) return effects;
        int layer = IntStream.of(layers).min().orElseThrow();
        try (Variants variants = new Variants(model, ids, false, new int[] {layer}, row, List.of())) {
            List<Variants.Variant> cuts = hidden.stream().map(spans::get).map(span -> new Variants.Variant(layer, span.to(), probes(Range.from(span.to()), span))).toList();
            variants.run(cuts, (index, run) -> {
                int blocked = hidden.get(index);
                for (int measured = 0; measured < spans.size(); measured++) {
                    int first = spans.get(blocked).to();
                    if (spans.get(measured).from() >= first) effects[measured][blocked] = meanKl(variants.unchanged(), run, first, spans.get(measured));
                }
            }, progress);
        }
        return effects;
    }

    /// Cuts the last position off from some keys, in a window of layers around each layer in turn.
    ///
    /// @param width layers cut at once, half of them below
    /// @return the metric, by the window's middle layer
    public float[] windows(int width, Metric metric, Range... keys) {
        if (width < 1) throw new IllegalArgumentException("window: expected 1 layer or more, found " + width);
        int all = model.hyper().layers().size();
        int row = metric.lastOnly() ? ids.length - 1 : 0;
        try (Variants variants = new Variants(model, ids, metric.lastOnly(), IntStream.range(0, all).toArray(), row, List.of())) {
            List<Variants.Variant> cuts = new ArrayList<>();
            for (int middle = 0; middle < all; middle++) {
                int from = Math.max(0, middle - width / 2);
                int to = Math.min(all, middle - width / 2 + width);
                cuts.add(new Variants.Variant(from, row, layers(IntStream.range(from, to).toArray()).probes(Range.LAST, keys)));
            }
            return variants.measure(cuts, metric, progress);
        }
    }

    /// @param first position of the cut run's first row
    private static float meanKl(Run clean, Run cut, int first, Range span) {
        double sum = 0;
        for (int position = span.from(); position < span.to(); position++) sum += Divergence.kl(clean.logits(position), cut.logits(position - first));
        return (float) (sum / (span.to() - span.from()));
    }

    private void requireInside(String what, Range range) {
        if (range.to() > ids.length) throw new ModelException("knockout: " + what + ": expected positions in 0:" + ids.length + ", found " + range);
    }
}
