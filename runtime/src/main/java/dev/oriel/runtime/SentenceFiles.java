package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a GGUF model says about whole texts, in the words of Hugging Face's files.
final class SentenceFiles {
    private static final String KIND = "sentence_transformers.models.";

    private SentenceFiles() {}

    /// The files that sentence-transformers reads, by path; none where the model does not say how texts become vectors.
    static Map<String, Object> of(Arch arch, Checkpoint gguf, Hyper hyper) {
        Map<String, Object> out = new LinkedHashMap<>();
        boolean said = gguf.metadata().count(arch.ggufName + "." + TextFiles.POOLING_TYPE, 0, 1 << 20, 0) % TextFiles.RANK != 0 || gguf.metadata().has(arch.ggufName + "." + TextFiles.POOLING);
        if (!said) return out;
        EmbeddingRule rule = TextFiles.of(arch, gguf, hyper).embedding(hyper.contextLength());
        List<Object> modules = new ArrayList<>(List.of(module(0, "Transformer", ""), module(1, "Pooling", "1_Pooling")));
        if (rule.normalised()) modules.add(module(2, "Normalize", "2_Normalize"));
        out.put("modules.json", modules);
        Map<String, Object> pooling = new LinkedHashMap<>();
        pooling.put("word_embedding_dimension", hyper.width());
        for (Pooling each : Pooling.values()) if (each != Pooling.NONE) pooling.put("pooling_mode_" + each.flag, each == rule.pooling());
        pooling.put("include_prompt", rule.promptCounts());
        out.put("1_Pooling/config.json", pooling);
        Map<String, Object> sentence = new LinkedHashMap<>();
        sentence.put("max_seq_length", rule.maxTokens());
        sentence.put("do_lower_case", rule.lowercase());
        out.put("sentence_bert_config.json", sentence);
        if (rule.prompts().isEmpty()) return out;
        Map<String, Object> prompts = new LinkedHashMap<>();
        prompts.put("prompts", rule.prompts());
        prompts.put("default_prompt_name", rule.prompts().entrySet().stream().filter(named -> !rule.prompt().isEmpty() && named.getValue().equals(rule.prompt())).map(Map.Entry::getKey).findFirst().orElse(null));
        out.put("config_sentence_transformers.json", prompts);
        return out;
    }

    private static Map<String, Object> module(int number, String kind, String path) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("idx", number);
        out.put("name", Integer.toString(number));
        out.put("path", path);
        out.put("type", KIND + kind);
        return out;
    }

    /// The keys of `config.json` about classes.
    static Map<String, Object> classes(Arch arch, Checkpoint gguf, Hyper hyper, int count) {
        TextFiles files = TextFiles.of(arch, gguf, hyper);
        List<String> labels = files.labels(count);
        Map<String, Object> names = new LinkedHashMap<>();
        Map<String, Object> numbers = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            names.put(Integer.toString(i), labels.get(i));
            numbers.put(labels.get(i), i);
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("id2label", names);
        out.put("label2id", numbers);
        files.problem().ifPresent(problem -> out.put("problem_type", problem));
        if (arch == Arch.MODERNBERT) out.put("classifier_pooling", files.ofClasses().mode);
        return out;
    }
}
