package dev.oriel.ops;

/// A normalisation over consecutive groups of `width` columns (one group for a whole row; one per head for query and key norms).
/// The learned weight and bias are applied by [Ops#affine], or together with this by [Ops#norm].
///
/// @param kind    root mean square (arXiv:1910.07467) or layer norm (arXiv:1607.06450)
/// @param epsilon added to the mean square before the root
/// @param width   columns of one group
/// @param weight  `[1, width]`; or as wide as the whole row, where every group has its own; or null
/// @param bias    the same
public record Norm(Kind kind, float epsilon, int width, Rows weight, Rows bias) {
    public enum Kind { RMS, LAYER }

    /// Column of a parameter that belongs to column `from` of a row, `from` being the start of a group.
    int column(Rows parameter, int from) { return parameter.width() == width ? 0 : from; }
}
