package dev.oriel.runtime.text;

import java.util.Arrays;
import java.util.function.Predicate;

/// Byte-pair encoding by ranked merges: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016).
/// Words arrive in the vocabulary's own letters (see [ByteAlphabet]).
final class Bpe implements TokenModel {
    private final Vocabulary vocabulary;
    private final Options options;
    private final Merges merges;
    private final int[] letters = new int[1 << 16];

    /// @param whole        words that, if they are tokens, are not taken apart whatever the merges would make of them
    /// @param unknown      the token for a letter that the vocabulary lacks, or NONE: it is left out
    /// @param fuseUnknown  neighbouring unknown letters give one unknown token
    /// @param byteFallback a letter that the vocabulary lacks is written as `<0xNN>` tokens
    /// @param innerPrefix  what every symbol but a word's first starts with ("" in almost all models)
    /// @param wordEnd      what a word's last symbol ends with ("" in almost all models)
    record Options(Predicate<String> whole, int unknown, boolean fuseUnknown, boolean byteFallback, String innerPrefix, String wordEnd) {
        static Options plain(Predicate<String> whole) { return new Options(whole, Vocabulary.NONE, false, false, "", ""); }

        static Options withBytes(Predicate<String> whole) { return new Options(whole, Vocabulary.NONE, false, true, "", ""); }
    }

    Bpe(Vocabulary vocabulary, Merges merges, Options options) {
        this.vocabulary = vocabulary;
        this.options = options;
        this.merges = merges;
        Arrays.fill(letters, Vocabulary.NONE);
        for (int id = vocabulary.size() - 1; id >= 0; id--) {
            int letter = vocabulary.letter(id);
            if (letter >= 0) letters[letter] = vocabulary.id(Character.toString(letter));
        }
        merges.outside().forEach((text, number) -> {
            if (text.length() == 1) letters[text.charAt(0)] = number;
        });
    }

    @Override
    public void encode(String word, Ids out) {
        if (word.isEmpty()) return;
        int whole = options.whole.test(word) ? vocabulary.id(word) : Vocabulary.NONE;
        if (whole >= 0) {
            out.add(whole, 0, word.length());
            return;
        }
        var merging = new Merging(word.length(), (left, right, _, _) -> merges.get(left, right));
        for (int i = 0, end; i < word.length(); i = end) {
            end = i + Character.charCount(word.codePointAt(i));
            merging.add(symbol(word, i, end), end);
        }
        boolean[] afterUnknown = {false};
        merging.run((id, from, to) -> {
            if (id >= vocabulary.size()) {
                afterUnknown[0] = letters(word, from, to, afterUnknown[0], out);
                return;
            }
            if (id >= 0) out.add(id, from, to);
            else unknown(word, from, to, afterUnknown[0], out);
            afterUnknown[0] = id < 0;
        });
    }

    /// What merges made that is no token.
    ///
    /// @return whether its last letter is unknown
    private boolean letters(String word, int from, int to, boolean afterUnknown, Ids out) {
        if (options.byteFallback && vocabulary.writeBytes(word, from, to, out)) return true;
        boolean unknown = afterUnknown;
        for (int i = from, end; i < to; i = end) {
            end = i + Character.charCount(word.codePointAt(i));
            int id = vocabulary.id(spelled(word, i, end));
            if (id >= 0) out.add(id, i, end);
            else unknown(word, i, end, unknown, out);
            unknown = id < 0;
        }
        return unknown;
    }

    private int symbol(String word, int from, int to) {
        boolean plain = (from == 0 || options.innerPrefix.isEmpty()) && (to < word.length() || options.wordEnd.isEmpty());
        return plain && to - from == 1 ? letters[word.charAt(from)] : merges.id(spelled(word, from, to));
    }

    /// A letter as the vocabulary writes it at its place in the word.
    private String spelled(String word, int from, int to) {
        return (from == 0 ? "" : options.innerPrefix) + word.substring(from, to) + (to == word.length() ? options.wordEnd : "");
    }

    private void unknown(String word, int from, int to, boolean afterUnknown, Ids out) {
        if (options.byteFallback && vocabulary.writeBytes(word, from, to, out)) return;
        if (options.unknown >= 0) out.addUnknown(options.unknown, from, to, afterUnknown && options.fuseUnknown);
    }
}
