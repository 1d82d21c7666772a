package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.TensorSource;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Chats with tools, with the small model and templates made for it. It calls nothing by itself.
class ChatToolsTest extends CommandLineCase {
    private Path tools;

    @BeforeEach
    void tools() throws IOException { tools = Files.writeString(folder.resolve("tools.json"), "[{\"name\": \"get_weather\", \"parameters\": {\"type\": \"object\", \"properties\": {}}}]"); }

    private String stories(String template, String... named) {
        Path file = folder.resolve("model.gguf");
        try (Checkpoint small = Checkpoints.open(Path.of(STORIES))) {
            Map<String, Object> metadata = new HashMap<>(small.metadata().values());
            metadata.put("tokenizer.chat_template", template);
            for (int i = 0; i < named.length; i += 2) metadata.put("tokenizer.chat_template." + named[i], named[i + 1]);
            GgufWriter.write(file, metadata, small.tensors().values().stream().map(TensorSource::of).toList());
        }
        return file.toString();
    }

    @Test
    void fromACallToItsResult() throws IOException {
        Path messages = Files.writeString(folder.resolve("m.json"), """
            [{"role": "user", "content": "</s> Oslo?"}, {"role": "assistant", "content": "", "tool_calls": [{"id": "call00000", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}]},
             {"role": "tool", "tool_call_id": "call00000", "name": "get_weather", "content": "cold"}]""");
        String template = "{{ tools|tojson }}{% for m in messages %}{{ m.role }}{{ m.content }}{% for c in m.tool_calls or [] %}<tool_call>{{ c.function|tojson }}</tool_call>{% endfor %}{% endfor %}Once";
        String path = stories(template);
        String said = oriel("chat", "-m", path, "--tools", tools.toString(), "--messages", messages.toString(), "-n", "8", "--temp", "0").succeeded().out();
        assertThat(said).isNotBlank();
        String json = oriel("chat", "-m", path, "--tools", tools.toString(), "--messages", messages.toString(), "-n", "8", "--temp", "0", "--json").succeeded().out();
        Map<?, ?> answer = (Map<?, ?>) Json.parse(new StringReader(json));
        assertThat(answer.get("content")).isEqualTo(said.strip());
        assertThat(answer.get("state")).isEqualTo("complete");
    }

    @Test
    void reasoningGoesToStderr() {
        CommandLineCase.Result result = oriel("chat", "-m", stories("{# </think> #}{% for m in messages %}{{ m.content }}{% endfor %}<think>"), "-p", "Once upon", "-n", "8", "--temp", "0").succeeded();
        assertThat(result.out()).isEqualTo("\n");
        assertThat(result.err()).isNotBlank();
    }

    @Test
    void aTemplateOfItsOwnForTools() {
        String plain = "{% for m in messages %}{{ m.content }}{% endfor %}";
        oriel("chat", "-m", stories(plain), "--tools", tools.toString(), "-p", "x").failedWith(1, "chat template: expected one that lists tools, found one that leaves them out");
        assertThat(oriel("chat", "-m", stories(plain, "tool_use", "{{ tools|tojson }}" + plain), "--tools", tools.toString(), "-p", "x", "-n", "4").succeeded().out()).isNotBlank();
    }

    /// A talk goes on after a question that the template refuses.
    @Test
    void aRefusedQuestion() {
        String template = "{% for m in messages %}{% if m.content == 'no' %}{{ raise_exception('not that') }}{% endif %}{{ m.content }}{% endfor %}";
        CommandLineCase.Result result = orielReading("no\nOnce upon a time\n", "chat", "-m", stories(template), "-n", "4", "--temp", "0").succeeded();
        assertThat(result.err()).contains("oriel: chat template: not that");
        assertThat(result.out()).isNotBlank();
    }
}
