package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The page on models names every family that there is.
class ModelsPageTest {
    @Test
    void everyRowOfTheTableIsOnThePage() throws IOException {
        Path page = Path.of("../docs/models.md");
        String text = Files.readString(Files.exists(page) ? page : Path.of("docs/models.md"));
        for (Arch arch : Arch.values()) assertThat(text).contains("`" + arch.modelType + "`").contains("`" + arch.ggufName + "`");
    }
}
