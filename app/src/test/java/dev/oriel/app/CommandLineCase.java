package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.testing.Needed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;

/// What the tests of the command line share: run one as a user would, inside this JVM.
class CommandLineCase {
    /// The model in the jar.
    static final String STORIES = Path.of("src/main/resources/dev/oriel/app/stories260K-f32.gguf").toString();

    private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

    @TempDir Path folder;

    /// How a command went.
    record Result(int code, String out, String err) {
        Result succeeded() {
            assertThat(code).as(err).isZero();
            return this;
        }

        /// One clear line, and nothing that only a programmer reads.
        Result failedWith(int expected, String part) {
            assertThat(code).as(err).isEqualTo(expected);
            assertThat(err).contains(part).startsWith("oriel: ").endsWith("\n").doesNotContain("\tat ", "Exception");
            assertThat(err.strip().lines()).hasSize(1);
            assertThat(out).isEmpty();
            return this;
        }
    }

    static Result oriel(String... args) { return orielReading("", args); }

    static Result orielReading(String stdin, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Streams streams = new Streams(new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)), out, err, false, false);
        int code = Oriel.execute(streams, args);
        streams.flush();
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// A tensor of a file that a command wrote.
    static float[] values(Path file, String key) {
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            assertThat(checkpoint.tensors()).containsKey(key);
            return checkpoint.tensors().get(key).values();
        }
    }

    static long[] shape(Path file, String key) {
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            return checkpoint.tensors().get(key).shape();
        }
    }

    static Map<?, ?> golden(String name) {
        try (InputStream in = CommandLineCase.class.getResourceAsStream("/goldens/" + name)) {
            return (Map<?, ?>) Json.parse(name, new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A real model, as it is named on a command line.
    static String model(String name) { return Needed.model(name).toString(); }

    /// The blocks of a Markdown page that are marked as a language.
    static List<String> blocks(Path page, String language) throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher m = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(page));
        while (m.find()) blocks.add(m.group(1));
        assertThat(blocks).isNotEmpty();
        return blocks;
    }

    /// The words of a command as a shell reads them.
    static List<String> shellWords(String line) {
        List<String> words = new ArrayList<>();
        Matcher m = WORD.matcher(line);
        while (m.find()) words.add(m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3));
        return words;
    }
}
