package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChatTemplateTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    /// 46 published templates, seven conversations each, as Jinja2 renders them or refuses to.
    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> publishedTemplates() {
        return Goldens.rows("chat-templates.json").stream().flatMap(template -> ((List<Map<String, Object>>) template.get("cases")).stream()
            .map(row -> DynamicTest.dynamicTest(template.get("template_file") + " " + row.get("case"), () -> check(template, row))));
    }

    private static void check(Map<String, Object> template, Map<String, Object> row) {
        Map<String, Object> variables = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token")) {
            variables.put(name, template.get(name));
        }
        for (String name : List.of("messages", "tools", "add_generation_prompt")) {
            variables.put(name, row.get(name));
        }
        if (row.containsKey("rendered")) {
            assertThat(ChatTemplate.of((String) template.get("template")).render(variables, NOW)).isEqualTo(row.get("rendered"));
        } else {
            // "ValueError: what the template raised": only its own words must be the same.
            String error = (String) row.get("error");
            var failure = assertThatThrownBy(() -> ChatTemplate.of((String) template.get("template")).render(variables, NOW))
                .isInstanceOf(TemplateException.class);
            if (error.startsWith("ValueError: ")) {
                failure.hasMessage(error.substring("ValueError: ".length()));
            }
        }
    }
}
