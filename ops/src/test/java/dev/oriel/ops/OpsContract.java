package dev.oriel.ops;

/// What every implementation of [Ops] owes, against formulas in double precision. A test class implements [#open], and
/// [#matmulTolerance] if it rounds activations; everything else is in the parts.
///
/// Rows are views inside larger rows, off vector boundaries, and what surrounds them must stay as it was ([Guarded]).
public interface OpsContract extends MemoryContract, LinearContract, NormContract, ElementwiseContract, AttentionContract, ExpertsContract {
    @Override
    Ops open();

    @Override
    default double matmulTolerance(Format format) { return FLOAT; }
}
