package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Hyper;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The residual stream after the last token of a run, taken apart into what wrote it: embedding, positions, each head, each MLP, and biases. Up to any point
/// of the model the parts add up to the stream, to rounding.
///
/// Where a model puts a norm behind attention or MLP (Gemma), the parts have gone through it with the scale it had in this run, so that they add up as well.
/// This is the view of Elhage et al., "A Mathematical Framework for Transformer Circuits" (2021).
///
/// @param parts      in the order in which they are added
/// @param finalScale what the final norm divided this row by; 1 where a model has none
/// @param logits     the run's own logits after its last token, `[vocabulary]`
public record ResidualDecomposition(List<Part> parts, float finalScale, float[] logits) {

    /// How far, in parts of its length, a stream may lie from the sum: rounding, also of 8-bit activations.
    private static final double SUM_TOLERANCE = 0.02;

    /// Who writes into the residual stream.
    public enum Kind { EMBEDDING, POSITIONS, HEAD, ATTENTION_BIAS, MLP, MLP_BIAS }

    /// One writer and its vector.
    ///
    /// @param layer  -1 for what comes before the first
    /// @param head   -1 for what is no head
    /// @param vector what it adds, `[d_model]`
    public record Part(Kind kind, int layer, int head, float[] vector) {
        /// `embedding`, `head 3.1`, `mlp 3`, `attention bias 3`.
        public String name() {
            String what = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return layer < 0 ? what : head < 0 ? what + " " + layer : what + " " + layer + "." + head;
        }
    }

    public ResidualDecomposition {
        parts = List.copyOf(parts);
    }

    /// Takes apart the residual stream at `position` of `ids`. Tokens after it cannot matter, and are not run.
    public static ResidualDecomposition of(Model model, int[] ids, int position) { return of(model, Input.of(upTo(ids, position))); }

    /// Takes apart the residual stream after the last token of a run, whose probes may change it.
    public static ResidualDecomposition of(Model model, Input input, Probe... probes) {
        List<Probe> all = new ArrayList<>(List.of(probes));
        all.addAll(records(model));
        Run run = model.run(input.withLastLogitsOnly(), all.toArray(Probe[]::new));
        return new Reader(model, run.trace()).read(run);
    }

    static int[] upTo(int[] ids, int position) {
        if (position < 0 || position >= ids.length) throw new ModelException("position: expected 0.." + (ids.length - 1) + ", found " + position);
        return Arrays.copyOf(ids, position + 1);
    }

    /// What must be recorded, of the last row: whatever the model has of it.
    static List<Probe> records(Model model) {
        Set<Site> has = model.sites();
        List<Probe> ends = List.of(Probe.record(Site.RESID_PRE.at(0).lastRow()), Probe.record(Site.RESID_POST.at(model.hyper().layers().size() - 1).lastRow()));
        return Stream.of(Site.POS_EMBED, Site.RESULT, Site.LN1_POST_SCALE, Site.MLP_OUT, Site.LN2_POST_SCALE, Site.FINAL_SCALE)
                .filter(has::contains).map(site -> (Probe) Probe.record(site.lastRow())).collect(Collectors.toCollection(() -> new ArrayList<>(ends)));
    }

    /// The parts that make up the stream at `point`: `Site.RESID_PRE.at(3)`, or `RESID_MID` or `RESID_POST` of a layer.
    public List<Part> at(Selection point) {
        Selection.Part p = point.part();
        if (p.layers().length != 1) throw new ModelException("a point of the residual stream: expected one layer, found " + point);
        int layer = p.layers()[0];
        return parts.stream().filter(part -> part.layer < layer || part.layer == layer && switch (p.site()) {
            case RESID_PRE -> false;
            case RESID_MID -> part.kind == Kind.HEAD || part.kind == Kind.ATTENTION_BIAS;
            case RESID_POST -> true;
            default -> throw new ModelException("a point of the residual stream: expected RESID_PRE, RESID_MID or RESID_POST, found " + p.site());
        }).toList();
    }

    /// A head's part.
    public Part head(int layer, int head) {
        return parts.stream().filter(p -> p.layer == layer && p.head == head).findFirst()
                .orElseThrow(() -> new ModelException("no head " + layer + "." + head + " in this model"));
    }

    /// The sum of parts.
    public static float[] sum(List<Part> parts) {
        double[] sum = new double[parts.getFirst().vector.length];
        for (Part part : parts) for (int i = 0; i < sum.length; i++) sum[i] += part.vector[i];
        float[] out = new float[sum.length];
        for (int i = 0; i < out.length; i++) out[i] = (float) sum[i];
        return out;
    }

    /// Reads parts off a trace of [#records].
    record Reader(Model model, ModelWeights weights, Set<Site> has, Trace trace) {
        Reader(Model model, Trace trace) { this(model, model.weights(), model.sites(), trace); }

        ResidualDecomposition read(Run run) {
            List<Part> parts = new ArrayList<>();
            // Where a norm or more follows the token embedding, this is what comes out.
            float[] embedding = trace.get(Site.RESID_PRE.at(0)).toArray();
            parts.add(new Part(Kind.EMBEDDING, -1, -1, embedding));
            if (has.contains(Site.POS_EMBED)) {
                float[] positions = trace.get(Site.POS_EMBED).toArray();
                for (int i = 0; i < embedding.length; i++) embedding[i] -= positions[i];
                parts.add(new Part(Kind.POSITIONS, -1, -1, positions));
            }
            Hyper hyper = model.hyper();
            for (int layer = 0; layer < hyper.layers().size(); layer++) {
                FrozenNorm norm = after(layer, Site.LN1_POST_SCALE, "ln1_post");
                float[] heads = trace.get(Site.RESULT.at(layer)).toArray();
                for (int head = 0; head < hyper.attention().heads(); head++)
                    parts.add(new Part(Kind.HEAD, layer, head, norm.apply(Arrays.copyOfRange(heads, head * hyper.width(), (head + 1) * hyper.width()))));
                addBias(parts, Kind.ATTENTION_BIAS, layer, "attn.b_O", norm);
                mlp(parts, layer);
            }
            requireSum(parts, trace.get(Site.RESID_POST.at(hyper.layers().size() - 1)).toArray());
            return new ResidualDecomposition(parts, finalScale(), run.lastLogits());
        }

        /// A norm in the stream itself, as BERT has it, leaves nothing to add up.
        private void requireSum(List<Part> parts, float[] stream) {
            float[] sum = sum(parts);
            double error = 0;
            double size = 0;
            for (int i = 0; i < sum.length; i++) {
                error += Math.pow(sum[i] - stream[i], 2);
                size += Math.pow(stream[i], 2);
            }
            if (error > SUM_TOLERANCE * SUM_TOLERANCE * size) throw new ModelException("the residual stream of this model is no sum of parts: something else than adding happens to it");
        }

        private void mlp(List<Part> parts, int layer) {
            float[] whole = trace.get(Site.MLP_OUT.at(layer)).toArray();
            List<Part> bias = new ArrayList<>();
            addBias(bias, Kind.MLP_BIAS, layer, "mlp.b_out", after(layer, Site.LN2_POST_SCALE, "ln2_post"));
            for (Part part : bias) for (int i = 0; i < whole.length; i++) whole[i] -= part.vector[i];
            parts.add(new Part(Kind.MLP, layer, -1, whole));
            parts.addAll(bias);
        }

        /// A projection's bias, as the norm behind it passes it on, and that norm's own.
        private void addBias(List<Part> parts, Kind kind, int layer, String name, FrozenNorm norm) {
            String full = "blocks." + layer + "." + name;
            float[] bias = weights.has(full) ? norm.apply(weights.get(full)) : new float[model.hyper().width()];
            boolean any = weights.has(full);
            for (int i = 0; i < bias.length; i++) {
                any |= norm.bias()[i] != 0;
                bias[i] += norm.bias()[i];
            }
            if (any) parts.add(new Part(kind, layer, -1, bias));
        }

        /// The norm behind attention or MLP, and the factor on what they add.
        FrozenNorm after(int layer, Site scale, String name) {
            FrozenNorm norm = has.contains(scale) ? FrozenNorm.of(model, weights, "blocks." + layer + "." + name, trace.get(scale.at(layer)).get(0, 0))
                    : FrozenNorm.none(model.hyper().width());
            return norm.times(model.hyper().scales().residual());
        }

        float finalScale() { return has.contains(Site.FINAL_SCALE) ? trace.get(Site.FINAL_SCALE).get(0, 0) : 1; }
    }

    /// The final norm as it worked on this row, and the factor on logits.
    FrozenNorm finalNorm(Model model) { return finalNorm(model, finalScale); }

    static FrozenNorm finalNorm(Model model, float scale) {
        FrozenNorm norm = model.sites().contains(Site.FINAL_SCALE) ? FrozenNorm.of(model, model.weights(), "ln_final", scale) : FrozenNorm.none(model.hyper().width());
        return norm.times(model.hyper().scales().logits());
    }
}
