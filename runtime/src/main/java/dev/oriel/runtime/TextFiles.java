package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// What a checkpoint's files say about whole texts: how they become vectors, what classes they are sorted into, what stands between two of them.
///
/// @param causal whether tokens see only those before them
record TextFiles(Arch arch, Checkpoint.Kind kind, Metadata keys, Path folder, boolean causal) {
    /// Keys of GGUF after the architecture's name; llama.cpp knows the first two, the others are ours.
    static final String POOLING_TYPE = "pooling_type";
    static final String LABELS = "classifier.output_labels";
    static final String CLASS_POOLING = "classifier.pooling";
    static final String PROBLEM = "classifier.problem_type";
    static final String POOLING = "embedding.pooling";
    static final String NORMALISED = "embedding.normalized";
    static final String LENGTH = "embedding.max_tokens";
    static final String LOWERCASE = "embedding.lowercase";
    static final String PROMPT_COUNTS = "embedding.include_prompt";
    static final String PROMPT_NAMES = "embedding.prompt_names";
    static final String PROMPTS = "embedding.prompts";
    static final String PROMPT = "embedding.prompt";
    /// How GGUF numbers them.
    private static final List<Pooling> NUMBERED = List.of(Pooling.NONE, Pooling.MEAN, Pooling.CLS, Pooling.LAST);
    static final int RANK = 4;

    static TextFiles of(Arch arch, Checkpoint checkpoint, Hyper hyper) {
        return new TextFiles(arch, checkpoint.kind(), checkpoint.metadata(), checkpoint.folder(), hyper.attention().causal());
    }

    /// Whether the head of classes is one for whole texts: heads for tokens, answers or choices have the same names in some families.
    static boolean sortsTexts(Checkpoint checkpoint) {
        List<?> classes = checkpoint.kind() == Checkpoint.Kind.GGUF || !(checkpoint.metadata().values().get("architectures") instanceof List<?> named) ? List.of() : named;
        return classes.isEmpty() || classes.stream().anyMatch(name -> String.valueOf(name).endsWith("ForSequenceClassification"));
    }

    private boolean gguf() { return kind == Checkpoint.Kind.GGUF; }

    Optional<SentenceModules> modules() { return gguf() ? Optional.empty() : SentenceModules.in(folder); }

    /// @param context positions a text may have
    EmbeddingRule embedding(int context) {
        if (gguf()) return stored(context);
        Pooling usual = causal ? Pooling.LAST : Pooling.MEAN;
        return modules().map(m -> new EmbeddingRule(m.pooling(), m.normalised(), m.length() == 0 ? context : Math.min(context, m.length()), 0, m.prompts(), m.prompt(), m.promptCounts(), m.lowercase()))
                .orElseGet(() -> new EmbeddingRule(usual, true, context, 0, Map.of(), "", true, false));
    }

    private EmbeddingRule stored(int context) {
        int number = keys.count(key(POOLING_TYPE), 0, 1 << 20, 0);
        if (number > RANK) throw new ModelException(keys.file(), key(POOLING_TYPE), "0.." + RANK, number);
        Pooling usual = causal ? Pooling.LAST : Pooling.MEAN;
        Pooling pooling = keys.text(key(POOLING)).map(this::named).orElse(number == 0 || number == RANK ? usual : NUMBERED.get(number));
        Map<String, String> prompts = new LinkedHashMap<>();
        List<String> names = strings(PROMPT_NAMES);
        List<String> texts = strings(PROMPTS);
        for (int i = 0; i < Math.min(names.size(), texts.size()); i++) prompts.put(names.get(i), texts.get(i));
        return new EmbeddingRule(pooling, keys.flag(key(NORMALISED)).orElse(true), Math.min(context, keys.count(key(LENGTH), 1, 1 << 28, context)), 0, prompts,
                keys.text(key(PROMPT)).orElse(""), keys.flag(key(PROMPT_COUNTS)).orElse(true), keys.flag(key(LOWERCASE)).orElse(false));
    }

    private Pooling named(String mode) {
        for (Pooling pooling : Pooling.values()) if (pooling != Pooling.NONE && pooling.mode.equals(mode)) return pooling;
        throw new ModelException(keys.file(), key(POOLING), "a mode of pooling", mode);
    }

    private List<String> strings(String name) {
        List<?> found = keys.list(key(name));
        return found == null ? List.of() : found.stream().map(String::valueOf).toList();
    }

    /// The folders of dense modules behind the pooling.
    List<Path> dense() { return modules().map(SentenceModules::dense).orElse(List.of()); }

    /// What stands around and between two texts.
    PairTemplate pairs(Tokenizer tokenizer) { return gguf() ? PairTemplate.of(keys, tokenizer) : PairTemplate.in(folder.resolve("tokenizer.json")); }

    /// The names of classes.
    List<String> labels(int count) {
        List<String> named = gguf() ? strings(LABELS) : List.of();
        return IntStream.range(0, count).mapToObj(i -> named.size() == count ? named.get(i) : gguf() ? "LABEL_" + i : keys.text("id2label." + i).orElse("LABEL_" + i)).toList();
    }

    /// Of which hidden states the classification head makes its numbers. llama.cpp knows of ModernBERT only that it takes their mean.
    Pooling ofClasses() {
        if (causal) return Pooling.LAST;
        if (arch != Arch.MODERNBERT) return Pooling.CLS;
        String said = gguf() ? keys.text(key(CLASS_POOLING)).orElse("mean") : keys.text("classifier_pooling").orElse("cls");
        return switch (said) {
            case "cls" -> Pooling.CLS;
            case "mean" -> Pooling.MEAN;
            default -> throw new ModelException(keys.file(), "classifier_pooling", "cls or mean", said);
        };
    }

    /// What the head applies behind its first product.
    HeadFunction ofHead(Hyper hyper) { return arch == Arch.MODERNBERT ? HeadFunction.of(hyper.headNonlinearity()) : HeadFunction.TANH; }

    /// `regression`, `single_label_classification`, `multi_label_classification`, or empty.
    Optional<String> problem() { return keys.text(gguf() ? key(PROBLEM) : "problem_type"); }

    /// The token that fills up texts of a batch, or -1.
    long padding() { return keys.integer(gguf() ? "tokenizer.ggml.padding_token_id" : "pad_token_id").orElse(-1L); }

    private String key(String name) { return arch.ggufName + "." + name; }

    /// As keys of GGUF, without the architecture's name; what is as readers assume is left out.
    ///
    /// @param labels how many classes there are; 0 for none
    Map<String, Object> ggufKeys(int labels) {
        Map<String, Object> out = new LinkedHashMap<>();
        if (labels > 0) {
            if (!causal) out.put(POOLING_TYPE, RANK);
            List<String> names = labels(labels);
            if (!names.equals(IntStream.range(0, labels).mapToObj(i -> "LABEL_" + i).toList())) out.put(LABELS, names);
            if (arch == Arch.MODERNBERT) out.put(CLASS_POOLING, ofClasses().mode);
            problem().ifPresent(problem -> out.put(PROBLEM, problem));
        }
        modules().ifPresent(m -> {
            if (!m.dense().isEmpty()) throw new ModelException(folder.resolve("modules.json"), "modules", "none of the kind Dense, for which GGUF has no place", m.dense().size());
            int number = NUMBERED.indexOf(m.pooling());
            if (number > 0) out.putIfAbsent(POOLING_TYPE, number);
            else out.put(POOLING, m.pooling().mode);
            if (!m.normalised()) out.put(NORMALISED, false);
            if (m.length() > 0) out.put(LENGTH, m.length());
            if (m.lowercase()) out.put(LOWERCASE, true);
            if (!m.promptCounts()) out.put(PROMPT_COUNTS, false);
            if (!m.prompts().isEmpty()) {
                out.put(PROMPT_NAMES, List.copyOf(m.prompts().keySet()));
                out.put(PROMPTS, List.copyOf(m.prompts().values()));
            }
            if (!m.prompt().isEmpty()) out.put(PROMPT, m.prompt());
        });
        return out;
    }
}
