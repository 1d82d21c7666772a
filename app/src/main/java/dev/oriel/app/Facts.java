package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.ops.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a checkpoint says of itself, as plain values; what it does not say is left out.
final class Facts {
    /// Longer lists, such as a vocabulary, are told by their length.
    private static final int LONGEST_LIST = 64;

    /// A size: our name, its GGUF key after the architecture, its names in `config.json`.
    private record Size(String name, String gguf, List<String> huggingFace) {}

    private static final List<Size> SIZES = List.of(
            new Size("layers", "block_count", List.of("num_hidden_layers", "n_layer")),
            new Size("width", "embedding_length", List.of("hidden_size", "n_embd")),
            new Size("heads", "attention.head_count", List.of("num_attention_heads", "n_head")),
            new Size("kv_heads", "attention.head_count_kv", List.of("num_key_value_heads")),
            new Size("head_dim", "attention.key_length", List.of("head_dim")),
            new Size("feed_forward", "feed_forward_length", List.of("intermediate_size", "n_inner")),
            new Size("experts", "expert_count", List.of("num_local_experts", "num_experts")),
            new Size("context", "context_length", List.of("max_position_embeddings", "n_positions")));

    private Facts() {}

    static Map<String, Object> of(Checkpoint checkpoint) {
        Metadata keys = checkpoint.metadata();
        boolean gguf = checkpoint.kind() == Checkpoint.Kind.GGUF;
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("file", checkpoint.path().toString());
        facts.put("kind", checkpoint.kind().name());
        Object architecture = keys.values().get(gguf ? "general.architecture" : "model_type");
        if (architecture != null) facts.put("architecture", plain(architecture));
        Object name = keys.values().get(gguf ? "general.name" : "_name_or_path");
        facts.put("name", name instanceof String s && !s.isEmpty() ? s : String.valueOf(checkpoint.path().getFileName()));
        Map<String, Object> formats = new TreeMap<>();
        long parameters = 0;
        long bytes = 0;
        for (Tensor t : checkpoint.tensors().values()) {
            formats.merge(t.format().name(), 1L, (a, b) -> (Long) a + (Long) b);
            parameters += t.elements();
            bytes += t.data().byteSize();
        }
        facts.put("parameters", parameters);
        facts.put("bytes", bytes);
        facts.put("formats", formats);
        for (Size size : SIZES) {
            if (gguf) put(facts, size.name, keys.values().get(architecture + "." + size.gguf));
            else size.huggingFace.stream().filter(keys::has).findFirst().ifPresent(key -> put(facts, size.name, keys.values().get(key)));
        }
        derive(facts);
        put(facts, "vocabulary", vocabulary(checkpoint));
        return facts;
    }

    /// What files leave out because it follows.
    private static void derive(Map<String, Object> facts) {
        if (!(facts.get("heads") instanceof Long heads) || heads <= 0) return;
        facts.putIfAbsent("kv_heads", heads);
        if (facts.get("width") instanceof Long width) facts.putIfAbsent("head_dim", width / heads);
    }

    private static Object vocabulary(Checkpoint checkpoint) {
        Tensor embedding = checkpoint.tensors().get("token_embd.weight");
        if (embedding != null) return embedding.rows();
        Map<String, Object> keys = checkpoint.metadata().values();
        return keys.get("tokenizer.ggml.tokens") instanceof List<?> tokens ? (Object) (long) tokens.size() : keys.get("vocab_size");
    }

    static Map<String, Object> metadata(Checkpoint checkpoint) {
        Map<String, Object> all = new LinkedHashMap<>();
        checkpoint.metadata().values().forEach((key, value) -> all.put(key, plain(value)));
        return all;
    }

    static List<Map<String, Object>> tensors(Checkpoint checkpoint) {
        return checkpoint.tensors().values().stream().map(t -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("name", t.name());
            row.put("format", t.format().name());
            row.put("shape", Arrays.stream(t.shape()).boxed().toList());
            return row;
        }).toList();
    }

    private static void put(Map<String, Object> facts, String name, Object value) {
        if (value != null) facts.put(name, plain(value));
    }

    /// A value that JSON can hold.
    private static Object plain(Object value) {
        return switch (value) {
            case Double d when !Double.isFinite(d) -> d.toString();
            case Float f when !Float.isFinite(f) -> f.toString();
            case List<?> list when list.size() > LONGEST_LIST -> "a list of " + list.size();
            case List<?> list -> list.stream().<Object>map(Facts::plain).toList();
            case Map<?, ?> map -> {
                Map<String, Object> members = new LinkedHashMap<>();
                map.forEach((key, member) -> members.put(String.valueOf(key), plain(member)));
                yield members;
            }
            case null -> null;
            default -> value;
        };
    }
}
