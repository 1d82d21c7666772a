package dev.oriel.ops;

/// How the two halves of a gated MLP meet: `f(slope * g) / slope * (u + offset)`, where g is the gate, at most `limit`, and u the other half within ±`limit`.
///
/// @param f      the nonlinearity
/// @param slope  1 for f itself
/// @param limit  infinite for none
/// @param offset added to the other half
public record Gating(Nonlinearity f, float slope, float limit, float offset) {

    /// f(gate) * up, which is what nearly every model does.
    public static Gating of(Nonlinearity f) { return new Gating(f, 1, Float.POSITIVE_INFINITY, 0); }

    boolean plain() { return slope == 1 && limit == Float.POSITIVE_INFINITY && offset == 0; }

    /// The function itself, in double precision: the definition the kernels are held against.
    public double apply(double gate, double up) {
        return f.apply(slope * Math.min(gate, limit)) / slope * (Math.clamp(up, -limit, limit) + offset);
    }
}
