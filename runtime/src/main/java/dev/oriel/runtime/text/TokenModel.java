package dev.oriel.runtime.text;

/// Cuts one word, which the splitter made, into tokens. The result depends on the word alone.
sealed interface TokenModel permits Bpe, SentencePiece, WordPiece, WordLevel, Unigram, LongestMatch, Plamo {
    void encode(String word, Ids out);
}
