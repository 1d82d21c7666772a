package dev.oriel.ops;

/// Rotary position embedding (arXiv:2104.09864) on `2 * frequencies.length` columns of every head: column `first + i` turns with column
/// `first + i + frequencies.length` by the angle `position * frequencies[i]`. Weights stored for neighbouring pairs are permuted when they are loaded.
///
/// @param headDim     columns of one head
/// @param first       columns of a head before those that turn
/// @param frequencies radians per position, one per pair, all scaling rules applied
/// @param magnitude   factor on cosine and sine (1 unless a scaling rule asks for more)
public record Rope(int headDim, int first, float[] frequencies, float magnitude) {

    /// On the first columns of every head.
    public Rope(int headDim, float[] frequencies, float magnitude) { this(headDim, 0, frequencies, magnitude); }
}
