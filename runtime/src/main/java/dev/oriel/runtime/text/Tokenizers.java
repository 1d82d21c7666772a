package dev.oriel.runtime.text;

import dev.oriel.loaders.Metadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where tokenizers come from.
public final class Tokenizers {
    private Tokenizers() { }

    /// The tokenizer in the `tokenizer.ggml.*` keys of a GGUF file: SentencePiece (`llama`), byte-level BPE (`gpt2`), BPE over
    /// characters (`gemma4`, `whitespace`), WordPiece (`bert`), unigram (`t5`), RWKV's (`rwkv`) or PLaMo's (`plamo2`).
    ///
    /// @throws dev.oriel.loaders.ModelException where the vocabulary is malformed, or of a kind or with a pre-tokenizer that is not known
    public static Tokenizer from(Metadata gguf) { return GgufTokenizer.from(gguf); }

    /// The tokenizer of a Hugging Face model.
    ///
    /// @param tokenizer tokenizer.json
    /// @param config    tokenizer_config.json, which names BOS and EOS; null, or a file that does not exist, where the model has none
    /// @throws dev.oriel.loaders.ModelException where a file is malformed, or uses a step that is not known
    public static Tokenizer fromJson(Path tokenizer, Path config) { return JsonTokenizer.read(tokenizer, config); }

    /// As [#fromJson(Path, Path)], of what a tokenizer.json would hold.
    ///
    /// @param tokenizer the file that it was made of, for messages; what is said beside it counts
    public static Tokenizer fromJson(Path tokenizer, Map<?, ?> content, Path config) { return JsonTokenizer.of(tokenizer, content, config); }

    /// The name that GGUF has (`tokenizer.ggml.pre`) for splitting text by these patterns, one after the other; nothing where it has none.
    ///
    /// @param patterns    as a tokenizer.json writes them; GPT-2's own for a `ByteLevel` that splits
    /// @param wholeWords  a word that is a token is not merged
    /// @param cleanSpaces decoded text may lose spaces before punctuation; it may in any case where no name says that it must not
    public static Optional<String> splitName(List<String> patterns, boolean wholeWords, boolean cleanSpaces) { return PreTokenizer.name(patterns, wholeWords, cleanSpaces); }

    /// GPT-2's pattern, as files write it.
    public static String gpt2Words() { return PreTokenizer.gpt2Pattern(); }
}
