package dev.oriel.runtime;

/// How a generation went.
///
/// @param ids    the generated ids, an end token excluded
/// @param text   their text, a stop string excluded
/// @param reason why it ended
/// @param trace  what probes recorded, of the prompt and of all generated tokens but the last
/// @param guessed tokens that a [Speculation] guessed
/// @param right   how many of them the model would have said itself
public record Generated(int[] ids, String text, Reason reason, Trace trace, int guessed, int right) {
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
