package dev.oriel.runtime;

/// A generated token.
///
/// @param id       in the vocabulary
/// @param text     what it adds to the text; empty while a character is incomplete
/// @param position in the sequence
public record Token(int id, String text, int position) {}
