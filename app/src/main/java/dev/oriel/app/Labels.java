package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Tokens as people read them.
final class Labels {
    private Labels() {}

    /// Their texts; their numbers where the model's file has no vocabulary.
    static List<String> of(Model model, int... ids) {
        Tokenizer tokenizer;
        try {
            tokenizer = model.tokenizer();
        } catch (ModelException e) {
            return Arrays.stream(ids).mapToObj(Integer::toString).toList();
        }
        return Arrays.stream(ids).mapToObj(id -> new String(tokenizer.bytes(id, true), StandardCharsets.UTF_8)).toList();
    }
}
