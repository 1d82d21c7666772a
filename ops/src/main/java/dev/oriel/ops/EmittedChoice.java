package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;

/// Whether emitted kernels compute.
///
/// @param emitted   the kernels, which whoever takes them closes, or null
/// @param products  what each kernel of products has to pass
/// @param attention the same for those of attention
/// @param rows      and for those of nonlinearities and norms
/// @param reason    why there are none though they were wanted, or null
record EmittedChoice(Emitted emitted, EmittedProducts.Check products, EmittedAttention.Check attention, EmittedRows.Check rows, String reason) {
    static EmittedChoice of(Emitted emitted) { return new EmittedChoice(emitted, KernelCheck::agrees, AttentionCheck::agrees, RowCheck::agrees, null); }

    /// None were wanted.
    static EmittedChoice none() { return without(null); }

    private static EmittedChoice without(String reason) { return new EmittedChoice(null, null, null, null, reason); }

    /// The best there are, or none.
    static EmittedChoice best() {
        try {
            return of(Emitted.open());
        } catch (UnsupportedOperationException e) {
            return without(e.getMessage());
        }
    }
}
