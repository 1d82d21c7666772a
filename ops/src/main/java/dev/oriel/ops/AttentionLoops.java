package dev.oriel.ops;

/// The inner loops of attention, over the slots of a step: by the Vector API or by emitted kernels, with the same bits.
sealed interface AttentionLoops permits VectorLoops, EmittedLoops {
    /// Scores of all rows with the tiles that hold `count` slots from `slot` on, before anything is masked.
    void scores(int slot, int count);

    /// Masks scores with `count` slots, a multiple of a tile, and turns them into weights and factors.
    void soften(int slot, int count, Gathered into);

    /// z = z * factors + weights · values, for `count` slots from `slot` on.
    void weigh(int slot, int count, Gathered into);
}
