package dev.oriel.loaders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {
    @TempDir
    Path folder;

    private Path path(int part) { return folder.resolve("my model-%05d-of-00003.gguf".formatted(part)); }

    private void part(int part, long number, long count, String... tensors) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        if (part == 1) metadata.put("general.architecture", "llama");
        metadata.put("split.no", number);
        metadata.put("split.count", count);
        metadata.put("split.tensors.count", 4L);
        GgufWriter.write(path(part), metadata, List.of(tensors).stream().map(name -> TensorSource.of(name, new float[] {part}, 1)).toList());
    }

    @BeforeEach
    void threeParts() {
        part(1, 0, 3);
        part(2, 1, 3, "a", "b");
        part(3, 2, 3, "c", "d");
    }

    private void assertRefused(int opened, String... inMessage) {
        assertThatThrownBy(() -> Checkpoints.open(path(opened)).close()).isInstanceOf(ModelException.class).hasMessageContainingAll(inMessage);
    }

    @Test
    void anyPartOpensTheWhole() {
        for (int part = 1; part <= 3; part++) {
            try (Checkpoint read = Checkpoints.open(path(part))) {
                assertThat(read.path()).isEqualTo(path(part));
                assertThat(read.tensors().keySet()).containsExactly("a", "b", "c", "d");
                assertThat(read.tensors().get("a").values()).containsExactly(2);
                assertThat(read.tensors().get("d").values()).containsExactly(3);
                assertThat(read.metadata().values()).isEqualTo(Map.of("general.architecture", "llama"));
            }
        }
    }

    @Test
    void partsThatDoNotBelongTogetherAreRefused() throws IOException {
        part(3, 2, 3, "c", "a");
        assertRefused(1, "00003-of-00003.gguf", ": a:", "a second one");
        part(3, 2, 3, "c");
        assertRefused(1, "split.tensors.count", "4 tensors", "found 3");
        part(3, 1, 3, "c", "d");
        assertRefused(1, "00003-of-00003.gguf", "split.no", "expected 2, found 1");
        part(3, 2, 4, "c", "d");
        assertRefused(1, "00003-of-00003.gguf", "split.count", "expected 3, found 4");
        part(3, 3, 3, "c", "d");
        assertRefused(3, "split.no", "0..2");
        Files.delete(path(3));
        assertRefused(2, "00003-of-00003.gguf", "part 3 of 3", "nothing");
    }

    @Test
    void aRenamedPartSaysWhatIsWrong() throws IOException {
        Path renamed = Files.move(path(1), folder.resolve("model.gguf"));
        assertThatThrownBy(() -> Checkpoints.open(renamed).close()).isInstanceOf(ModelException.class).hasMessageContainingAll("model.gguf", "NAME-00001-of-00003.gguf");
    }
}
