package dev.oriel.inspect;

import dev.oriel.inspect.ResidualDecomposition.Kind;
import dev.oriel.inspect.ResidualDecomposition.Part;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.List;

/// Where a token's log-probability comes from, walking up the model: at every point the residual stream is read by the final norm (with its own scale there) and
/// the unembedding, and a layer's attention and MLP get the difference they make. `start` and all gains of attention and MLPs add up to `end`.
///
/// A head's gain is what it makes alone, added to what its layer received; heads do not add up to their layer.
///
/// Yu, Belinkov, Ananiadou, "Back Attention: Understanding and Enhancing Multi-Hop Reasoning in Large Language Models" (2025).
///
/// @param token     whose log-probability (nats)
/// @param start     read off the embeddings
/// @param attention gain per layer
/// @param mlp       gain per layer
/// @param heads     gain per head
/// @param end       the model's own, to rounding
public record LogitFlow(int token, double start, double[] attention, double[] mlp, HeadGrid heads, double end) {

    /// After token `position` of `ids`.
    public static LogitFlow of(Model model, int[] ids, int position, int token) {
        TokenScore.requireTokens(model, token);
        ResidualDecomposition stream = ResidualDecomposition.of(model, ids, position);
        int layers = model.hyper().layers().size();
        double[] pre = new double[layers + 1];
        double[] mid = new double[layers];
        float[][] heads = new float[layers][];
        for (int layer = 0; layer < layers; layer++) {
            List<float[]> points = new ArrayList<>();
            List<Part> below = stream.at(Site.RESID_PRE.at(layer));
            points.add(ResidualDecomposition.sum(below));
            points.add(ResidualDecomposition.sum(stream.at(Site.RESID_MID.at(layer))));
            for (Part part : stream.parts()) if (part.layer() == layer && part.kind() == Kind.HEAD) points.add(plus(points.getFirst(), part.vector()));
            double[] read = read(model, points, token);
            pre[layer] = read[0];
            mid[layer] = read[1];
            heads[layer] = new float[read.length - 2];
            for (int head = 0; head < heads[layer].length; head++) heads[layer][head] = (float) (read[head + 2] - read[0]);
        }
        pre[layers] = read(model, List.of(ResidualDecomposition.sum(stream.parts())), token)[0];
        double[] attention = new double[layers];
        double[] mlp = new double[layers];
        for (int layer = 0; layer < layers; layer++) {
            attention[layer] = mid[layer] - pre[layer];
            mlp[layer] = pre[layer + 1] - mid[layer];
        }
        return new LogitFlow(token, pre[0], attention, mlp, new HeadGrid("gain in ln p of " + token, heads), pre[layers]);
    }

    /// Gains by layer.
    public Grid grid() {
        float[][] values = new float[mlp.length][];
        for (int layer = 0; layer < values.length; layer++) values[layer] = new float[] {(float) attention[layer], (float) mlp[layer]};
        return new Grid("gain in ln p of " + token, Grid.Axis.numbered("layer", values.length), new Grid.Axis("part", List.of("attention", "mlp")), values);
    }

    private static double[] read(Model model, List<float[]> points, int token) {
        float[][] logits = model.unembed(points.toArray(float[][]::new));
        double[] out = new double[logits.length];
        for (int i = 0; i < out.length; i++) out[i] = LogSoftmax.of(logits[i]).at(token);
        return out;
    }

    private static float[] plus(float[] a, float[] b) {
        float[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) sum[i] += b[i];
        return sum;
    }
}
