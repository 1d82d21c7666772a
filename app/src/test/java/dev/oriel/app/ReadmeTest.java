package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the README says is what happens: its commands run, its program compiles and runs.
@Tag("slow")
class ReadmeTest extends CommandLineCase {
    private static final Path PAGE = Path.of("../README.md");

    @Test
    void commands() throws IOException {
        String model = model("smollm2-135m-instruct-q4_1.gguf");
        int run = 0;
        for (String line : String.join("", blocks(PAGE, "sh")).replace("\\\n", " ").lines().toList()) {
            if (!line.startsWith("./oriel")) continue;
            List<String> words = shellWords(line.substring("./oriel".length()).replaceFirst(" #.*", ""));
            words.replaceAll(word -> word.equals("model.gguf") ? model : word.endsWith(".safetensors") || word.endsWith(".html") ? folder.resolve(word).toString() : word);
            oriel(words.toArray(String[]::new)).succeeded();
            run++;
        }
        assertThat(run).isGreaterThan(4);
        assertThat(folder.resolve("trace.safetensors")).isNotEmptyFile();
        assertThat(folder.resolve("logits.safetensors")).isNotEmptyFile();
        assertThat(folder.resolve("attention.html")).isNotEmptyFile();
        assertThat(folder.resolve("patching.html")).isNotEmptyFile();
    }

    @Test
    void program() throws Exception {
        String body = blocks(PAGE, "java").getFirst().replace("\"model.gguf\"", "\"" + STORIES + "\"");
        Path source = folder.resolve("Example.java");
        Files.writeString(source, "import dev.oriel.runtime.*;\nimport java.nio.file.Path;\nimport static dev.oriel.runtime.Activation.ALL;\n"
                + "public class Example { public static void main(String[] args) {\n" + body + "\n} }\n");
        Process java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "-cp", System.getProperty("java.class.path"), source.toString()).redirectError(folder.resolve("err").toFile()).start();
        String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).as(Files.readString(folder.resolve("err"))).isZero();
        assertThat(out).hasSizeGreaterThan(50);
    }
}
