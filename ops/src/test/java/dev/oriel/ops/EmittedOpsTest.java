package dev.oriel.ops;

/// The contract with emitted kernels, on two threads.
class EmittedOpsTest implements OpsContract {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(2, false, "emitted"), EmittedChoice.of(Present.emitted(null))); }

    /// Rounding to 8 bits for all codes, and to bfloat16.
    @Override
    public double matmulTolerance(Format format) { return format.grouped() || format == Format.BF16 ? 2e-2 : FLOAT; }
}
