package dev.oriel.app;

import dev.oriel.runtime.Model;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The small model inside the jar: stories260K by Andrej Karpathy, trained on TinyStories.
final class Embedded {
    static final String NAME = "stories260K-f32.gguf";

    private Embedded() {}

    /// Loads it through a temporary file, because models are mapped; packed weights do not need the file any more.
    static Model load(ModelOptions options, Streams streams) {
        try {
            // A name of its own without a random one, for random numbers take a while to be ready; a file that is there already would be an error.
            Path copy = Path.of(System.getProperty("java.io.tmpdir"), "oriel-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + NAME);
            copy.toFile().deleteOnExit();
            try (InputStream in = Embedded.class.getResourceAsStream(NAME)) {
                if (in == null) throw new IllegalStateException("the jar lacks its model " + NAME);
                Files.copy(in, copy);
                return options.load(copy, streams);
            } finally {
                Files.deleteIfExists(copy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the model in the jar cannot be unpacked: " + e.getMessage(), e);
        }
    }
}
