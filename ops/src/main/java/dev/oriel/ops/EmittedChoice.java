package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;

/// Whether products are computed by emitted kernels.
///
/// @param emitted the kernels, which whoever takes them closes, or null
/// @param check   what each has to pass
/// @param reason  why there are none though they were wanted, or null
record EmittedChoice(Emitted emitted, EmittedProducts.Check check, String reason) {
    static EmittedChoice of(Emitted emitted) { return new EmittedChoice(emitted, KernelCheck::agrees, null); }

    /// None were wanted.
    static EmittedChoice none() { return new EmittedChoice(null, null, null); }

    /// The best there are, or none.
    static EmittedChoice best() {
        try {
            return of(Emitted.open());
        } catch (UnsupportedOperationException e) {
            return new EmittedChoice(null, null, e.getMessage());
        }
    }
}
