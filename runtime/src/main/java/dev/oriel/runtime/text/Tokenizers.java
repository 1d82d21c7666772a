package dev.oriel.runtime.text;

import dev.oriel.loaders.Metadata;
import java.nio.file.Path;
import java.util.Map;

/// Where tokenizers come from.
public final class Tokenizers {
    private Tokenizers() { }

    /// The tokenizer in the `tokenizer.ggml.*` keys of a GGUF file: SentencePiece (`llama`), byte-level BPE (`gpt2`), WordPiece (`bert`) or unigram (`t5`).
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
}
