package dev.oriel.loaders;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// Where the tests' files are.
final class Resources {
    private Resources() {}

    /// A file of this module's test resources.
    static Path path(String name) {
        try {
            return Path.of(Objects.requireNonNull(Resources.class.getResource("/" + name), name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
