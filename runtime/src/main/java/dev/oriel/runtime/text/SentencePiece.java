package dev.oriel.runtime.text;

/// SentencePiece's BPE: neighbours merge where their joined text is a token, the highest score first. Spaces arrive as U+2581.
/// Kudo and Richardson, "SentencePiece" (2018).
///
/// @param unknown the token for a character that is neither in the vocabulary nor writable as byte tokens
record SentencePiece(Vocabulary vocabulary, int unknown) implements TokenModel {
    @Override
    public void encode(String word, Ids out) {
        var merging = new Merging(word.length(), (_, _, from, to) -> pair(word, from, to));
        for (int i = 0, end; i < word.length(); i = end) {
            end = i + Character.charCount(word.codePointAt(i));
            merging.add(vocabulary.id(word.substring(i, end)), end);
        }
        merging.run((id, from, to) -> {
            if (id >= 0) out.add(id, from, to);
            else if (!vocabulary.writeBytes(word, from, to, out) && unknown >= 0) out.add(unknown, from, to);
        });
    }

    private long pair(String word, int from, int to) {
        if (to - from > vocabulary.longest()) return Merging.NONE;
        int id = vocabulary.id(word.substring(from, to));
        return id < 0 ? Merging.NONE : Merging.pair(ascending(0f - vocabulary.score(id)), id);
    }

    /// An integer that orders as the float does.
    private static int ascending(float f) {
        int bits = Float.floatToIntBits(f);
        return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }
}
