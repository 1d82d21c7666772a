package dev.oriel.runtime;

/// How a generation went.
///
/// @param ids    the generated ids, an end token excluded
/// @param text   their text, a stop string excluded
/// @param reason why it ended
public record Generated(int[] ids, String text, Reason reason) {
    public enum Reason {
        /// The model said it was done.
        END,
        /// A stop string appeared.
        STOP,
        /// The number of tokens asked for is reached.
        LENGTH,
        /// The context is full.
        CONTEXT,
        CANCELLED
    }
}
