package dev.oriel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// What tests need and a checkout does not have. Where it is missing they are skipped and say why; in continuous integration (`CI=true`) they fail.
public final class Needed {
    private Needed() {}

    /// A real model, which a script fetches into the folder `ORIEL_MODELS`.
    public static Path model(String name) {
        String folder = System.getenv("ORIEL_MODELS");
        Path path = (folder == null ? Path.of(System.getProperty("user.home"), ".cache", "oriel", "models") : Path.of(folder)).resolve(name);
        return Files.exists(path) ? path : missing("the model " + name + " (get-models fetches it; ORIEL_MODELS names its folder)");
    }

    /// A file or folder in `shared`, which lies beside the checkout: too large for it.
    public static Path shared(String name) { return above("shared/" + name).orElseGet(() -> missing("shared/" + name + " beside the checkout")); }

    /// A file or folder in the working directory or in one of those around it.
    public static Optional<Path> above(String name) {
        return Stream.iterate(Path.of("").toAbsolutePath(), at -> at != null, Path::getParent).map(at -> at.resolve(name)).filter(Files::exists).findFirst();
    }

    /// Ends the test for want of something.
    public static <T> T missing(String what) {
        if ("true".equals(System.getenv("CI"))) throw new AssertionError("needs " + what);
        return Assumptions.abort("skipped: needs " + what);
    }
}
