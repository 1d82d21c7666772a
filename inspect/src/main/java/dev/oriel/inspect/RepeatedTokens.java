package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.text.Tokenizer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Tokens that repeat: `first` leading ones, then the same `length` tokens `copies` times. From the second copy on every token but a copy's first can be known by
/// looking back, and by nothing else where the tokens are random.
public record RepeatedTokens(int[] ids, int first, int length, int copies) {
    /// @throws ModelException if the ids do not repeat as said
    public RepeatedTokens {
        ids = ids.clone();
        if (first < 0 || length < 1 || copies < 2) throw wrong("first >= 0, length >= 1, copies >= 2", first + ", " + length + ", " + copies);
        long count = first + (long) length * copies;
        if (ids.length != count) throw wrong(count + " ids (" + first + " + " + copies + " x " + length + ")", ids.length);
        for (int i = first + length; i < ids.length; i++) if (ids[i] != ids[i - length]) throw wrong(ids[i - length] + " again at position " + i, ids[i]);
    }

    private static ModelException wrong(Object expected, Object found) { return new ModelException("repeated tokens: expected " + expected + ", found " + found); }

    /// Different random tokens of the model's vocabulary, none of them a control token, after BOS (id 0 where the vocabulary has none).
    public static RepeatedTokens random(Model model, int length, int copies, long seed) {
        Tokenizer tokenizer = model.tokenizer();
        int ids = Math.min(tokenizer.size(), model.hyper().vocabulary());
        return random(Math.max(0, tokenizer.bos()), ids, id -> !tokenizer.isControl(id), length, copies, seed);
    }

    /// Different random tokens after `start`: of the ids below `vocabulary` that `allowed` lets through, each is as likely as any other.
    public static RepeatedTokens random(int start, int vocabulary, IntPredicate allowed, int length, int copies, long seed) {
        int[] pool = IntStream.range(0, vocabulary).filter(id -> id != start && allowed.test(id)).toArray();
        if (length < 1 || length > pool.length) throw wrong("a length in 1.." + pool.length + ", the tokens there are", length);
        SplittableRandom random = new SplittableRandom(seed);
        int[] ids = new int[1 + Math.multiplyExact(length, copies)];
        ids[0] = start;
        for (int i = 0; i < length; i++) {
            int chosen = random.nextInt(i, pool.length);
            for (int copy = 0; copy < copies; copy++) ids[1 + copy * length + i] = pool[chosen];
            pool[chosen] = pool[i];
        }
        return new RepeatedTokens(ids, 1, length, copies);
    }

    @Override
    public int[] ids() { return ids.clone(); }

    /// Position at which the second copy begins.
    int second() { return first + length; }

    @Override
    public boolean equals(Object other) { return other instanceof RepeatedTokens r && Arrays.equals(ids, r.ids) && first == r.first && length == r.length; }

    @Override
    public int hashCode() { return Arrays.hashCode(ids); }
}
