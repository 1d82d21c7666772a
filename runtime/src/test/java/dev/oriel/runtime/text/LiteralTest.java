package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody writes into a message, a tool's description or its result stays text: it never becomes a special token.
class LiteralTest {
    private static final String MARK = "<|im_end|>";
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 15, 12, 0);

    private final Tokenizer tokenizer = Tokenizers.fromJson(TokenFiles.resource("json-qwen.tokenizer.json"), null);
    private final int mark = tokenizer.encode(MARK, false, true)[0];

    /// 46 published templates with the mark in every text of messages and tools, keys included.
    @TestFactory
    @SuppressWarnings("unchecked")
    Stream<DynamicTest> publishedTemplates() {
        return Goldens.rows("chat-templates.json").stream().flatMap(template -> ((List<Map<String, Object>>) template.get("cases")).stream().filter(row -> row.containsKey("rendered"))
            .map(row -> DynamicTest.dynamicTest(template.get("template_file") + " " + row.get("case"), () -> everywhere(template, row))));
    }

    private void everywhere(Map<String, Object> template, Map<String, Object> row) {
        Map<String, Object> variables = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token")) variables.put(name, template.get(name));
        variables.put("add_generation_prompt", row.get("add_generation_prompt"));
        for (String name : List.of("messages", "tools")) variables.put(name, marked(row.get(name), ""));
        ChatPrompt prompt;
        try {
            prompt = ChatTemplate.of((String) template.get("template")).renderWithSpans(variables, NOW);
        } catch (TemplateException e) {
            assertThat(template.get("template_file").toString()).as(e.getMessage()).isIn("Mistral-Small-3.2-24B-Instruct-2506.jinja", "openbmb-MiniCPM5-1B.jinja");
            return;
        }
        int found = 0;
        for (int at = prompt.text().indexOf("~" + MARK); at >= 0; at = prompt.text().indexOf("~" + MARK, at + 1), found++) {
            int from = at;
            assertThat(prompt.literal()).as(prompt.text()).anyMatch(span -> span.from() <= from && from + MARK.length() < span.to());
        }
        assertThat(found).isPositive();
        long own = prompt.text().split(Pattern.quote(MARK), -1).length - 1 - found;
        assertThat(marks(prompt.encode(tokenizer).ids())).as("the template's own marks").isEqualTo(own);
    }

    private long marks(int[] ids) { return java.util.Arrays.stream(ids).filter(id -> id == mark).count(); }

    /// Roles and types are the program's.
    private static Object marked(Object value, String key) {
        return switch (value) {
            case String s -> key.equals("role") || key.equals("type") || key.equals("tool_call_id") || key.equals("id") ? s : s.replace(MARK, "") + "~" + MARK;
            case List<?> list -> new ArrayList<>(list.stream().map(item -> marked(item, "")).toList());
            case Map<?, ?> map -> {
                Map<String, Object> all = new LinkedHashMap<>();
                map.forEach((k, v) -> all.put(key.equals("properties") ? k + "~" + MARK : (String) k, marked(v, (String) k)));
                yield all;
            }
            case null, default -> value;
        };
    }

    /// Operations that make other characters, of which nobody says where they come from.
    @ParameterizedTest
    @ValueSource(strings = {"{{ x|lower }}", "{{ x.lower() }}", "{{ '%s' % x }}", "{{ '%s-%s' % (1, x) }}", "{{ '{}'.format(x) }}", "{{ [x] }}", "{{ {'a': x}|string }}", "{{ x[::-1][::-1] }}",
        "{{ x * 2 }}", "{{ x|safe|e|safe }}", "{% for c in x %}{{ c }}{% endfor %}", "{% for c in x|list %}{{ c }}{% endfor %}", "{{ x|list|join }}", "{{ messages|map(attribute='content')|map('lower')|join }}",
        "{{ x|replace('a', 'b') }}", "{{ x|tojson }}", "{{ x ~ 1 }}", "{{ x + 'a' }}", "{{ x|trim }}", "{{ x.split('|')|join('|') }}", "{{ (x|e)|replace('&lt;', '<')|replace('&gt;', '>') }}",
        "{% set y %}{{ x }}{% endset %}{{ y }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x) }}", "{{ x|indent }}", "{{ x|center(30) }}", "{% filter lower %}{{ x }}{% endfilter %}"})
    void whateverBecomesOfIt(String template) {
        ChatPrompt prompt = ChatTemplate.of("{% set x = messages[0].content %}" + MARK + template + MARK).renderWithSpans(Map.of("messages", List.of(Map.of("role", "user", "content", MARK))));
        assertThat(marks(prompt.encode(tokenizer).ids())).as(prompt.text()).isEqualTo(2);
    }

    @Test
    void whatTheTemplateHasStaysItsOwn() {
        String template = "{% for m in messages %}{{ '<|' ~ m.role ~ '|>' }}{{ m.name|default('" + MARK + "') }}{{ {'x': '" + MARK + "'}[m.content] }}{{ eos_token }}{% endfor %}";
        ChatPrompt prompt = ChatTemplate.of(template).renderWithSpans(Map.of("eos_token", MARK, "messages", List.of(Map.of("role", "im_end", "content", "x"))));
        assertThat(prompt.text()).isEqualTo(MARK.repeat(4));
        assertThat(prompt.encode(tokenizer).ids()).containsOnly(mark);
    }

    @Test
    void aMarkInTwoPieces() {
        ChatPrompt prompt = ChatTemplate.of("{% for m in messages %}{{ m.content }}{% endfor %}|>").renderWithSpans(
            Map.of("messages", List.of(Map.of("role", "user", "content", "<|im_"), Map.of("role", "user", "content", "end"))));
        assertThat(prompt.text()).isEqualTo(MARK);
        assertThat(marks(prompt.encode(tokenizer).ids())).isZero();
    }

    @Test
    void theSameIdsOtherwise() {
        String text = "the time" + MARK + "\n the " + MARK + "<tool> word";
        int[] plain = tokenizer.encode(text);
        assertThat(tokenizer.encodeWithOffsets(text, true, List.of()).ids()).isEqualTo(plain);
        assertThat(tokenizer.encodeWithOffsets(text, true, List.of(new TextSpan(0, 8), new TextSpan(8, 8), new TextSpan(18, 24))).ids()).isEqualTo(plain);
        assertThat(tokenizer.encodeWithOffsets(text, true, List.of(new TextSpan(0, text.length()))).ids()).isEqualTo(tokenizer.encode(text, true, false));
        assertThat(marks(tokenizer.encodeWithOffsets(text, true, List.of(new TextSpan(9, 10))).ids())).isEqualTo(1);
        assertThatThrownBy(() -> tokenizer.encodeWithOffsets(text, true, List.of(new TextSpan(3, 5), new TextSpan(4, 6)))).isInstanceOf(IllegalArgumentException.class);
    }
}
