package dev.oriel.ops;

import dev.oriel.ops.emitted.InstructionSet;

/// The contract with the kernels for AVX-VNNI, on one thread.
class EmittedAvxVnniOpsTest extends EmittedOpsTest {
    @Override
    public Ops open() { return new VectorOps(new Backend.Options(1, false, "emitted"), EmittedChoice.of(Present.emitted(InstructionSet.AVX_VNNI))); }
}
