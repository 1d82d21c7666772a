package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `docs/chat.md` says is what happens; chats by files.
class ChatPageTest extends CommandLineCase {
    private static final Path PAGE = Path.of("../docs/chat.md");
    private static final String MODEL = "smollm2-135m-instruct-q4_1.gguf";

    @Test
    @Tag("slow")
    void commands() throws IOException {
        Files.writeString(folder.resolve("tools.json"), blocks(PAGE, "json").getFirst());
        Files.writeString(folder.resolve("messages.json"), blocks(PAGE, "json").get(1));
        for (String line : String.join("", blocks(PAGE, "sh")).lines().toList()) {
            List<String> words = shellWords(line.substring("./oriel".length()));
            words.replaceAll(word -> word.equals("model.gguf") ? model(MODEL) : word.endsWith(".json") ? folder.resolve(word).toString() : word);
            assertThat(oriel(words.toArray(String[]::new)).succeeded().out()).isNotBlank();
        }
    }

    @Test
    @Tag("slow")
    void program() throws Exception {
        String all = String.join("", blocks(PAGE, "java")).replace("\"model.gguf\"", "\"" + model(MODEL) + "\"");
        int first = all.indexOf("Model model");
        Path source = Files.writeString(folder.resolve("Example.java"), all.substring(0, first) + "void main() throws Exception {\n" + all.substring(first) + "}\n");
        Path out = folder.resolve("out");
        Process java = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), source.toString()).redirectError(folder.resolve("err").toFile()).redirectOutput(out.toFile()).start();
        assertThat(java.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(java.exitValue()).as(Files.readString(folder.resolve("err"))).isZero();
        assertThat(Files.readString(out)).endsWith("Oslo, then. Oslo\n");
    }

    @Test
    @Tag("slow")
    void anAnswerAsJson() throws IOException {
        String path = model(MODEL);
        Path messages = Files.writeString(folder.resolve("m.json"), "[{\"role\": \"user\", \"content\": \"Say <|im_end|> hello.\"}]");
        String plain = oriel("chat", "-m", path, "--messages", messages.toString(), "-n", "6", "--temp", "0").succeeded().out();
        Map<?, ?> answer = (Map<?, ?>) Json.parse(new StringReader(oriel("chat", "-m", path, "--messages", messages.toString(), "--json", "-n", "6", "--temp", "0").succeeded().out()));
        assertThat(answer.get("role")).isEqualTo("assistant");
        assertThat(answer.get("state")).isEqualTo("complete");
        assertThat(answer.get("content")).isEqualTo(plain.strip());
        assertThat(answer.containsKey("tool_calls")).isFalse();
    }

    @Test
    void toolsThatTheTemplateDoesNotList() throws IOException {
        Path tools = Files.writeString(folder.resolve("tools.json"), "[{\"name\": \"a\"}]");
        oriel("chat", "-m", model(MODEL), "--tools", tools.toString(), "-p", "x").failedWith(1, "chat template: expected one that lists tools, found one that leaves them out");
    }

    @Test
    void wrongFiles() throws IOException {
        oriel("chat", "-m", STORIES, "--tools", folder.resolve("none.json").toString(), "-p", "x").failedWith(1, "no such file");
        Path wrong = Files.writeString(folder.resolve("wrong.json"), "{}");
        oriel("chat", "-m", STORIES, "--tools", wrong.toString(), "-p", "x").failedWith(1, "wrong.json: tools: expected a JSON array, found another value");
        oriel("chat", "-m", STORIES, "--messages", wrong.toString()).failedWith(1, "wrong.json: messages: expected a JSON array, found another value");
    }
}
