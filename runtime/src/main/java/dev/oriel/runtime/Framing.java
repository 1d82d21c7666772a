package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Puts around a text, or around two, what a model's tokenizer puts there, and cuts them to a length as Hugging Face's tokenizers do: at the end, within what stands around them.
final class Framing {
    /// A text as a model reads it.
    ///
    /// @param types   0 for the first text, 1 for the second, where the model tells them apart
    /// @param dropped tokens of the text that did not fit
    record Framed(int[] ids, int[] types, int dropped) {}

    /// What an ordinary text gets in front and behind.
    private record Frame(Tokenizer tokenizer, int before, int[] around) {
        /// Where a text's own tokens lie in the whole shows what was added.
        static Frame of(Tokenizer tokenizer) {
            int[] own = tokenizer.encode("a", false, true);
            int[] whole = tokenizer.encode("a", true, true);
            int before = 0;
            while (before < whole.length - own.length && !Arrays.equals(whole, before, before + own.length, own, 0, own.length)) before++;
            int[] around = new int[whole.length - own.length];
            System.arraycopy(whole, 0, around, 0, before);
            System.arraycopy(whole, before + own.length, around, before, around.length - before);
            return new Frame(tokenizer, before, around);
        }
    }

    private final Supplier<Frame> frames;
    private final Supplier<PairTemplate> pairs;

    /// Both are asked once they are needed: tokens that are given as such need neither.
    Framing(Supplier<Tokenizer> tokenizer, Supplier<PairTemplate> pairs) {
        frames = once(() -> Frame.of(tokenizer.get()));
        this.pairs = once(pairs);
    }

    private static <T> Supplier<T> once(Supplier<T> source) {
        List<T> known = new ArrayList<>();
        return () -> {
            synchronized (known) {
                if (known.isEmpty()) known.add(source.get());
                return known.getFirst();
            }
        };
    }

    /// @param most tokens, all included
    Framed one(String text, int most) {
        Frame frame = frames.get();
        int before = frame.before;
        int[] around = frame.around;
        int[] own = frame.tokenizer.encode(text, false, true);
        int kept = Math.min(own.length, room(most, around.length));
        int[] ids = new int[kept + around.length];
        System.arraycopy(around, 0, ids, 0, before);
        System.arraycopy(own, 0, ids, before, kept);
        System.arraycopy(around, before, ids, before + kept, around.length - before);
        return new Framed(ids, new int[ids.length], own.length - kept);
    }

    /// Two texts as one; where they are too long, the longer one is cut until they fit, then both.
    Framed pair(String first, String second, int most) {
        PairTemplate pair = pairs.get();
        Tokenizer tokenizer = frames.get().tokenizer;
        int[] a = tokenizer.encode(first, false, true);
        int[] b = tokenizer.encode(second, false, true);
        int room = room(most, pair.added());
        int[] kept = cut(a.length, b.length, room);
        int[] ids = new int[kept[0] + kept[1] + pair.added()];
        int[] types = new int[ids.length];
        int at = 0;
        for (PairTemplate.Part part : pair.parts()) {
            int[] tokens = part.text() == 0 ? part.ids() : Arrays.copyOf(part.text() == 1 ? a : b, kept[part.text() - 1]);
            System.arraycopy(tokens, 0, ids, at, tokens.length);
            Arrays.fill(types, at, at + tokens.length, part.type());
            at += tokens.length;
        }
        return new Framed(ids, types, a.length + b.length - kept[0] - kept[1]);
    }

    private static int room(int most, int added) {
        if (most <= added) throw new ModelException("tokens of a text: expected more than the " + added + " that the tokenizer adds, found " + most);
        return most - added;
    }

    /// How much of two texts fits: the shorter one is whole unless it has more than half.
    private static int[] cut(int a, int b, int room) {
        if (a + b <= room) return new int[] {a, b};
        int shorter = Math.min(a, b);
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if (shorter + longer > room) {
            shorter = room / 2;
            longer = room - shorter;
        }
        return a > b ? new int[] {longer, shorter} : new int[] {shorter, longer};
    }

    /// Tokens of the beginning of a text, what stands in front included.
    int beginning(String text) { return frames.get().before + frames.get().tokenizer.encode(text, false, true).length; }
}
