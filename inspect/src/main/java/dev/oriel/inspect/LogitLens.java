package dev.oriel.inspect;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// What the model would say if it stopped at a layer: final norm and unembedding applied to the residual stream there (nostalgebraist, "interpreting GPT: the
/// logit lens", 2020). A tuned lens first adds a learned affine map of the stream, one per layer (Belrose et al., "Eliciting Latent Predictions from
/// Transformers with the Tuned Lens", 2023); with maps that are zero it is the logit lens.
public final class LogitLens {
    /// Rows whose logits are held at once.
    private static final int ROWS = 32;

    private final Model model;
    /// One per point of the stream; empty for the plain lens. The last point, behind all layers, needs none.
    private final List<Affine> translators;

    private LogitLens(Model model, List<Affine> translators) {
        this.model = model;
        this.translators = translators;
    }

    /// The plain logit lens.
    public static LogitLens of(Model model) { return new LogitLens(model, List.of()); }

    /// A tuned lens from a safetensors file with `L.weight` `[d_model, d_model]` and `L.bias` per layer L, as its authors name them: translator L reads what
    /// layer L receives, and the lens is unembed(x + W x + b).
    ///
    /// @throws ModelException if a layer's map is missing or has another width
    public static LogitLens tuned(Model model, Path file) {
        int width = model.hyper().width();
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            List<Affine> translators = new ArrayList<>();
            for (int layer = 0; layer < model.hyper().layers().size(); layer++) {
                Affine map = Affine.of(checkpoint, Integer.toString(layer), width);
                if (map.bias().length != width)
                    throw new ModelException(file, layer + ".weight", "[" + width + ", " + width + "]", "[" + map.bias().length + ", " + width + "]");
                translators.add(map);
            }
            return new LogitLens(model, List.copyOf(translators));
        }
    }

    /// What the lens shows at one place.
    ///
    /// @param position         in the sequence
    /// @param top              likeliest tokens with their log-probabilities (nats), best first
    /// @param logProbabilities of the tokens that were asked for
    /// @param ranks            how many tokens are likelier than each of them
    /// @param entropy          of the whole distribution, nats
    public record Reading(int layer, int position, List<TokenScore> top, double[] logProbabilities, int[] ranks, double entropy) {
        public double probability(int token) { return Math.exp(logProbabilities[token]); }

        /// The probability of all the tokens that were asked for together.
        public double mass() {
            double sum = 0;
            for (double p : logProbabilities) sum += Math.exp(p);
            return sum;
        }
    }

    /// Readings of a run.
    ///
    /// @param tokens   those that were asked for
    /// @param readings `[layer][position]`, in the order of the selection
    public record View(Site site, int[] tokens, List<List<Reading>> readings) {
        /// Layers down, positions across: in each cell the likeliest token, and its probability.
        ///
        /// @param ids the tokens that were run, which name the columns
        public Grid grid(Tokenizer tokenizer, int[] ids) {
            List<Reading> first = readings.getFirst();
            if (first.getFirst().top.isEmpty()) throw new ModelException("a grid of a lens: expected the likeliest token of each place, found none kept");
            Grid.Axis layers = new Grid.Axis("layer", readings.stream().map(row -> Integer.toString(row.getFirst().layer)).toList());
            Grid.Axis positions = new Grid.Axis("token", first.stream().map(r -> TokenScore.text(tokenizer, ids[r.position])).toList());
            float[][] values = new float[readings.size()][first.size()];
            List<List<String>> texts = new ArrayList<>();
            for (int row = 0; row < values.length; row++) {
                List<Reading> layer = readings.get(row);
                for (int i = 0; i < values[row].length; i++) values[row][i] = (float) Math.exp(layer.get(i).top.getFirst().value());
                texts.add(layer.stream().map(r -> TokenScore.text(tokenizer, r.top.getFirst().id())).toList());
            }
            return new Grid("likeliest next token, read at " + site, layers, positions, values, texts);
        }
    }

    /// Reads a run of `ids` at `where`: [Site#RESID_PRE], [Site#RESID_MID] or [Site#RESID_POST], of some layers and positions if narrowed.
    ///
    /// @param top    how many of the likeliest tokens to keep per place
    /// @param tokens ids whose log-probabilities and ranks are wanted
    public View read(int[] ids, Selection where, int top, int... tokens) { return read(Input.of(ids), where, top, tokens); }

    public View read(Input input, Selection where, int top, int[] tokens, Probe... probes) {
        Site site = where.site();
        boolean tuned = !translators.isEmpty();
        if (site != Site.RESID_PRE && site != Site.RESID_POST && (tuned || site != Site.RESID_MID))
            throw new ModelException((tuned ? "a tuned lens: expected RESID_PRE" : "a lens: expected RESID_PRE, RESID_MID") + " or RESID_POST, found " + site);
        TokenScore.requireTokens(model, tokens);
        List<Probe> all = new ArrayList<>(List.of(probes));
        all.add(Probe.record(where));
        Trace trace = model.run(input.withLastLogitsOnly(), all.toArray(Probe[]::new)).trace();
        List<List<Reading>> readings = new ArrayList<>();
        for (int layer : layers(where)) {
            Activation stream = trace.get(site.at(layer));
            readings.add(layer(stream, layer, site == Site.RESID_POST ? layer + 1 : layer, top, tokens));
        }
        return new View(site, tokens.clone(), readings);
    }

    private int[] layers(Selection where) {
        int[] chosen = where.part().layers();
        return chosen.length > 0 ? chosen : IntStream.range(0, model.hyper().layers().size()).toArray();
    }

    /// @param point which translator: that of the layer which receives this stream
    private List<Reading> layer(Activation stream, int layer, int point, int top, int[] tokens) {
        int[] positions = stream.labels(0);
        List<Reading> out = new ArrayList<>();
        for (int from = 0; from < positions.length; from += ROWS) {
            float[][] rows = new float[Math.min(ROWS, positions.length - from)][];
            for (int i = 0; i < rows.length; i++) rows[i] = translated(stream.row(from + i), point);
            float[][] logits = model.unembed(rows);
            for (int i = 0; i < rows.length; i++) out.add(reading(layer, positions[from + i], logits[i], top, tokens));
        }
        return List.copyOf(out);
    }

    private float[] translated(float[] x, int point) { return point < translators.size() ? plus(x, translators.get(point).apply(x)) : x; }

    private static Reading reading(int layer, int position, float[] logits, int top, int[] tokens) {
        LogSoftmax p = LogSoftmax.of(logits);
        List<TokenScore> best = TokenScore.top(logits, top).stream().map(s -> new TokenScore(s.id(), (float) p.at(s.id()))).toList();
        double[] logProbabilities = new double[tokens.length];
        int[] ranks = new int[tokens.length];
        for (int t = 0; t < tokens.length; t++) {
            logProbabilities[t] = p.at(tokens[t]);
            ranks[t] = TokenScore.rank(logits, tokens[t]);
        }
        return new Reading(layer, position, best, logProbabilities, ranks, p.entropy());
    }

    private static float[] plus(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) b[i] += a[i];
        return b;
    }
}
