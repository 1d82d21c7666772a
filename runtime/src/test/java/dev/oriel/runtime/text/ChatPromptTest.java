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
            if (span.isEmpty()) System.out.println("ABSENT " + template.get("template_file") + " " + row.get("case") + " " + m + " '" + content + "'");
            if (prompt.messages().get(m).turn().isEmpty()) System.out.println("NOTURN " + template.get("template_file") + " " + row.get("case") + " " + m + " " + messages.get(m).get("role"));
            if (span.isEmpty()) continue;
            assertThat(span.get().in(prompt.text())).isIn(content, content.strip());
            assertThat(span.get().from()).as("message %s comes after the one before it", m).isGreaterThanOrEqualTo(end);
            end = span.get().to();
        }
    }
}
