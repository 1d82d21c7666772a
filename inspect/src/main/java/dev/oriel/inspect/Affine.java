package dev.oriel.inspect;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import java.util.Arrays;

/// A learned linear map: y = W x + b.
///
/// @param weight `[out, in]`, row-major
/// @param bias   `[out]`
public record Affine(float[] weight, float[] bias) {

    /// A map from `NAME.weight` `[out, in]` and, where it is there, `NAME.bias` of a safetensors file, as frameworks store linear layers.
    ///
    /// @throws ModelException if it is not there or takes another number of inputs
    public static Affine of(Checkpoint file, String name, int inputs) {
        Tensor weight = file.tensors().get(name + ".weight");
        if (weight == null) throw new ModelException(file.path(), name + ".weight", "a tensor", "none");
        if (weight.shape().length != 2 || weight.columns() != inputs)
            throw new ModelException(file.path(), name + ".weight", "[outputs, " + inputs + "]", Arrays.toString(weight.shape()));
        int outputs = Math.toIntExact(weight.rows());
        Tensor bias = file.tensors().get(name + ".bias");
        if (bias != null && bias.elements() != outputs) throw new ModelException(file.path(), name + ".bias", outputs + " numbers", bias.elements());
        return new Affine(weight.values(), bias == null ? new float[outputs] : bias.values());
    }

    public float[] apply(float[] x) {
        int inputs = weight.length / bias.length;
        if (x.length != inputs) throw new ModelException("an affine map: expected " + inputs + " numbers, found " + x.length);
        float[] y = new float[bias.length];
        for (int row = 0; row < y.length; row++) {
            double sum = bias[row];
            for (int i = 0; i < inputs; i++) sum += (double) weight[row * inputs + i] * x[i];
            y[row] = (float) sum;
        }
        return y;
    }
}
