package dev.oriel.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A template comes with a file from anywhere: whatever it holds ends soon, in text or in one clear line.
class ChatTemplateLimitsTest {
    /// A guard against hanging, not a measure of speed.
    private static final Duration ENDS = Duration.ofSeconds(60);

    @ParameterizedTest
    @ValueSource(strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000000 }}",
        "{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ range(1000000000000)|list|length }}",
        "{{ raise_exception('the template says no') }}",
        "{{ messages.nothing.more }}",
        "{{ messages.__class__.__mro__ }}",
        "{{ ''.getClass().forName('java.lang.Runtime') }}",
        "{% for m in messages %}",
        "{{ 1 // 0 }}"
    })
    void endsInOneLine(String template) {
        assertTimeoutPreemptively(ENDS, () -> assertThatThrownBy(() -> ChatTemplate.of(template).render(Map.of("messages", List.of())))
                .isInstanceOf(RuntimeException.class).satisfies(e -> assertThat(e.getMessage()).isNotBlank().doesNotContain("\n")));
    }

    @Test
    void deepNestingIsRefused() {
        assertTimeoutPreemptively(ENDS, () -> assertThatThrownBy(() -> ChatTemplate.of("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}").render(Map.of()))
                .isInstanceOf(RuntimeException.class));
    }

    @Test
    void theTemplatesOwnErrorIsPassedOn() {
        assertThatThrownBy(() -> ChatTemplate.of("{{ raise_exception('roles must alternate') }}").render(Map.of())).hasMessageContaining("roles must alternate");
    }
}
