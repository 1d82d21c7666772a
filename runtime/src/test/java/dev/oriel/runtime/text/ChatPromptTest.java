package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Where the messages of a conversation are in the prompt.
class ChatPromptTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    /// Templates that know no tool results.
    private static final List<String> DROP_TOOLS = List.of("llama-cpp-rwkv-world.jinja", "microsoft-Phi-3.5-mini-instruct.jinja");

    /// 46 published templates, seven conversations each.
    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> publishedTemplates() {
        return Goldens.rows("chat-templates.json").stream().flatMap(template -> ((List<Map<String, Object>>) template.get("cases")).stream()
            .filter(row -> row.containsKey("rendered"))
            .map(row -> DynamicTest.dynamicTest(template.get("template_file") + " " + row.get("case"), () -> check(template, row))));
    }

    @SuppressWarnings("unchecked")
    private static void check(Map<String, Object> template, Map<String, Object> row) {
        Map<String, Object> variables = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token")) variables.put(name, template.get(name));
        for (String name : List.of("messages", "tools", "add_generation_prompt")) variables.put(name, row.get(name));
        List<Map<String, Object>> messages = (List<Map<String, Object>>) row.get("messages");
        ChatPrompt prompt = ChatTemplate.of((String) template.get("template")).renderWithSpans(variables, NOW);
        assertThat(prompt.text()).isEqualTo(row.get("rendered"));
        assertThat(prompt.messages()).hasSameSizeAs(messages);
        int end = 0;
        for (int m = 0; m < messages.size(); m++) {
            String content = (String) messages.get(m).get("content");
            Optional<TextSpan> span = prompt.messages().get(m).content();
            String role = (String) messages.get(m).get("role");
            boolean dropped = role.equals("tool") && DROP_TOOLS.contains(template.get("template_file"));
            assertThat(span.isPresent()).as("message %s is there", m).isEqualTo(!content.isEmpty() && !dropped);
            Optional<TextSpan> turn = prompt.messages().get(m).turn();
            if (role.equals("user") && !row.get("case").toString().startsWith("tool")) assertThat(turn).as("turn of message %s", m).isPresent();
            if (span.isEmpty()) continue;
            assertThat(span.get().in(prompt.text())).isIn(role.equals("tool") ? List.of(content, content.replace("\"", "\\\"")) : List.of(content, content.strip()));
            assertThat(span.get().from()).as("message %s comes after the one before it", m).isGreaterThanOrEqualTo(end);
            turn.ifPresent(t -> assertThat(t.from() <= span.get().from() && span.get().to() <= t.to()).as("turn %s around %s", t, span.get()).isTrue());
            int before = end;
            turn.ifPresent(t -> assertThat(t.from()).as("turn %s after the content before it", t).isGreaterThanOrEqualTo(before));
            end = span.get().to();
        }
    }

    private static ChatPrompt prompt(String template, Object... contents) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Object content : contents) messages.add(Map.of("role", messages.size() % 2 == 0 ? "user" : "assistant", "content", content));
        return ChatTemplate.of(template).renderWithSpans(Map.of("messages", messages));
    }

    private static List<String> contents(ChatPrompt prompt) { return prompt.messages().stream().map(m -> m.content().map(span -> span.in(prompt.text())).orElse("-")).toList(); }

    @Test
    void messagesOfTheSameTextAreToldApart() {
        ChatPrompt prompt = prompt("a{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}a", "a", "a", "user");
        assertThat(prompt.text()).isEqualTo("a<user>a</><assistant>a</><user>user</>a");
        assertThat(prompt.messages()).extracting(m -> m.content().orElseThrow()).containsExactly(new TextSpan(7, 8), new TextSpan(22, 23), new TextSpan(32, 36));
        assertThat(prompt.messages()).extracting(m -> m.turn().orElseThrow().in(prompt.text())).containsExactly("<user>a</>", "<assistant>a</>", "<user>user</>");
    }

    @Test
    void whatIsLeftOfAContent() {
        assertThat(contents(prompt("{% for m in messages %}[{{ (m.content.split('</think>')|last).strip() }}]{% endfor %}", "<think> b </think>  b ", "c"))).containsExactly("b", "c");
        assertThat(contents(prompt("{{ messages[1].content }}{{ messages[0].content|upper }}", "x", "y", "z"))).containsExactly("-", "y", "-");
        assertThat(contents(prompt("{% for m in messages %}{{ m.content|tojson }}{% endfor %}", "say \"x\"\n!"))).containsExactly("say \\\"x\\\"\\n!");
        assertThat(contents(prompt("{{ messages[0].content[:2] }};{{ messages[0].content }}", "abcd"))).as("the whole of it").containsExactly("abcd");
    }

    @Test
    void contentsInParts() {
        String template = "{% for m in messages %}{% for p in m.content %}{{ p.text if p.type == 'text' else '<image>' }}{% endfor %};{% endfor %}";
        ChatPrompt prompt = prompt(template, List.of(Map.of("type", "text", "text", "one"), Map.of("type", "image"), Map.of("type", "text", "text", "two")), List.of(Map.of("type", "text", "text", "three")));
        assertThat(contents(prompt)).containsExactly("one<image>two", "three");
    }

    @Test
    void tokensOfAMessage() {
        Tokenizer tokenizer = Tokenizers.fromJson(TokenFiles.resource("json-qwen.tokenizer.json"), null);
        ChatPrompt prompt = prompt("{% for m in messages %}<|im_end|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}", " the 🙂 time", "");
        Encoded encoded = tokenizer.encodeWithOffsets(prompt.text());
        TokenSpan content = prompt.contentTokens(0, encoded).orElseThrow();
        assertThat(encoded.characters(content).in(prompt.text())).isEqualTo(" the 🙂 time");
        TokenSpan turn = prompt.turnTokens(0, encoded).orElseThrow();
        assertThat(encoded.characters(turn).in(prompt.text())).isEqualTo("<|im_end|>user\n the 🙂 time<|im_end|>\n");
        assertThat(turn.from() < content.from() && content.to() < turn.to()).isTrue();
        assertThat(prompt.contentTokens(1, encoded)).isEmpty();
        assertThatThrownBy(() -> prompt.contentTokens(0, tokenizer.encodeWithOffsets("another"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aConversationIsNotChanged() {
        Map<String, Object> message = new HashMap<>(Map.of("role", "user", "content", "x"));
        ChatTemplate.of("{{ messages[0].content }}").renderWithSpans(Map.of("messages", List.of(message, message)));
        assertThat(message).isEqualTo(Map.of("role", "user", "content", "x"));
        assertThat(ChatTemplate.of("nothing").renderWithSpans(Map.of()).messages()).isEmpty();
    }
}
