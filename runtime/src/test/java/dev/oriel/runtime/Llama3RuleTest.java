package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Llama3RuleTest {
    private static double[] frequencies(int pairs) {
        double[] frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) frequencies[i] = Math.pow(500_000, -(double) i / pairs);
        return frequencies;
    }

    @Test
    void keepsShortWavesAndSlowsLongOnes() {
        float[] divisors = new Llama3Rule(32, 1, 4, 8192).divisors(frequencies(32));
        assertThat(divisors[0]).isEqualTo(1);
        assertThat(divisors[31]).isEqualTo(32);
        for (int i = 1; i < 32; i++) assertThat(divisors[i]).isGreaterThanOrEqualTo(divisors[i - 1]);
    }

    @Test
    void isFoundAgainBehindItsDivisors() {
        Llama3Rule rule = new Llama3Rule(32, 1, 4, 8192);
        assertThat(Llama3Rule.behind(rule.divisors(frequencies(32)), 500_000, 131_072)).contains(rule);
    }

    @Test
    void otherDivisorsHaveNoRule() {
        float[] divisors = new Llama3Rule(32, 1, 4, 8192).divisors(frequencies(32));
        divisors[3] = 7;
        assertThat(Llama3Rule.behind(divisors, 500_000, 131_072)).isEmpty();
    }
}
