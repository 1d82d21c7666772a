package dev.oriel.runtime.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.runtime.text.Goldens;
import dev.oriel.runtime.text.TemplateException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Small templates, written and generated, against what Jinja2 3.1.6 makes of them in the sandbox that transformers sets up: expressions, filters,
/// tests, methods, formats, statements, scopes, whitespace. Where Jinja2 fails, so must we; the words may differ.
class JinjaTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> asJinja() {
        Map<String, Object> file = Goldens.rows("jinja.json").getFirst();
        Map<String, Object> variables = (Map<String, Object>) file.get("variables");
        return ((List<Map<String, String>>) file.get("rows")).stream()
            .map(row -> DynamicTest.dynamicTest(row.get("template"), () -> check(row, variables)));
    }

    private static void check(Map<String, String> row, Map<String, Object> variables) {
        if (row.containsKey("error")) {
            assertThatThrownBy(() -> render(row, variables)).isInstanceOf(TemplateException.class);
        } else {
            assertThat(render(row, variables)).isEqualTo(row.get("rendered"));
        }
    }

    private static String render(Map<String, String> row, Map<String, Object> variables) {
        return Template.parse(row.get("template"), false).render(variables, NOW);
    }
}
