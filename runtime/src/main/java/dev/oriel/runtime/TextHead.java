package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Norm;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import dev.oriel.ops.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a model does with one vector per text: a classification head, or the dense modules behind a pooling.
///
/// @param stages in order
/// @param width  how many numbers the last one gives
/// @param inner  where what the first of several gives can be watched, or null
record TextHead(List<Stage> stages, int width, Site inner) {
    static final String OUTPUT = "cls.output.weight";

    /// norm(f(linear(x))), without a norm where that is null.
    record Stage(Block.Linear linear, HeadFunction function, Norm norm) {
        Rows run(Ops ops, Rows x) {
            Rows out = ops.rows(1, linear.weight().rows());
            ops.matmul(linear.weight(), linear.bias(), x, out, 1);
            function.apply(ops, out);
            if (norm != null) ops.norm(norm, out, out, 1);
            return out;
        }
    }

    /// The head of a checkpoint that sorts texts into classes, or ranks them; null where it has none.
    ///
    /// @param dense what is applied behind its first product
    static TextHead pack(Hyper hyper, HeadFunction dense, Weights weights, Ops ops) {
        if (!weights.has(OUTPUT)) return null;
        int width = hyper.width();
        int labels = Math.toIntExact(weights.any(OUTPUT).elements() / width);
        if (labels == 0) throw new ModelException("classification head: expected rows of " + width + " numbers, found " + weights.any(OUTPUT).elements() + " numbers in all");
        Stage last = new Stage(linear("cls.output", labels, width, weights, ops), HeadFunction.IDENTITY, null);
        if (!weights.has("cls.weight")) return new TextHead(List.of(last), labels, null);
        Norm norm = weights.has("cls.norm.weight") ? new Norm(hyper.norm(), hyper.epsilon(), width, constant(ops, weights.norm("cls.norm.weight", width)),
                weights.optionalVector("cls.norm.bias", width).map(bias -> constant(ops, bias)).orElse(null)) : null;
        return new TextHead(List.of(new Stage(linear("cls", width, width, weights, ops), dense, norm), last), labels, Site.POOLER_OUT);
    }

    private static Block.Linear linear(String name, int rows, int columns, Weights weights, Ops ops) {
        Tensor stored = weights.matrix(name + ".weight", rows, columns);
        Block.Linear linear = new Block.Linear(ops.pack(List.of(stored)), weights.optionalVector(name + ".bias", rows).map(bias -> constant(ops, bias)).orElse(null));
        weights.packed();
        return linear;
    }

    /// Dense modules of sentence-transformers.
    static TextHead pack(int width, List<SentenceModules.Dense> modules, Ops ops) {
        List<Stage> stages = new ArrayList<>();
        int in = width;
        for (SentenceModules.Dense module : modules) {
            Tensor weight = tensor(module, "linear.weight");
            if (weight == null || weight.shape().length != 2 || weight.columns() != in)
                throw new ModelException(module.checkpoint().path(), "linear.weight", "a matrix of " + in + " columns", weight == null ? "nothing" : Arrays.toString(weight.shape()));
            Tensor bias = tensor(module, "linear.bias");
            stages.add(new Stage(new Block.Linear(ops.pack(List.of(weight)), bias == null ? null : constant(ops, bias.values())), module.function(), null));
            in = Math.toIntExact(weight.rows());
        }
        return new TextHead(List.copyOf(stages), in, null);
    }

    private static Tensor tensor(SentenceModules.Dense module, String name) { return module.checkpoint().tensors().get(name); }

    private static Rows constant(Ops ops, float[] values) {
        Rows rows = ops.rows(1, values.length);
        ops.write(values, rows, 1);
        return rows;
    }
}
