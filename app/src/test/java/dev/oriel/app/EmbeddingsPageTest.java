package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `docs/embeddings.md` says is what happens: its commands run, and its Java compiles and runs.
@Tag("slow")
class EmbeddingsPageTest extends CommandLineCase {
    private static final Path PAGE = Path.of("../docs/embeddings.md");

    /// The models of the page: one is real, of the others only the kind matters.
    private static String named(String word) {
        return switch (word) {
            case "all-minilm-l6-v2" -> model(word);
            case "classifier" -> small("bert-labels");
            case "reranker" -> small("xlmr-reranker");
            case "masked" -> small("bert-masked");
            default -> word;
        };
    }

    private static String small(String name) { return Path.of("../runtime/src/test/resources/goldens/heads", name).toString(); }

    @Test
    void commands() throws IOException {
        int run = 0;
        for (String line : String.join("", blocks(PAGE, "sh")).lines().toList()) {
            String stdin = "";
            if (line.startsWith("echo ")) {
                stdin = shellWords(line).get(1);
                line = line.substring(line.indexOf("| ") + 2);
            }
            assertThat(line).startsWith("./oriel ");
            List<String> words = shellWords(line.substring("./oriel".length()));
            words.replaceAll(word -> word.endsWith(".safetensors") ? folder.resolve(word).toString() : named(word));
            Result result = orielReading(stdin, words.toArray(String[]::new)).succeeded();
            if (run++ == 0) assertThat(Files.readString(PAGE)).contains("```\n" + result.out() + "```");
        }
        assertThat(run).isGreaterThan(6);
        assertThat(folder.resolve("vectors.safetensors")).isNotEmptyFile();
    }

    @Test
    void programs() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (String block : blocks(PAGE, "java")) {
            String body = block;
            for (String model : List.of("all-minilm-l6-v2", "classifier", "reranker", "masked")) body = body.replace("\"" + model + "\"", "\"" + named(model) + "\"");
            bodies.add(body);
        }
        assertThat(bodies).hasSizeGreaterThan(4);
        Path source = Files.writeString(folder.resolve("Example.java"), "import dev.oriel.runtime.*;\nimport java.nio.file.Path;\nimport java.util.List;\n"
                + "public class Example { public static void main(String[] args) {\n" + String.join("\n", bodies) + "\n} }\n");
        Process java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "-cp", System.getProperty("java.class.path"), source.toString()).redirectError(folder.resolve("err").toFile()).start();
        String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(java.waitFor()).as(Files.readString(folder.resolve("err"))).isZero();
        assertThat(out).contains("384 numbers, similarity 0.69", "7 tokens, 0 left out", "without head 3 of layer 5", "[sad, neutral, happy]");
    }
}
