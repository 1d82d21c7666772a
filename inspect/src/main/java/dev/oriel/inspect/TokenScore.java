package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A token and a number about it: a logit, a log-probability.
public record TokenScore(int id, float value) {

    /// The `count` tokens with the largest numbers, largest first; ties go to the lower id.
    ///
    /// @param values one per token of the vocabulary
    public static List<TokenScore> top(float[] values, int count) {
        List<TokenScore> best = new ArrayList<>();
        for (int id = 0; id < values.length; id++) {
            if (best.size() == count && (count == 0 || !(values[id] > best.getLast().value))) continue;
            int at = best.size();
            while (at > 0 && values[id] > best.get(at - 1).value) at--;
            best.add(at, new TokenScore(id, values[id]));
            if (best.size() > count) best.removeLast();
        }
        return List.copyOf(best);
    }

    /// How many tokens have a larger number than token `id`: 0 for the first.
    static int rank(float[] values, int id) {
        int above = 0;
        for (float value : values) if (value > values[id]) above++;
        return above;
    }

    /// A token as text.
    static String text(Tokenizer tokenizer, int id) { return new String(tokenizer.bytes(id, true), StandardCharsets.UTF_8); }

    static void requireTokens(Model model, int... ids) {
        int vocabulary = model.hyper().vocabulary();
        for (int id : ids) if (id < 0 || id >= vocabulary) throw new ModelException("token id: expected 0.." + (vocabulary - 1) + ", found " + id);
    }
}
