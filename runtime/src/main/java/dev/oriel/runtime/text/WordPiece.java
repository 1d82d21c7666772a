package dev.oriel.runtime.text;

/// WordPiece, BERT's tokenizer: the longest token that starts the word, then the longest that goes on, and so on; a word that cannot be covered is one unknown token.
///
/// @param start   what tokens that start a word start with in the vocabulary (U+2581 in GGUF, nothing in tokenizer.json)
/// @param inside  what the other tokens start with (nothing in GGUF, `##` in tokenizer.json)
/// @param longest words of more characters are unknown as they are
record WordPiece(Vocabulary vocabulary, String start, String inside, int unknown, int longest) implements TokenModel {
    @Override
    public void encode(String word, Ids out) {
        if (word.isEmpty()) return;
        if (word.codePointCount(0, word.length()) > longest || !cover(start + word, out) && unknown >= 0) out.add(unknown, 0, word.length());
    }

    private boolean cover(String text, Ids out) {
        Ids found = out.another();
        for (int i = 0; i < text.length(); ) {
            int end = Math.min(text.length(), i + vocabulary.longest());
            int id = Vocabulary.NONE;
            for (; end > i; end--) {
                id = vocabulary.id(i == 0 ? text.substring(0, end) : inside + text.substring(i, end));
                if (id >= 0) break;
            }
            if (id < 0) return false;
            found.add(id, Math.max(0, i - start.length()), Math.max(0, end - start.length()));
            i = end;
        }
        out.addAll(found);
        return true;
    }
}
