package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
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

    /// Packed weights do not need the temporary file any more.
    static Model load(ModelOptions options, Streams streams) {
        try (Checkpoint checkpoint = HeadStart.openEmbedded()) {
            return options.load(checkpoint, streams);
        } catch (IOException e) {
            throw new UncheckedIOException("the model in the jar cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /// Opens it by way of a temporary file, because models are mapped. The file is gone when this returns where the system lets mapped files go, and otherwise when
    /// the program ends.
    static Checkpoint open() throws IOException {
        // A name of its own without a random one, for random numbers take a while to be ready; a file that is there already would be an error.
        Path copy = Path.of(System.getProperty("java.io.tmpdir"), "oriel-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + NAME);
        try (InputStream in = Embedded.class.getResourceAsStream(NAME)) {
            if (in == null) throw new IllegalStateException("the jar lacks its model " + NAME);
            Files.copy(in, copy);
            return Checkpoints.open(copy);
        } finally {
            if (!copy.toFile().delete()) copy.toFile().deleteOnExit();
        }
    }
}
