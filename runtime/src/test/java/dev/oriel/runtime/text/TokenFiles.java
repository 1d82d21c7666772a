package dev.oriel.runtime.text;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The files these tests read.
final class TokenFiles {
    private TokenFiles() { }

    static Path resource(String name) {
        try {
            return Path.of(TokenFiles.class.getResource("/tokens/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Tokenizer stories() { return gguf(resource("stories260K-f32.gguf")); }

    static Tokenizer gguf(Path path) {
        try (Checkpoint checkpoint = Checkpoints.open(path)) {
            return Tokenizers.from(checkpoint.metadata());
        }
    }

    record Golden(String text, int[] ids, String decoded) { }

    static List<Golden> goldens(String name) {
        return ((List<?>) Json.parse(resource(name + ".json"))).stream().map(e -> {
            Map<?, ?> entry = (Map<?, ?>) e;
            int[] ids = ((List<?>) entry.get("ids")).stream().mapToInt(id -> ((Long) id).intValue()).toArray();
            return new Golden((String) entry.get("text"), ids, (String) entry.get("detokenised"));
        }).toList();
    }
}
