package dev.oriel.runtime.text;

import java.util.List;

/// Turns text into token ids and ids back into bytes. Immutable and thread-safe.
public interface Tokenizer {
    int size();

    /// Ids of a text: special tokens written in it are recognised, and BOS/EOS are added as the vocabulary says.
    int[] encode(String text);

    /// @param addSpecial   add BOS/EOS as the vocabulary says
    /// @param parseSpecial recognise special tokens written in the text
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /// As [#encode(String)], with the part of the text that each token stands for.
    default Encoded encodeWithOffsets(String text) { return encodeWithOffsets(text, true, true); }

    /// The ids of `encode(text, addSpecial, parseSpecial)`, and for each the characters that it was made from: see [Encoded].
    Encoded encodeWithOffsets(String text, boolean addSpecial, boolean parseSpecial);

    /// As [#encodeWithOffsets(String, boolean, boolean)] with special tokens recognised, except where they would have a character of `literal`: what somebody else has
    /// written stays text there. So do user-defined tokens of the look `<|name|>`, which some files do not call special; other user-defined ones are as ever.
    ///
    /// @param literal parts of the text in ascending order that do not overlap
    Encoded encodeWithOffsets(String text, boolean addSpecial, List<TextSpan> literal);

    /// The bytes token `id` stands for (may be part of a UTF-8 sequence); control tokens give none unless `special`.
    byte[] bytes(int id, boolean special);

    /// The text of a whole sequence, as the vocabulary's own detokeniser gives it (leading-space rules included); control tokens written out where `special`.
    String decode(int[] ids, boolean special);

    /// The token's own text in the vocabulary.
    String piece(int id);

    /// -1 where the vocabulary has none.
    int bos();

    int eos();

    /// Whether generation ends with this token (EOS, EOT, end of message).
    boolean endsGeneration(int id);

    boolean isControl(int id);
}
