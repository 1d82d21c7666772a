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

    @Test
    void errorsNameTheLine() {
        assertThatThrownBy(() -> ChatTemplate.of("a\n{% set x = 1 %}\n{{ x.y.z }}").render(Map.of()))
            .isInstanceOf(TemplateException.class).hasMessage("line 3: 'int object' has no attribute 'y'")
            .extracting(e -> ((TemplateException) e).line()).isEqualTo(3);
        assertThatThrownBy(() -> ChatTemplate.of("a\n\n{% if %}")).isInstanceOf(TemplateException.class)
            .hasMessage("line 3: expected an expression, got '%}'");
        assertThatThrownBy(() -> ChatTemplate.of("\n{{ tools[0] }}").render(Map.of())).hasMessage("line 2: 'tools' is undefined");
    }

    @Test
    void raisedErrorsAreTheTemplatesOwn() {
        assertThatThrownBy(() -> ChatTemplate.of("{% if messages|length > 1 %}\n{{ raise_exception('Only ' ~ 1 ~ ' message!') }}{% endif %}")
            .render(Map.of("messages", List.of(1, 2)))).isInstanceOf(TemplateException.class).hasMessage("Only 1 message!")
            .extracting(e -> ((TemplateException) e).line()).isEqualTo(2);
    }

    @Test
    void generationBlocks() {
        String template = "{% for m in messages %}\n{% generation %}\n{{ m }}{% set x = m %}\n{% endgeneration %}\n{{ x }};{% endfor %}";
        Map<String, Object> variables = Map.of("messages", List.of("a", "b"));
        assertThat(ChatTemplate.withGeneration(template).render(variables)).isEqualTo("a;b;");
        assertThatThrownBy(() -> ChatTemplate.of(template)).isInstanceOf(TemplateException.class)
            .hasMessageStartingWith("line 2: unknown tag 'generation'");
    }

    @Test
    void variablesArePlainValues() {
        Map<String, Object> variables = new HashMap<>(Map.of("i", 3, "f", 0.5f, "c", new StringBuilder("text"), "s", new ArrayList<>(List.of(1L))));
        variables.put("n", null);
        assertThat(ChatTemplate.of("{{ i }} {{ f }} {{ c }} {{ s }} {{ n is none }} {{ m is undefined }}").render(variables))
            .isEqualTo("3 0.5 text [1] True True");
        variables.put("bad", new Object());
        assertThatThrownBy(() -> ChatTemplate.of("x").render(variables)).isInstanceOf(TemplateException.class).hasMessageContaining("not Object");
    }

    @Test
    void nothingOfJavaCanBeReached() {
        Map<String, Object> variables = Map.of("s", "text", "l", List.of(1), "d", Map.of("a", 1));
        for (String name : List.of("class", "getClass", "hashCode", "__class__", "chars", "stream", "entrySet", "size")) {
            for (String value : List.of("s", "l", "d", "1", "none", "range", "namespace()", "loop")) {
                assertThat(ChatTemplate.of("{{ (" + value + "|default(1))['" + name + "'] is defined }}").render(variables)).isEqualTo("False");
                assertThatThrownBy(() -> ChatTemplate.of("{{ " + value + "." + name + "() }}").render(variables)).isInstanceOf(TemplateException.class);
            }
        }
    }
}
