package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.opentest4j.TestAbortedException;

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

    /// A folder of `shared`, which lies beside the repository. Where it is missing the test is skipped, but not in continuous integration.
    static Path shared(String name) {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path found = at.resolve("shared").resolve(name);
            if (Files.isDirectory(found)) return found;
        }
        assertThat(System.getenv("CI")).as("shared/" + name + " is needed in continuous integration").isNotEqualTo("true");
        throw new TestAbortedException("skipped: no folder shared/" + name + " beside the repository");
    }
}
