package dev.oriel.runtime.text;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.List;

/// The tokens of a text, and which characters of it each stands for.
///
/// The characters of the tokens ascend, and one token starts where the one before it ended, except that
/// * tokens that share a character (byte-level tokens and `<0xNN>` tokens that are parts of it, or tokens of what a normalisation made of it) all have
///   the whole of that character, or of the characters that were normalised together;
/// * BOS, EOS and other tokens that the vocabulary adds, and a leading space that is not in the text, have no characters: an empty range at their place;
/// * characters of which no token was made belong to none: white space and controls that a normalisation or the splitting into words drops (BERT, T5),
///   and letters that the vocabulary neither has nor has an unknown token for.
///
/// A special token that swallows the white space beside it has that too.
public final class Encoded {
    private static final int SHOWN = 60;

    private final String text;
    private final int[] ids;
    /// From and to of each token; both never descend.
    private final int[] spans;

    Encoded(String text, int[] ids, int[] spans) {
        this.text = text;
        this.ids = ids;
        this.spans = spans;
    }

    public String text() { return text; }

    public int size() { return ids.length; }

    public int[] ids() { return ids.clone(); }

    public int id(int token) { return ids[token]; }

    /// The characters that a token stands for.
    public TextSpan characters(int token) { return new TextSpan(spans[2 * token], spans[2 * token + 1]); }

    /// The characters from the start of the first of some tokens to the end of the last; of no token, an empty range at their place.
    public TextSpan characters(TokenSpan tokens) {
        if (!tokens.isEmpty()) return new TextSpan(spans[2 * tokens.from()], spans[2 * tokens.to() - 1]);
        int at = tokens.from() < ids.length ? spans[2 * tokens.from()] : text.length();
        return new TextSpan(at, at);
    }

    /// The tokens that have at least one of the characters. Empty where none has: of an empty range, or of characters that no token was made of; then it lies where
    /// they would be.
    public TokenSpan tokens(TextSpan characters) {
        if (characters.to() > text.length()) throw new IndexOutOfBoundsException("characters " + characters.from() + ":" + characters.to() + " of a text of " + text.length());
        int from = firstEndingAfter(characters.from());
        if (characters.isEmpty()) return new TokenSpan(from, from);
        int to = from;
        for (int t = from; t < ids.length && spans[2 * t] < characters.to(); t++) if (spans[2 * t] < spans[2 * t + 1]) to = t + 1;
        while (from < to && spans[2 * from] == spans[2 * from + 1]) from++;
        return new TokenSpan(from, to);
    }

    private int firstEndingAfter(int character) {
        int low = 0;
        int high = ids.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (spans[2 * middle + 1] > character) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// The tokens of the first occurrence of `part`, as [#tokens(TextSpan)] gives them.
    ///
    /// @throws ModelException where it does not occur
    public TokenSpan tokensOf(String part) { return tokensOf(part, 0); }

    /// The tokens of an occurrence of `part`, counted from 0; occurrences may overlap.
    ///
    /// @throws ModelException where it occurs less often
    public TokenSpan tokensOf(String part, int occurrence) {
        List<TextSpan> found = occurrences(part, occurrence + 1L);
        if (occurrence < 0 || occurrence >= found.size()) throw new ModelException("text '" + shorten(text) + "': expected occurrence " + occurrence + " (from 0) of '" + shorten(part)
                + "', found " + (found.isEmpty() ? "none" : found.size() + " of them"));
        return tokens(found.get(occurrence));
    }

    /// The tokens of every occurrence of `part` from left to right; none is an empty list.
    public List<TokenSpan> allTokensOf(String part) { return occurrences(part, Long.MAX_VALUE).stream().map(this::tokens).toList(); }

    private List<TextSpan> occurrences(String part, long limit) {
        if (part.isEmpty()) throw new ModelException("span: expected a part of the text, found an empty one");
        List<TextSpan> found = new ArrayList<>();
        for (int at = text.indexOf(part); at >= 0 && found.size() < limit; at = text.indexOf(part, at + 1)) found.add(new TextSpan(at, at + part.length()));
        return found;
    }

    private static String shorten(String s) { return (s.length() > SHOWN ? s.substring(0, SHOWN) + "…" : s).replace("\n", "\\n"); }
}
