package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What is opened in advance is what the command would have opened.
class HeadStartTest extends CommandLineCase {
    private static int tensors(Path path) {
        try (Checkpoint checkpoint = HeadStart.open(path)) {
            return checkpoint.tensors().size();
        }
    }

    @Test
    void theFileOfTheCommand() {
        int expected = tensors(Path.of(STORIES));
        HeadStart.begin(new String[] {"run", "-n", "1", "-m", STORIES, "-p", "Once"});
        assertThat(tensors(Path.of(STORIES))).isEqualTo(expected);
        assertThat(tensors(Path.of(STORIES))).as("a second time").isEqualTo(expected);
    }

    @Test
    void anotherFileThanGuessed() {
        HeadStart.begin(new String[] {"run", "-m", "no such file"});
        assertThat(tensors(Path.of(STORIES))).isPositive();
    }

    @Test
    void whatIsWrongIsToldByTheCommand() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.gguf"), "GGUF and nothing else");
        HeadStart.begin(new String[] {"run", "--model", bad.toString()});
        assertThatThrownBy(() -> HeadStart.open(bad)).isInstanceOf(ModelException.class).hasMessageContaining("bad.gguf");
        HeadStart.begin(new String[] {"run", "-m"});
        HeadStart.begin(new String[] {"run", "-m", "hf:owner/repo"});
        HeadStart.begin(new String[] {"run", "-m", "no\0path"});
        oriel("run", "-m", bad.toString()).failedWith(1, "bad.gguf");
    }

    @Test
    void theModelInTheJar() throws IOException {
        HeadStart.begin(new String[] {"demo"});
        try (Checkpoint checkpoint = HeadStart.openEmbedded()) {
            assertThat(checkpoint.tensors()).containsKey("token_embd.weight");
        }
        try (var left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("oriel-" + ProcessHandle.current().pid() + "-"))).isEmpty();
        }
    }

    /// Of those that can be told how to compute, `info` alone only reads what a file says.
    @Test
    void everyCommandThatLoadsAModel() {
        Streams nobody = new Streams(InputStream.nullInputStream(), OutputStream.nullOutputStream(), OutputStream.nullOutputStream(), false, false);
        List<String> computing = Oriel.commandLine(nobody, "").getSubcommands().entrySet().stream().filter(entry -> computes(entry.getValue())).map(Map.Entry::getKey).toList();
        assertThat(Arrays.stream(Verb.values()).filter(verb -> verb.needs != Verb.Needs.NOTHING || verb == Verb.INFO).map(Verb::word)).containsExactlyElementsOf(computing);
    }

    private static boolean computes(CommandLine command) {
        return command.getCommandSpec().findOption("--exact") != null || command.getSubcommands().values().stream().anyMatch(HeadStartTest::computes);
    }
}
