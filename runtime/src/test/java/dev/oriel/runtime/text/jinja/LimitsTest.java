package dev.oriel.runtime.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.oriel.runtime.text.TemplateException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Templates that want too much end with one line, soon, and without a stack overflow.
class LimitsTest {
    private static String render(String template, Map<String, Object> variables) {
        return assertTimeoutPreemptively(Duration.ofSeconds(20),
            () -> Template.parse(template, false).render(variables, LocalDateTime.of(2026, 1, 15, 12, 0)));
    }

    private static void fails(String template, String message) {
        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(TemplateException.class).hasMessageContaining(message)
            .message().doesNotContain("\n").hasSizeLessThan(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(40) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}",
        "{% set ns = namespace(s=[1], t=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
        "{% set h = 'a' * 4000000 %}{% set n = 'a' * 2000000 ~ 'b' %}{{ n in h }}",
        "{% set s = 'a' * 16000000 %}{% for i in range(1000) %}{% set x = s.upper() %}{% endfor %}",
        "{% set s = 'a' * 16000000 %}{% set t = 'a' * 16000000 %}{% for i in range(100000) %}{% set x = s == t %}{% endfor %}",
        "{{ ('a' * 8000000).strip('b' * 8000000 ~ 'a') }}",
        "{{ ('a' * 16000000)|list|length }}",
        "{{ [1] * 1000000000 }}",
        "{{ [1]|slice(1000000000)|list }}"})
    void steps(String template) {
        fails(template, "more than 2000000 steps");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{{ 'a' * 9223372036854775807 }}",
        "{% set ns = namespace(s='aaaa') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ '{:{}}'.format(1, 99999999) }}",
        "{{ ('a\n' * 100000)|indent(100000) }}",
        "{{ ('a' * 1000000)|replace('a', 'b' * 1000000) }}",
        "{{ ('a' * 10000000).join('b' * 1000) }}",
        "{{ [[[1]]]|tojson(indent='a' * 10000000) }}",
        "{{ '\t\t'.expandtabs(2000000000) }}"})
    void text(String template) {
        fails(template, "a text of more than 16777216 characters");
    }

    @Test
    void output() {
        fails("{% set s = 'a' * 1000000 %}{% for i in range(20) %}{{ s }}{% endfor %}", "a text of more than 16777216 characters");
    }

    @Test
    void numbers() {
        fails("{{ 2 ** 100000000 }}", "more than 4300 digits");
        fails("{{ ('9' * 10000000)|int }}", "more than 4300 digits");
        fails("{{ range(100001) }}", "range too big");
        fails("{{ range(9223372036854775807) }}", "range too big");
        assertThat(render("{{ [1][9223372036854775807] }}{{ 'a'[-9223372036854775807:9223372036854775807] }}", Map.of())).isEqualTo("a");
    }

    @Test
    void nesting() {
        fails("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}", "nested more than 200 deep");
        fails("{{ " + "[".repeat(100_000) + "]".repeat(100_000) + " }}", "nested more than 200 deep");
        fails("{{ " + "not ".repeat(100_000) + "1 }}", "nested more than 200 deep");
        fails("{{ " + "-".repeat(100_000) + "1 }}", "nested more than 200 deep");
        fails("{% set " + "(".repeat(100_000) + "a" + ")".repeat(100_000) + " = 1 %}", "nested more than 200 deep");
        fails("{{ 1" + " + 1".repeat(100_000) + " }}", "more than 400 operators in a row");
        fails("{{ a" + ".a".repeat(100_000) + " }}", "more than 400 operators in a row");
        fails("{{ a" + "|e".repeat(100_000) + " }}", "more than 400 operators in a row");
        fails("{% if true %}".repeat(10_000), "nested more than 100 deep");
        assertThat(render("{{ 1" + " ~ 1".repeat(10_000) + " }}", Map.of())).hasSize(10_001);
        assertThat(render("{% if 0 %}" + "{% elif 0 %}".repeat(10_000) + "{% else %}x{% endif %}", Map.of())).isEqualTo("x");
    }

    @Test
    void recursion() {
        fails("{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}", "macros call each other more than 150 deep");
        fails("{% macro f(n) %}{% for i in [1] %}{{ [[(1 + (f(n + 1) ~ ''))]] }}{% endfor %}{% endmacro %}{{ f(0) }}", "deep");
        fails("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "more than 150 deep");
        fails("{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}", "more than 150 deep");
        fails("{% set ns = namespace(s=[1]) %}{% for i in range(50000) %}{% set ns.s = ns.s|select %}{% endfor %}{{ ns.s|list }}", "nested too deep");
    }

    @Test
    void deepValues() {
        fails("{% set ns = namespace(s=[]) %}{% for i in range(50000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}", "recursion depth");
        fails("{% set ns = namespace(s=[]) %}{% for i in range(50000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s|tojson }}", "JSON nested more than");
        fails("{% set ns = namespace(s=(1,)) %}{% for i in range(60) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}", "a key of more than 500 items");
        fails("{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}", "recursion depth");
        List<Object> deep = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        Map<String, Object> variables = Map.of("deep", deep);
        assertThatThrownBy(() -> render("x", variables)).isInstanceOf(TemplateException.class).hasMessageContaining("variables nested more than");
    }

    @Test
    void longSources() {
        fails("{".repeat(1_000_000), "unexpected end of template");
        fails("{{ " + "'".repeat(3_000_001), "unexpected char");
        fails("{% raw %}" + ("{%" + " ".repeat(1000)).repeat(1000), "missing end of raw");
        fails("{{ " + "9".repeat(1_000_000) + " }}", "more than 4300 digits");
        fails("a".repeat(5_000_000), "a template of more than");
    }
}
