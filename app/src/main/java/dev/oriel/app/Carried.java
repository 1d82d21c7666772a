package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.GgufForm;
import dev.oriel.runtime.HuggingFaceForm;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// What goes from one file into the other: models of known families under the names and in the order that readers of the other format expect, anything else
/// as it is.
///
/// @param metadata of the file
/// @param files    the small files that belong beside it, as plain values of JSON, by their paths
/// @param tensors  as they would be stored if no other type was asked for
record Carried(Map<String, Object> metadata, Map<String, Object> files, Collection<TensorSource> tensors) {
    private static final String FILE_TYPE = "general.file_type";

    /// @param type  what matrices will be stored as, or null for what they are
    /// @param notes told where a model of a known family goes as it is
    static Carried toGguf(Checkpoint from, Recipe type, Consumer<String> notes) {
        Carried carried = known(notes, () -> GgufForm.of(from).map(form -> new Carried(form.metadata(), Map.of(), form.tensors())))
                .orElseGet(() -> new Carried(from.kind() == Checkpoint.Kind.GGUF ? from.metadata().values() : described(from), Map.of(), stored(from)));
        Map<String, Object> keys = new LinkedHashMap<>(carried.metadata);
        // The parts of a split file become one.
        keys.keySet().removeIf(key -> key.startsWith("split."));
        if (type != null) {
            keys.remove(FILE_TYPE);
            type.fileType().ifPresent(number -> keys.put(FILE_TYPE, (long) number));
            if (type.format().grouped()) keys.putIfAbsent("general.quantization_version", 2L);
        }
        return new Carried(keys, Map.of(), carried.tensors);
    }

    /// What mixtures of formats look at, where this is GGUF.
    Recipe.Shape shape() {
        String architecture = String.valueOf(metadata.get("general.architecture"));
        return new Recipe.Shape(architecture, count(architecture + ".block_count"), count(architecture + ".expert_count"), tensors.stream().noneMatch(t -> t.name().equals("output.weight")));
    }

    private int count(String key) { return metadata.get(key) instanceof Number number ? number.intValue() : 0; }

    static Carried toSafetensors(Checkpoint from, Consumer<String> notes) {
        Map<String, Object> header = new LinkedHashMap<>(Map.of("format", "pt"));
        Optional<Carried> known = known(notes, () -> HuggingFaceForm.of(from).map(form -> new Carried(header, form.files(), form.tensors())));
        if (known.isPresent()) return known.get();
        // Safetensors holds strings only: lists, such as a vocabulary, stay behind.
        if (from.kind() == Checkpoint.Kind.GGUF) from.metadata().values().forEach((key, value) -> {
            if (simple(value)) header.put(key, String.valueOf(value));
        });
        return new Carried(header, Map.of(), stored(from));
    }

    private interface Attempt {
        Optional<Carried> run();
    }

    private static Optional<Carried> known(Consumer<String> notes, Attempt attempt) {
        try {
            return attempt.run();
        } catch (ModelException e) {
            notes.accept("tensors keep their names, for this is not a whole model of a known family: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static List<TensorSource> stored(Checkpoint from) { return from.tensors().values().stream().map(TensorSource::of).toList(); }

    private static Map<String, Object> described(Checkpoint from) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", from.metadata().has("model_type") ? String.valueOf(from.metadata().values().get("model_type")) : "unknown");
        keys.put("general.name", String.valueOf(from.path().toAbsolutePath().normalize().getFileName()));
        from.metadata().values().forEach((key, value) -> {
            if (simple(value)) keys.put("config." + key, value);
        });
        return keys;
    }

    private static boolean simple(Object value) { return value instanceof String || value instanceof Boolean || value instanceof Long || value instanceof Double; }
}
