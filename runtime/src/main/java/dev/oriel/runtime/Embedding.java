package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;

/// A text as one vector.
///
/// @param vector  its numbers; not copied
/// @param tokens  how many were read, those included that the tokenizer adds
/// @param dropped how many of the text's tokens were left out because the model reads no more
/// @param trace   what probes recorded
public record Embedding(float[] vector, int tokens, int dropped, Trace trace) {

    /// The cosine of the angle to another one: 1 where both point in the same direction. 0 where one of them is all zeros.
    public double similarity(Embedding other) {
        if (other.vector.length != vector.length) throw new ModelException("similarity: expected two vectors of one length, found " + vector.length + " and " + other.vector.length + " numbers");
        double product = 0;
        for (int i = 0; i < vector.length; i++) product += (double) vector[i] * other.vector[i];
        double lengths = length(vector) * length(other.vector);
        return lengths == 0 ? 0 : product / lengths;
    }

    /// The Euclidean length.
    static double length(float[] vector) {
        double squares = 0;
        for (float x : vector) squares += (double) x * x;
        return Math.sqrt(squares);
    }
}
