package dev.oriel.runtime.text;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The tokenizer of every model: added tokens are found, the text between them is rewritten, split into words, and each word cut into tokens.
///
/// @param added      looked for in the text as it is
/// @param normalizer rewrites the text between added tokens
/// @param late       looked for after that rewriting
record TextTokenizer(Vocabulary vocabulary, Frame frame, AddedTokens added, Rewriting normalizer, AddedTokens late,
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
        return encode(Aligned.plain(Unicode.wellFormed(text)), Ids.plain(), addSpecial, written(parseSpecial)).toArray();
    }

    @Override
    public Encoded encodeWithOffsets(String text, boolean addSpecial, boolean parseSpecial) {
        return encoded(text, addSpecial, written(parseSpecial));
    }

    @Override
    public Encoded encodeWithOffsets(String text, boolean addSpecial, List<TextSpan> literal) { return encoded(text, addSpecial, new Literal(literal)); }

    private Encoded encoded(String text, boolean addSpecial, AddedTokens.Written special) {
        Ids out = encode(Aligned.source(Unicode.wellFormed(text)), Ids.withSpans(), addSpecial, special);
        return new Encoded(text, out.toArray(), out.spans());
    }

    private static AddedTokens.Written written(boolean special) { return special ? AddedTokens.Written.ANYWHERE : AddedTokens.Written.NOWHERE; }

    private Ids encode(Aligned text, Ids out, boolean addSpecial, AddedTokens.Written special) {
        int end = text.text().length();
        if (addSpecial) for (int id : frame.before) out.add(id, 0, 0);
        new Encoding(out, special).run(text);
        if (addSpecial) for (int id : frame.after) out.add(id, end, end);
        return out;
    }

    /// One text on its way. Words repeat, so their tokens are remembered.
    private final class Encoding {
        private final Map<String, Ids> seen = new HashMap<>();
        private final Ids out;
        private final AddedTokens.Written special;
        private boolean first = true;

        Encoding(Ids out, AddedTokens.Written special) {
            this.out = out;
            this.special = special;
        }

        void run(Aligned text) {
            parts(added, text, raw -> parts(late, normalizer.apply(raw), this::words));
        }

        private void parts(AddedTokens tokens, Aligned whole, Consumer<Aligned> between) {
            AddedTokens.Written here = special instanceof Literal literal ? (token, from, to) -> literal.is(token, whole.from(from), whole.to(to)) : special;
            tokens.split(whole.text(), here, new AddedTokens.Parts() {
                @Override
                public void token(int id, int from, int to) {
                    int start = out.size();
                    out.add(id, from, to);
                    out.place(start, whole);
                    first = false;
                }

                @Override
                public void text(int from, int to) { between.accept(whole.part(from, to)); }
            });
        }

        private void words(Aligned text) {
            splitter.split(text, first, this::word);
            first = false;
        }

        private void word(Aligned word) {
            String text = word.text();
            Ids known = seen.get(text);
            int start = out.size();
            if (known != null) out.addAll(known);
            else model.encode(text, out);
            if (known == null && text.length() <= REMEMBERED_WORD) seen.put(text, out.from(start));
            out.place(start, word);
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
