package dev.oriel.runtime;

import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Ops;
import dev.oriel.ops.Rows;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What dense modules and classification heads apply to each number; names are those of PyTorch's modules.
enum HeadFunction {
    IDENTITY(null, "Identity"),
    TANH(null, "Tanh"),
    RELU(Nonlinearity.RELU, "ReLU"),
    GELU(Nonlinearity.GELU, "GELU", "GELUActivation"),
    GELU_TANH(Nonlinearity.GELU_TANH, "NewGELUActivation", "GELUTanh"),
    SILU(Nonlinearity.SILU, "SiLU", "SiLUActivation");

    private final Nonlinearity kernel;
    private final List<String> names;

    HeadFunction(Nonlinearity kernel, String... names) {
        this.kernel = kernel;
        this.names = List.of(names);
    }

    static HeadFunction of(Nonlinearity f) { return Arrays.stream(values()).filter(each -> each.kernel == f).findFirst().orElseThrow(); }

    static Optional<HeadFunction> named(String name) { return Arrays.stream(values()).filter(each -> each.names.contains(name)).findFirst(); }

    static String names() { return "one of " + Arrays.stream(values()).map(each -> each.names.getFirst()).collect(Collectors.joining(", ")); }

    /// In place, on the first row.
    void apply(Ops ops, Rows x) {
        if (kernel != null) ops.activate(kernel, x, x, 1);
        if (this != TANH) return;
        float[] values = new float[x.width()];
        ops.read(x, 1, values);
        for (int i = 0; i < values.length; i++) values[i] = (float) Math.tanh(values[i]);
        ops.write(values, x, 1);
    }
}
