package dev.oriel.runtime;

import java.util.List;

/// What could stand in place of a mask.
///
/// @param position the mask's token, from 0
/// @param guesses  the likeliest tokens, the best first
/// @param trace    what probes recorded, the same for all masks of a text
public record Filled(int position, List<Guess> guesses, Trace trace) {
    /// @param id          of the token
    /// @param text        as it reads by itself
    /// @param probability among all tokens
    /// @param whole       the text with this token in the mask's place, other masks left as they are
    public record Guess(int id, String text, double probability, String whole) {}
}
