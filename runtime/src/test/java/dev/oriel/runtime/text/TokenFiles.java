package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import java.net.URISyntaxException;
import java.nio.file.Files;
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

    /// A file of the folder `shared` beside the repository. It is too large for the repository: without it the test is skipped, but not on a CI machine.
    static Path shared(String name) {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent())
            if (Files.exists(at.resolve("shared").resolve(name))) return at.resolve("shared").resolve(name);
        return missing("../shared/" + name);
    }

    /// A model that the get-models script fetches.
    static Path cached(String name) {
        Path path = Path.of(System.getProperty("user.home"), ".cache", "oriel", "models", name);
        return Files.exists(path) ? path : missing("~/.cache/oriel/models/" + name);
    }

    private static Path missing(String name) {
        String reason = name + " is not there";
        if ("true".equals(System.getenv("CI"))) fail(reason);
        return abort(reason);
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
