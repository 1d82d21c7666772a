package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// The comparison that the goldens of the moves rest on.
class GoldensTest {
    @Test
    void closeIsCloseAndNothingElse() {
        double[] expected = {1, Double.NaN, -100};
        assertThatCode(() -> Goldens.assertClose("x", new double[] {1.09, Double.NaN, -101}, expected, 0.1, 0.01)).doesNotThrowAnyException();
        assertThatCode(() -> Goldens.assertClose("x", expected, expected, 0)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Goldens.assertClose("x", new double[] {1.12, Double.NaN, -103}, expected, 0.1, 0.01)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("2 of 3").hasMessageContaining("number 2, expected -100");
        assertThatThrownBy(() -> Goldens.assertClose("x", new double[] {1, 0, -100}, expected, 1e9)).hasMessageContaining("number 1, expected NaN");
        assertThatThrownBy(() -> Goldens.assertClose("x", new double[] {Double.NaN, Double.NaN, -100}, expected, 1e9)).hasMessageContaining("found NaN");
        assertThatThrownBy(() -> Goldens.assertClose("x", new double[] {1, Double.NaN, -100.1}, expected, 0)).hasMessageContaining("1 of 3");
        assertThatThrownBy(() -> Goldens.assertClose("x", new double[2], expected, 1)).hasMessageContaining("expected 3 numbers, found 2");
    }
}
