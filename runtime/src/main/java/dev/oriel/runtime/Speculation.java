package dev.oriel.runtime;

/// Where guesses of the next tokens come from. A model checks several in one pass, which costs little more than one token alone, so that right guesses save passes;
/// wrong ones cost time, but never change what is said: greedy tokens are the same, and drawn ones have the same distribution (arXiv:2211.17192), though a seed draws
/// others.
public sealed interface Speculation {
    /// No guesses.
    Speculation NONE = new None();

    /// What followed the last few tokens where they stood before (arXiv:2304.04487): good where an answer repeats its prompt, as in summaries, corrections and code.
    static Speculation lookup() { return new Lookup(4, 2, 10); }

    /// What a smaller model with the same vocabulary would say. It must stay open as long as it is used.
    static Speculation draft(Model model) { return new Draft(model, 6); }

    record None() implements Speculation {}

    /// @param longest  how many of the last tokens are looked for first
    /// @param shortest how many must be found
    /// @param most     guesses at a time
    record Lookup(int longest, int shortest, int most) implements Speculation {
        public Lookup {
            if (shortest < 1 || longest < shortest)
                throw new IllegalArgumentException("lookup: expected 1 <= shortest <= longest, found " + shortest + " and " + longest);
            requireSome(most);
        }
    }

    /// @param model guesses
    /// @param most  guesses at a time
    record Draft(Model model, int most) implements Speculation {
        public Draft {
            requireSome(most);
        }
    }

    private static void requireSome(int most) { if (most < 1) throw new IllegalArgumentException("guesses at a time: expected 1 or more, found " + most); }
}
