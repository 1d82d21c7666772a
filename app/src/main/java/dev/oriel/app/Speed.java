package dev.oriel.app;

import dev.oriel.runtime.Generated;
import java.util.Locale;

/// Measures a generation as it runs.
final class Speed {
    private final int promptTokens;
    private final long start = System.nanoTime();
    private long first;
    private long last;

    Speed(int promptTokens) { this.promptTokens = promptTokens; }

    /// A token has come.
    void token() {
        last = System.nanoTime();
        if (first == 0) first = last;
    }

    /// One line for people.
    String summary(Generated generated) {
        int count = generated.ids().length;
        String guesses = generated.guessed() == 0 ? "" : ", " + generated.right() + " of " + generated.guessed() + " guesses right";
        return String.format(Locale.ROOT, "[prompt %d tokens%s, generated %d%s%s, ended by %s]", promptTokens, rate(promptTokens, first - start), count,
                rate(count - 1, last - first), guesses, generated.reason().name().toLowerCase(Locale.ROOT));
    }

    private static String rate(int tokens, long nanoseconds) {
        return tokens < 1 || nanoseconds <= 0 ? "" : String.format(Locale.ROOT, " at %.1f/s", tokens * 1e9 / nanoseconds);
    }
}
