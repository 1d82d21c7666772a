package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The files that sentence-transformers puts beside a model: `modules.json`, what the modules are configured with, and prompts.
///
/// @param dense       folders of dense modules, in order
/// @param length      tokens of a text; 0 where nothing says
record SentenceModules(Pooling pooling, boolean promptCounts, List<Path> dense, boolean normalised, int length, boolean lowercase, Map<String, String> prompts, String prompt) {
    private static final String LIST = "modules.json";
    private static final int LONGEST = 1 << 28;
    /// Modules of a kind that does nothing once a model is trained.
    private static final List<String> IDLE = List.of("Dropout");

    /// Empty where the folder has no `modules.json`.
    ///
    /// @throws ModelException for a module that is not known, so that no vector is wrong in silence
    static Optional<SentenceModules> in(Path folder) {
        Path list = folder.resolve(LIST);
        if (!Files.exists(list)) return Optional.empty();
        if (!(Json.parse(list) instanceof List<?> modules) || modules.isEmpty()) throw new ModelException(list, "content", "a list of modules", "something else");
        return Optional.of(new Reader(folder, list).read(modules));
    }

    /// The weights and the function of a dense module.
    record Dense(Checkpoint checkpoint, HeadFunction function) {}

    static Dense dense(Path folder) {
        Metadata config = object(folder.resolve("config.json"));
        String function = config.text("activation_function").orElse("torch.nn.modules.linear.Identity");
        Path weights = folder.resolve("model.safetensors");
        if (!Files.exists(weights)) throw new ModelException(folder, "dense module", "model.safetensors", "none (pytorch_model.bin is not read)");
        HeadFunction known = HeadFunction.named(lastPart(function)).orElseThrow(() -> new ModelException(config.file(), "activation_function", HeadFunction.names(), function));
        return new Dense(Checkpoints.open(weights), known);
    }

    private static Metadata object(Path file) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (Files.exists(file) && Json.parse(file) instanceof Map<?, ?> object) object.forEach((key, value) -> values.put(String.valueOf(key), value));
        return new Metadata(file.toString(), values);
    }

    private static String lastPart(String dotted) { return dotted.substring(dotted.lastIndexOf('.') + 1); }

    private record Reader(Path folder, Path list) {

        SentenceModules read(List<?> modules) {
            Metadata pooling = null;
            List<Path> dense = new ArrayList<>();
            boolean normalised = false;
            for (int i = 0; i < modules.size(); i++) {
                if (!(modules.get(i) instanceof Map<?, ?> module)) throw new ModelException(list, "module " + i, "an object", modules.get(i));
                String kind = lastPart(String.valueOf(module.get("type")));
                Path at = inside(String.valueOf(module.get("path")));
                boolean expected = i == 0 ? kind.equals("Transformer") : !normalised && switch (kind) {
                    case "Pooling" -> pooling == null;
                    case "Dense", "Normalize" -> pooling != null;
                    default -> IDLE.contains(kind);
                };
                if (!expected) throw new ModelException(list, "module " + i, i == 0 ? "Transformer" : "one of Pooling, Dense and Normalize, in this order", String.valueOf(module.get("type")));
                switch (kind) {
                    case "Pooling" -> pooling = object(at.resolve("config.json"));
                    case "Dense" -> dense.add(at);
                    case "Normalize" -> normalised = true;
                    default -> { }
                }
            }
            if (pooling == null) throw new ModelException(list, "modules", "one of the kind Pooling", "none");
            return with(pooling, dense, normalised);
        }

        private SentenceModules with(Metadata pooling, List<Path> dense, boolean normalised) {
            Metadata sentence = object(folder.resolve("sentence_bert_config.json"));
            Metadata whole = object(folder.resolve("config_sentence_transformers.json"));
            Map<String, String> prompts = new LinkedHashMap<>();
            if (whole.values().get("prompts") instanceof Map<?, ?> named) named.forEach((name, text) -> prompts.put(String.valueOf(name), String.valueOf(text)));
            String usual = whole.text("default_prompt_name").map(name -> prompt(whole, prompts, name)).orElse("");
            return new SentenceModules(pooling(pooling), pooling.flag("include_prompt").orElse(true), List.copyOf(dense), normalised, length(sentence),
                    sentence.flag("do_lower_case").orElse(false), prompts, usual);
        }

        /// As the module says, or else the tokenizer, whose files have an absurdly large number where there is no limit.
        private int length(Metadata sentence) {
            double tokenizer = object(folder.resolve("tokenizer_config.json")).number("model_max_length").orElse(0.0);
            return sentence.count("max_seq_length", 1, LONGEST, tokenizer >= 1 && tokenizer <= LONGEST ? (int) tokenizer : 0);
        }

        private static String prompt(Metadata file, Map<String, String> prompts, String name) {
            if (!prompts.containsKey(name)) throw new ModelException(file.file(), "default_prompt_name", "one of " + prompts.keySet(), name);
            return prompts.get(name);
        }

        private static Pooling pooling(Metadata config) {
            List<Pooling> found = new ArrayList<>();
            String mode = config.text("pooling_mode").orElse("");
            for (Pooling pooling : Pooling.values())
                if (pooling != Pooling.NONE && (pooling.mode.equals(mode) || config.flag("pooling_mode_" + pooling.flag).orElse(false))) found.add(pooling);
            if (found.size() != 1) throw new ModelException(config.file(), "pooling_mode", "one of those that Pooling has", found.isEmpty() ? mode.isEmpty() ? "none" : mode : found);
            return found.getFirst();
        }

        /// The folder of a module: never outside of the model's.
        private Path inside(String path) {
            Path at = folder.resolve(path).normalize();
            if (!at.startsWith(folder.normalize())) throw new ModelException(list, "path", "a folder of the model", path);
            return at;
        }
    }
}
