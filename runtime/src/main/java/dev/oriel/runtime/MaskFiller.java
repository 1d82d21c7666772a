package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Says what could stand in place of the masks of a text; for encoders whose file has the head for that.
public final class MaskFiller {
    /// What vocabularies call the mask.
    private static final List<String> MARKS = List.of("[MASK]", "<mask>");

    private final Model model;
    private final Tokenizer tokenizer;
    private final String mark;
    private final int mask;

    MaskFiller(Model model, boolean causal) {
        if (causal) throw new ModelException("masks: expected an encoder, which reads a text from both sides, found a model that continues texts");
        model.engine().requireHead();
        this.model = model;
        tokenizer = model.tokenizer();
        mark = MARKS.stream().filter(this::oneToken).findFirst().orElseThrow(() -> new ModelException("masks: expected a token " + String.join(" or ", MARKS) + " in the vocabulary, found neither"));
        mask = tokenizer.encode(mark, false, true)[0];
    }

    private boolean oneToken(String text) {
        int[] ids = tokenizer.encode(text, false, true);
        return ids.length == 1 && tokenizer.isControl(ids[0]);
    }

    /// The mask as it is written in a text: `[MASK]` or `<mask>`.
    public String mask() { return mark; }

    /// The `most` likeliest tokens for each mask of a text.
    ///
    /// @throws ModelException if the text has no mask, or is longer than the model reads
    public List<Filled> fill(String text, int most, Probe... probes) {
        if (most < 1) throw new ModelException("guesses: expected 1 or more, found " + most);
        int[] ids = tokenizer.encode(text);
        int[] masks = IntStream.range(0, ids.length).filter(i -> ids[i] == mask).toArray();
        if (masks.length == 0) throw new ModelException("text: expected " + mark + " in it, where something is to be filled in, found none");
        Run run = model.run(ids, probes);
        List<Filled> out = new ArrayList<>();
        for (int i = 0; i < masks.length; i++) out.add(new Filled(masks[i], guesses(text, i, run.logits(masks[i]), most), run.trace()));
        return out;
    }

    private List<Filled.Guess> guesses(String text, int number, float[] logits, int most) {
        double top = Double.NEGATIVE_INFINITY;
        for (float logit : logits) top = Math.max(top, logit);
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - top);
        List<Integer> best = IntStream.range(0, logits.length).boxed().sorted(Comparator.comparingDouble((Integer id) -> -logits[id])).limit(most).toList();
        List<Filled.Guess> guesses = new ArrayList<>();
        for (int id : best) guesses.add(new Filled.Guess(id, tokenizer.decode(new int[] {id}, true).strip(), Math.exp(logits[id] - top) / sum, whole(text, number, id)));
        return guesses;
    }

    /// The text with a token for its `number`-th mask. A vocabulary whose words begin with their space gives it itself.
    private String whole(String text, int number, int id) {
        int at = -1;
        for (int i = 0; i <= number; i++) at = text.indexOf(mark, at + 1);
        String token = new String(tokenizer.bytes(id, true), StandardCharsets.UTF_8);
        String before = text.substring(0, at);
        boolean joined = tokenizer.piece(id).startsWith("##");
        return (joined ? before.stripTrailing() : before) + (token.startsWith(" ") && (before.isEmpty() || before.endsWith(" ")) ? token.substring(1) : token.strip()) + text.substring(at + mark.length());
    }
}
