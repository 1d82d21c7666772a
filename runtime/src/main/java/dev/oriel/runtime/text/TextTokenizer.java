package dev.oriel.runtime.text;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The tokenizer of every model: added tokens are found, the text between them is rewritten, split into words, and each word cut into tokens.
///
/// @param added      looked for in the text as it is
/// @param normalizer rewrites the text between added tokens
/// @param late       looked for after that rewriting
record TextTokenizer(Vocabulary vocabulary, Frame frame, AddedTokens added, UnaryOperator<String> normalizer, AddedTokens late,
                     Splitter splitter, TokenModel model, Detokenizer detokenizer) implements Tokenizer {
    private static final int REMEMBERED_WORD = 64;

    /// The tokens that mark the ends of a text.
    ///
    /// @param before  put before an encoded text
    /// @param after   put after it
    /// @param endings those that end generation
    record Frame(int bos, int eos, int[] before, int[] after, BitSet endings) { }

    @Override
    public int size() { return vocabulary.size(); }

    @Override
    public int[] encode(String text) { return encode(text, true, true); }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        Ids out = new Ids();
        if (addSpecial) out.addAll(frame.before);
        new Encoding(out, parseSpecial).run(Unicode.wellFormed(text));
        if (addSpecial) out.addAll(frame.after);
        return out.toArray();
    }

    /// One text on its way. Words repeat, so their tokens are remembered.
    private final class Encoding {
        private final Map<String, int[]> seen = new HashMap<>();
        private final Ids out;
        private final boolean special;
        private boolean first = true;

        Encoding(Ids out, boolean special) {
            this.out = out;
            this.special = special;
        }

        void run(String text) {
            added.split(text, special, this::token, raw -> late.split(normalizer.apply(raw), special, this::token, this::words));
        }

        private void token(int id) {
            out.add(id);
            first = false;
        }

        private void words(String text) {
            splitter.split(text, first, this::word);
            first = false;
        }

        private void word(String word) {
            int[] ids = seen.get(word);
            if (ids != null) {
                out.addAll(ids);
                return;
            }
            int start = out.size();
            model.encode(word, out);
            if (word.length() <= REMEMBERED_WORD) seen.put(word, out.from(start));
        }
    }

    @Override
    public byte[] bytes(int id, boolean special) { return detokenizer.bytes(vocabulary, id, special); }

    @Override
    public String decode(int[] ids, boolean special) { return detokenizer.text(vocabulary, ids, special); }

    @Override
    public String piece(int id) { return vocabulary.piece(id); }

    @Override
    public int bos() { return frame.bos; }

    @Override
    public int eos() { return frame.eos; }

    @Override
    public boolean endsGeneration(int id) { return id >= 0 && frame.endings.get(id); }

    @Override
    public boolean isControl(int id) { return vocabulary.kind(id) == Vocabulary.Kind.CONTROL; }

    @Override
    public String toString() { return "Tokenizer[" + model.getClass().getSimpleName() + ", " + size() + " tokens, " + Arrays.toString(frame.before) + "]"; }
}
