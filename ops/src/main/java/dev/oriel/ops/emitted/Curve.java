package dev.oriel.ops.emitted;

/// Nonlinearities that kernels exist for, as the vector kernels compute them.
public enum Curve {
    /// x / (1 + e^-x)
    SILU,
    /// x Φ(x), within 5e-7 (Abramowitz and Stegun 7.1.26)
    GELU,
    /// x / (1 + e^-2u), u a cubic polynomial of x
    GELU_TANH,
    /// x / (1 + e^-1.702x)
    GELU_SIGMOID,
    /// x, or 0 below it
    RELU,
    /// the square of that
    RELU_SQUARED,
    /// 1 / (1 + e^-x)
    SIGMOID
}
