package dev.oriel.ops;

/// Elementwise functions, between the two halves of an MLP above all.
public enum Nonlinearity {
    /// x * sigmoid(x)
    SILU,
    /// x * Φ(x), by the error function
    GELU,
    /// The tanh approximation of GELU (Hendrycks and Gimpel, arXiv:1606.08415)
    GELU_TANH,
    /// x * sigmoid(1.702 x)
    GELU_SIGMOID,
    RELU,
    /// The square of RELU (arXiv:2109.08668)
    RELU_SQUARED,
    /// 1 / (1 + exp(-x))
    SIGMOID;

    /// The function itself, in double precision: the definition the kernels are held against.
    public double apply(double x) {
        return switch (this) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> 0.5 * x * (1 + Erf.erf(x / Math.sqrt(2)));
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case GELU_SIGMOID -> x / (1 + Math.exp(-1.702 * x));
            case RELU -> Math.max(0, x);
            case RELU_SQUARED -> Math.max(0, x) * Math.max(0, x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
        };
    }
}
