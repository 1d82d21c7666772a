package dev.oriel.ops;

import dev.oriel.ops.emitted.Emitted;
import dev.oriel.ops.emitted.InstructionSet;
import org.junit.jupiter.api.Assumptions;

/// Skips a test, with the reason, on a machine that cannot run it.
final class Present {
    private Present() {}

    /// @param set null for the best there is
    static Emitted emitted(InstructionSet set) {
        try {
            return Emitted.open(set);
        } catch (UnsupportedOperationException e) {
            return Assumptions.abort(e.getMessage());
        }
    }
}
