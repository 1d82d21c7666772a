package dev.oriel.runtime.text;

import java.util.List;
import java.util.function.Consumer;

/// Cuts a text into the words that a [TokenModel] sees one by one (a "pre-tokenizer"), and may rewrite them on the way.
interface Splitter {
    /// The text as one word.
    Splitter WHOLE = (text, _, words) -> words.accept(text);

    /// Every word in the byte alphabet.
    Splitter BYTES = (text, _, words) -> words.accept(Rewriting.BYTES.apply(text));

    /// White space separates words and goes.
    Splitter AT_SPACES = RegexSplitter.of("pre-tokenizer", "\\s+", RegexSplitter.Behaviour.REMOVED, false);

    /// @param first the text starts the whole input
    void split(Aligned text, boolean first, Consumer<Aligned> words);

    /// Each splitter works on the words of the one before it.
    static Splitter chain(List<Splitter> steps) {
        return steps.stream().reduce(Splitter::then).orElse(WHOLE);
    }

    private Splitter then(Splitter next) {
        return (text, first, words) -> {
            boolean[] atStart = {first};
            split(text, first, word -> {
                next.split(word, atStart[0], words);
                atStart[0] = false;
            });
        };
    }
}
