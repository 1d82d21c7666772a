package dev.oriel.runtime.text;

/// Every word is a token, or unknown.
record WordLevel(Vocabulary vocabulary, int unknown) implements TokenModel {
    @Override
    public void encode(String word, Ids out) {
        int id = vocabulary.id(word);
        if (!word.isEmpty() && (id >= 0 || unknown >= 0)) out.add(id >= 0 ? id : unknown, 0, word.length());
    }
}
