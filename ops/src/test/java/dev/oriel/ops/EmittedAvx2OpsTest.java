package dev.oriel.ops;

import dev.oriel.ops.emitted.InstructionSet;

/// The contract with the kernels for processors without AVX-512, on one thread.
class EmittedAvx2OpsTest extends EmittedOpsTest {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(1, false, "emitted"), EmittedChoice.of(Present.emitted(InstructionSet.AVX2))); }
}
