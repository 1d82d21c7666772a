package dev.oriel.runtime.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.text.Goldens;
import dev.oriel.runtime.text.TemplateException;
import dev.oriel.runtime.text.jinja.Rendered.Piece;
import java.io.StringReader;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Following a text through a template changes nothing, and what it says of where characters come from is true.
class ProvenanceTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    /// The two thousand templates that are held against Jinja2, with their texts read from messages.
    @Test
    @SuppressWarnings("unchecked")
    void everyOperation() {
        Map<String, Object> file = Goldens.rows("jinja.json").getFirst();
        Map<String, Object> variables = new HashMap<>((Map<String, Object>) file.get("variables"));
        List<Map<String, Object>> messages = new ArrayList<>();
        StringBuilder reading = new StringBuilder();
        for (Map.Entry<String, Object> variable : List.copyOf(variables.entrySet())) {
            if (variable.getValue() instanceof String text) {
                reading.append("{%- set ").append(variable.getKey()).append(" = messages[").append(messages.size()).append("].content -%}");
                messages.add(Map.of("content", text));
            }
        }
        assertThat(messages).isNotEmpty();
        variables.put("messages", messages);
        int followed = 0;
        for (Map<String, String> row : (List<Map<String, String>>) file.get("rows")) {
            if (row.containsKey("rendered") && row.get("template").stripLeading().equals(row.get("template"))) {
                Rendered rendered = Template.parse(reading + row.get("template"), false).follow(variables, NOW);
                assertThat(rendered.text()).as(row.get("template")).isEqualTo(row.get("rendered"));
                List<Piece> pieces = rendered.pieces().stream().filter(Piece::isContent).toList();
                pieces.forEach(piece -> check(piece, rendered.text(), messages, row.get("template")));
                followed += pieces.size();
            }
        }
        System.out.println("ProvenanceTest: " + followed + " pieces of " + messages.size() + " texts");
        assertThat(followed).isGreaterThan(100);
    }

    private static void check(Piece piece, String text, List<Map<String, Object>> messages, String template) {
        String content = (String) messages.get(piece.message()).get("content");
        String there = text.substring(piece.from(), piece.to());
        String escaped = there.startsWith("\\") ? (String) Json.parse(new StringReader("\"" + there + "\"")) : there;
        assertThat(content.substring(piece.at(), piece.at() + escaped.length())).as(template).isEqualTo(escaped);
    }

    /// One message, whose content is ` ab, cd, ab `: what is found of it, as from..to of the text and the place in the content.
    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', value = {
        "{{ c }} => 0-12@0",
        "[{{ c.strip() }}] => 1-11@1",
        "[{{ c|trim }}] => 1-11@1",
        "{{ c.rstrip() }} => 0-11@0",
        "{{ c.split(', ')[2] }} => 0-3@9",
        "{{ c.split()|join('-') }} => 0-3@1 4-7@5 8-10@9",
        "{{ c.rsplit(', ', 1)[0] }} => 0-7@0",
        "{{ c.partition('cd')[2] }} => 0-5@7",
        "{{ c.strip().removeprefix('ab, ') }} => 0-6@5",
        "{{ c[5:7] }} => 0-2@5",
        "{{ 'x' + c + 'y' ~ c }} => 1-13@0 14-26@0",
        "{{ c|replace(', ', ';') }} => 0-3@0 4-6@5 7-10@9",
        "{% set x %}<{{ c }}>{% endset %}{{ x[4:] }} => 0-9@3",
        "{% macro f(t) %}({{ t }}){% endmacro %}{{ f(c) }} => 1-13@0",
        "{% filter trim %} {{ c }}{% endfilter %} => 0-10@1",
        "{{ c|default('')|string|safe }} => 0-12@0",
        "{{ [c, 1]|tojson }} => 2-14@0",
        "{{ ['a', c]|join(':') }} => 2-14@0",
        "{{ c|indent }} => 0-12@0",
        "{{ c|upper }} => ",
        "{{ ' ab, cd, ab ' }} => "})
    void places(String template, String expected) {
        Map<String, Object> variables = Map.of("messages", List.of(Map.of("content", " ab, cd, ab ")));
        List<String> found = Template.parse("{% set c = messages[0].content %}" + template, false).follow(variables, NOW).pieces().stream()
            .filter(Piece::isContent).map(piece -> piece.from() + "-" + piece.to() + "@" + piece.at()).toList();
        assertThat(String.join(" ", found)).isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% set ns = namespace(s=messages[0].content) %}{% for i in range(40) %}{% set ns.s = ns.s ~ '-' ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s=messages[0].content) %}{% for i in range(18) %}{% set ns.s = ns.s ~ '-' ~ ns.s %}{% endfor %}"
            + "{% for i in range(100000) %}{% set x = ns.s[1:] %}{% endfor %}",
        "{% set ns = namespace(s=messages[0].content) %}{% for i in range(18) %}{% set ns.s = ns.s ~ '-' ~ ns.s %}{% endfor %}"
            + "{% for i in range(100000) %}{% set x = ns.s[-2:] %}{% endfor %}"})
    void cuttingWithoutEndIsAnError(String template) {
        Map<String, Object> variables = Map.of("messages", List.of(Map.of("content", "a")));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThatThrownBy(() -> Template.parse(template, false).follow(variables, NOW))
            .isInstanceOf(TemplateException.class).hasMessageContaining("too many pieces"));
    }
}
