package dev.oriel.inspect;

import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.Arrays;

/// How attention adds up through the layers, if every layer passes half of a token on unchanged: with A the mean pattern of a layer's heads and B the rows of
/// A + I made to sum to 1, the rollout is `R_0 = B_0, R_l = B_l R_(l-1)`.
///
/// Abnar and Zuidema, Quantifying Attention Flow in Transformers (ACL 2020, arXiv:2005.00928). Their claim is about BERT: in a causal model rollout drifts to the
/// first positions whatever those do, and on SmolLM2 it says less about what matters than the last layer's attention does.
///
/// @param joint `[layer][query][key]`: how much of the query's token after that layer comes from the key's token at the bottom; rows sum to 1
public record AttentionRollout(double[][][] joint) {
    /// Rolls out in one pass, which holds one layer's pattern at a time.
    ///
    /// @param probes edits under which to measure
    public static AttentionRollout of(Model model, Input input, Probe... probes) {
        double[][][] joint = new double[model.hyper().layers().size()][][];
        Pattern.read(model, input.withLastLogitsOnly(), Range.ALL, (layer, pattern) -> {
            double[][] mixed = mixed(pattern);
            joint[layer] = layer == 0 ? mixed : product(mixed, joint[layer - 1]);
        }, probes);
        return new AttentionRollout(joint);
    }

    /// The last layer's rows.
    public double[][] last() { return joint[joint.length - 1]; }

    /// B of one layer.
    static double[][] mixed(Pattern pattern) {
        double[][] mixed = new double[pattern.queries()][pattern.keys()];
        for (int query = 0; query < mixed.length; query++) {
            double[] sum = mixed[query];
            for (int head = 0; head < pattern.heads(); head++) {
                double[] row = pattern.row(head, query);
                for (int key = 0; key < row.length; key++) sum[key] += row[key] / pattern.heads();
            }
            sum[query] += 1;
            double total = Arrays.stream(sum).sum();
            for (int key = 0; key < sum.length; key++) sum[key] /= total;
        }
        return mixed;
    }

    static double[][] product(double[][] a, double[][] b) {
        double[][] product = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < b.length; j++) {
                double factor = a[i][j];
                // A causal layer has zeros in half of the places.
                if (factor == 0) continue;
                for (int k = 0; k < b[j].length; k++) product[i][k] += factor * b[j][k];
            }
        }
        return product;
    }
}
