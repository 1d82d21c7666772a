package dev.oriel.inspect;

import dev.oriel.runtime.Model;
import dev.oriel.runtime.ModelWeights;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What each head makes of tokens, by the weights alone. The map from tokens in to tokens out, `W_E diag(g1) W_V W_O diag(gF) W_U`, is as large as the vocabulary
/// squared; `W_O diag(gF) W_U W_E diag(g1) W_V` is `[d_head, d_head]` and has the same eigenvalues but for zeros.
final class HeadCircuit {
    /// Tokens whose embeddings are in memory at once.
    private static final int BLOCK = 512;

    private final Model model;
    private final ModelWeights weights;
    private final int width;
    private final int dim;

    HeadCircuit(Model model) {
        this.model = model;
        weights = model.weights();
        width = model.hyper().width();
        dim = model.hyper().attention().valueDim();
    }

    /// Per head, the sum of the eigenvalues over the sum of their sizes.
    HeadGrid copying() {
        HeadGrid grid = Grids.empty("copying eigenvalue", model);
        double[][] tokens = tokens();
        float[] last = weights.get("ln_final.w");
        int group = model.hyper().attention().heads() / model.hyper().attention().kvHeads();
        for (int layer = 0; layer < grid.layers(); layer++) {
            int l = layer;
            float[] first = weights.get("blocks." + l + ".ln1.w");
            float[] out = through(last, "blocks." + l + ".ln1_post.w");
            float[] outputs = weights.get("blocks." + l + ".attn.W_O");
            double[] scores = IntStream.range(0, model.hyper().attention().kvHeads()).parallel().boxed().flatMapToDouble(kv -> {
                double[][] values = values(tokens, first, weights.value(l, kv));
                return IntStream.range(kv * group, (kv + 1) * group).mapToDouble(head -> score(Eigenvalues.of(heads(Arrays.copyOfRange(outputs, head * dim * width, (head + 1) * dim * width), out, values))));
            }).toArray();
            Grids.set(grid, layer, scores);
        }
        return grid;
    }

    /// `gain`, times the weights of a further norm where the model has it.
    private float[] through(float[] gain, String norm) {
        if (!weights.has(norm)) return gain;
        float[] product = weights.get(norm);
        for (int i = 0; i < product.length; i++) product[i] *= gain[i];
        return product;
    }

    /// `W_U W_E`, `[d_model, d_model]`: summed over the vocabulary in blocks, each in float32.
    private double[][] tokens() {
        double[][] sum = new double[width][width];
        int vocabulary = model.hyper().vocabulary();
        for (int from = 0; from < vocabulary; from += BLOCK) {
            int count = Math.min(BLOCK, vocabulary - from);
            float[] out = weights.unembedding(from, count);
            float[] in = weights.embedding(from, count);
            IntStream.range(0, width).parallel().forEach(row -> {
                float[] part = new float[width];
                for (int token = 0; token < count; token++) {
                    float factor = out[token * width + row];
                    int at = token * width;
                    for (int column = 0; column < width; column++) part[column] += factor * in[at + column];
                }
                for (int column = 0; column < width; column++) sum[row][column] += part[column];
            });
        }
        return sum;
    }

    /// `W_U W_E diag(g1) W_V`, `[d_model, d_head]`.
    private double[][] values(double[][] tokens, float[] gain, float[] value) {
        double[][] product = new double[width][dim];
        for (int row = 0; row < width; row++) {
            double[] sum = product[row];
            for (int i = 0; i < width; i++) {
                double factor = tokens[row][i] * gain[i];
                for (int d = 0; d < dim; d++) sum[d] += factor * value[i * dim + d];
            }
        }
        return product;
    }

    /// `W_O diag(gF)` times that, `[d_head, d_head]`.
    private double[][] heads(float[] output, float[] gain, double[][] values) {
        double[][] product = new double[dim][dim];
        for (int row = 0; row < dim; row++) {
            double[] sum = product[row];
            for (int i = 0; i < width; i++) {
                double factor = output[row * width + i] * (double) gain[i];
                for (int d = 0; d < dim; d++) sum[d] += factor * values[i][d];
            }
        }
        return product;
    }

    private static double score(double[][] eigenvalues) {
        double sizes = 0;
        for (int i = 0; i < eigenvalues[0].length; i++) sizes += Math.hypot(eigenvalues[0][i], eigenvalues[1][i]);
        return sizes == 0 ? 0 : Arrays.stream(eigenvalues[0]).sum() / sizes;
    }
}
