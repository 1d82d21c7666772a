package dev.oriel.ops;

/// The contract with 8-bit activations, on one thread.
class QuantisedVectorOpsTest implements OpsContract {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(1, false, "vector")); }

    /// Rounding to 8 bits, for 4-bit codes with a scale per 32 columns.
    @Override
    public double matmulTolerance(Format format) {
        boolean small = format.groupLength() == 32 && format.codeHigh() - format.codeLow() <= 15;
        return small ? 2e-2 : FLOAT;
    }
}
