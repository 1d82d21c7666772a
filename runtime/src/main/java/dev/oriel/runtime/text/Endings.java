package dev.oriel.runtime.text;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which tokens end generation. Few files say it in full, so, as in llama.cpp, known texts count too whatever kind the file gives them.
///
/// @param ids   the tokens that end generation
/// @param kinds tokens whose kind in the file is not what they are used for
record Endings(BitSet ids, Map<Integer, Vocabulary.Kind> kinds) {
    private static final List<String> TEXTS = List.of(
            "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>", "<|endoftext|>", "</s>",
            "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
            "<｜end▁of▁sentence｜>", "[e~[");
    /// Fill-in-the-middle: what a model writes when the middle is done.
    private static final List<List<String>> FILL_ENDS = List.of(
            List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
            List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
            List.of("<|file_sep|>"));
    private static final List<List<String>> FILL_OTHERS = List.of(
            List.of("<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>"),
            List.of("<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>", "<|suffix|>"),
            List.of("<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>", "<|middle|>"));
    /// The marks between gpt-oss' channels: a reader needs to see them.
    private static final List<String> SHOWN = List.of("<|channel|>", "<|message|>", "<|start|>", "<|constrain|>");

    /// @param named what the file itself names; NONE is skipped
    static Endings of(Vocabulary vocabulary, int... named) {
        var endings = new Endings(new BitSet(), new HashMap<>());
        for (List<String> texts : FILL_OTHERS) endings.control(vocabulary, first(vocabulary, texts));
        for (List<String> texts : FILL_ENDS) endings.end(vocabulary, first(vocabulary, texts));
        for (String text : TEXTS) endings.end(vocabulary, vocabulary.id(text));
        for (String text : SHOWN) endings.show(vocabulary.id(text));
        for (int id : named) if (id >= 0) endings.ids.set(id);
        endings.except(vocabulary);
        return endings;
    }

    /// Models that use one of the texts for something else.
    private void except(Vocabulary vocabulary) {
        int end = vocabulary.id("<|end|>");
        boolean calls = ends(vocabulary, "<|call|>") || ends(vocabulary, "<|calls|>");
        if (end >= 0 && calls && (ends(vocabulary, "<|return|>") || ends(vocabulary, "<|flush|>"))) {
            ids.clear(end);
            show(end);
        }
        int stop = vocabulary.id("</s>");
        if (stop >= 0 && ends(vocabulary, "<|tool_response>")) {
            ids.clear(stop);
            kinds.put(stop, Vocabulary.Kind.NORMAL);
        }
    }

    private boolean ends(Vocabulary vocabulary, String text) {
        int id = vocabulary.id(text);
        return id >= 0 && ids.get(id);
    }

    private void end(Vocabulary vocabulary, int id) {
        if (id < 0) return;
        ids.set(id);
        control(vocabulary, id);
    }

    private void control(Vocabulary vocabulary, int id) {
        if (id >= 0 && vocabulary.kind(id) != Vocabulary.Kind.CONTROL) kinds.put(id, Vocabulary.Kind.CONTROL);
    }

    private void show(int id) {
        if (id >= 0) kinds.put(id, Vocabulary.Kind.USER_DEFINED);
    }

    private static int first(Vocabulary vocabulary, List<String> texts) {
        return texts.stream().mapToInt(vocabulary::id).filter(id -> id >= 0).findFirst().orElse(Vocabulary.NONE);
    }
}
