package dev.oriel.loaders.hub;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which files of a repository make a model: one GGUF model, or what a Hugging Face folder needs.
///
/// @param files what is to be there
/// @param opens the file to open, or empty for the folder
record Choice(List<String> files, String opens) {
    private static final String INDEX = "model.safetensors.index.json";
    private static final String ADAPTER = "adapter_config.json";
    /// Without a wish, as llama.cpp has it; then the first.
    private static final List<String> USUAL = List.of("Q4_K_M", "Q8_0");
    private static final Pattern GGUF = Pattern.compile("(?i).*\\.gguf", Pattern.DOTALL);
    /// GGUF files that are not language models, but go with one.
    private static final Pattern COMPANION = Pattern.compile("(?i)(?:.*/)?[^/]*(?:mmproj|imatrix|mtp-|eagle3-|dflash-|dspark-)[^/]*", Pattern.DOTALL);
    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})(\\.gguf)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /// Side files: configuration, tokenizer, chat template; the modules of a sentence-transformers model; adapters.
    private static final Pattern SIDE_FILE = Pattern.compile("[^/]*config[^/]*\\.json|tokenizer[^/]*\\.json|[^/]*tokens[^/]*\\.json|vocab[^/]*\\.json|vocab\\.txt"
            + "|merges\\.txt|[^/]*\\.model|chat_template[^/]*|additional_chat_templates/[^/]*\\.jinja|modules\\.json|\\d+_\\w+/(?:config\\.json|model\\.safetensors)");

    /// @param paths  all files of the repository, in order
    /// @throws ModelException if nothing among them will do
    static Choice of(Reference wanted, List<String> paths) {
        List<String> models = paths.stream().filter(path -> GGUF.matcher(path).matches() && !COMPANION.matcher(path).matches() && isFirstPart(path)).toList();
        boolean folder = wanted.quant().equalsIgnoreCase("safetensors") || models.isEmpty() && wanted.quant().isEmpty();
        if (folder) return folder(wanted, paths);
        String chosen = choose(wanted, models);
        return new Choice(parts(wanted, chosen, Set.copyOf(paths)), chosen);
    }

    private static String choose(Reference wanted, List<String> models) {
        for (String tag : wanted.quant().isEmpty() ? USUAL : List.of(wanted.quant())) {
            // Q4_K_M is in model-Q4_K_M.gguf, model.q4_k_m-00001-of-00002.gguf, or else in Q4_K_M/model.gguf; a whole name is as good.
            for (String after : List.of("[.-]", "/", "$")) {
                Pattern form = Pattern.compile("(?:^|[^A-Za-z0-9])" + Pattern.quote(tag) + after, Pattern.CASE_INSENSITIVE);
                for (String model : models) if (form.matcher(model).find()) return model;
            }
        }
        if (wanted.quant().isEmpty()) return models.getFirst();
        throw new ModelException(wanted.name(), "GGUF file", wanted.quant(), models.isEmpty() ? "none at all" : String.join(", ", models));
    }

    private static boolean isFirstPart(String path) {
        Matcher part = PART.matcher(path);
        return !part.matches() || Integer.parseInt(part.group(2)) == 1;
    }

    private static List<String> parts(Reference wanted, String first, Set<String> paths) {
        Matcher part = PART.matcher(first);
        if (!part.matches()) return List.of(first);
        List<String> all = new ArrayList<>();
        int count = Integer.parseInt(part.group(3));
        if (count < 1) throw new ModelException(wanted.name(), first, "a number of parts", "00000");
        for (int i = 1; i <= count; i++) {
            String name = part.group(1) + "-%05d-of-%05d".formatted(i, count) + part.group(4);
            if (!paths.contains(name)) throw new ModelException(wanted.name(), "part " + i + " of " + count, name, "nothing");
            all.add(name);
        }
        return all;
    }

    private static Choice folder(Reference wanted, List<String> paths) {
        List<String> files = new ArrayList<>(paths.stream().filter(path -> SIDE_FILE.matcher(path).matches()).toList());
        List<String> weights = files.contains("config.json") ? List.of(INDEX, "model.safetensors")
                : files.contains(ADAPTER) ? List.of("adapter_model.safetensors") : List.of();
        String found = weights.stream().filter(paths::contains).findFirst().orElseThrow(() ->
            new ModelException(wanted.name(), "repository", "a .gguf file, or config.json with model.safetensors",
                paths.isEmpty() ? "no files" : String.join(", ", paths)));
        files.add(found);
        return new Choice(files, "");
    }

    /// Whether an index has to be read to know the rest.
    boolean isIndexed() { return files.contains(INDEX); }

    /// The shards that the index in `folder` names.
    ///
    /// @param paths all files of the repository
    /// @throws ModelException if one is not among them
    static List<String> shards(Reference wanted, Path folder, List<String> paths) {
        Path index = folder.resolve(INDEX);
        if (!(Json.parse(index) instanceof Map<?, ?> members && members.get("weight_map") instanceof Map<?, ?> map))
            throw new ModelException(index, "weight_map", "an object", "none");
        Set<String> all = Set.copyOf(paths);
        Set<String> shards = new TreeSet<>();
        for (Object name : map.values()) {
            if (!(name instanceof String shard && all.contains(shard))) throw new ModelException(wanted.name(), INDEX, "names of the repository's files", name);
            shards.add(shard);
        }
        return List.copyOf(shards);
    }
}
