package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 20_000;
    /// Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625, in another order.
    private static final float[] LOGITS = {log(0.125), log(0.5), log(0.0625), log(0.25), log(0.0625)};

    private static float log(double p) { return (float) Math.log(p); }

    private static Map<Integer, Double> shares(Sampling sampling) {
        Map<Integer, Double> shares = new TreeMap<>();
        Sampler sampler = new Sampler(sampling.withSeed(7));
        for (int i = 0; i < DRAWS; i++) shares.merge(sampler.next(LOGITS.clone(), new int[0], 0), 1.0 / DRAWS, Double::sum);
        return shares;
    }

    private static void near(double found, double expected) { assertThat(found).isBetween(expected - 0.015, expected + 0.015); }

    @Test
    void greedyTakesTheLikeliestAndTheLowestIdAmongEquals() {
        assertThat(new Sampler(Sampling.greedy()).next(LOGITS.clone(), new int[0], 0)).isEqualTo(1);
        assertThat(new Sampler(Sampling.greedy()).next(new float[] {0, 3, 3, 1}, new int[0], 0)).isEqualTo(1);
    }

    @Test
    void temperatureOneIsTheModelsOwnDistribution() {
        Map<Integer, Double> shares = shares(Sampling.at(1));
        near(shares.get(1), 0.5);
        near(shares.get(3), 0.25);
        near(shares.get(0), 0.125);
        near(shares.get(2), 0.0625);
        near(shares.get(4), 0.0625);
    }

    /// Most of the weight lies near the likeliest token, but not all of it; and what has none is never drawn.
    @Test
    void manyUnlikelyTokensGetTheirShare() {
        int n = 2000;
        float[] logits = new float[n];
        for (int id = 0; id < n; id++) logits[id] = id % 4 == 0 ? Float.NEGATIVE_INFINITY : -9 - id % 2;
        logits[9] = 0;
        logits[10] = -0.5f;
        double[] expected = {1, Math.exp(-0.5), 0, 0};
        for (int id = 0; id < n; id++) if (id != 9 && id != 10) expected[2 + id % 2] += Math.exp(logits[id]);
        double sum = Arrays.stream(expected).sum();
        assertThat(expected[2] + expected[3]).isGreaterThan(0.05 * sum);
        double[] shares = new double[4];
        Sampler sampler = new Sampler(Sampling.at(1).withSeed(7));
        for (int i = 0; i < 4 * DRAWS; i++) {
            int id = sampler.next(logits, new int[0], 0);
            assertThat(logits[id]).isFinite();
            shares[id == 9 ? 0 : id == 10 ? 1 : 2 + id % 2] += 0.25 / DRAWS;
        }
        for (int i = 0; i < 4; i++) assertThat(shares[i]).as("group %d", i).isBetween(expected[i] / sum - 0.005, expected[i] / sum + 0.005);
    }

    @Test
    void drawsEndWhereLogitsAreNoNumbers() {
        for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] logits = {odd, odd, odd};
            assertThat(new Sampler(Sampling.at(1)).next(logits, new int[0], 0)).isEqualTo(0);
            assertThat(new Sampler(Sampling.at(1).withTopK(2)).next(logits, new int[0], 0)).isBetween(0, 2);
        }
        assertThat(new Sampler(Sampling.at(1)).next(new float[] {1, Float.NaN, Float.POSITIVE_INFINITY}, new int[0], 0)).isEqualTo(2);
    }

    @Test
    void candidatesComeInOrderFromFarToo() {
        long seed = System.nanoTime();
        System.out.println("SamplerTest.candidatesComeInOrderFromFarToo seed " + seed);
        Random random = new Random(seed);
        float[] logits = new float[3000];
        for (int id = 0; id < logits.length; id++) logits[id] = random.nextInt(90);
        Integer[] sorted = IntStream.range(0, logits.length).boxed().sorted(Comparator.<Integer>comparingDouble(id -> -logits[id]).thenComparing(id -> id)).toArray(Integer[]::new);
        for (int k : new int[] {1, 40, 700, 2999}) {
            Candidates candidates = new Candidates(logits, Sampler.likeliest(logits));
            candidates.keep(k);
            assertThat(candidates.draw(1, 0)).isEqualTo(sorted[0]);
            assertThat(candidates.draw(1000, 1)).isEqualTo(sorted[k - 1]);
        }
    }

    @Test
    void temperatureSharpens() { near(shares(Sampling.at(0.5f)).get(1), 0.25 / (0.25 + 0.0625 + 0.015625 + 2 * 0.00390625)); }

    @Test
    void topKKeepsK() {
        Map<Integer, Double> shares = shares(Sampling.at(1).withTopK(2));
        assertThat(shares).containsOnlyKeys(1, 3);
        near(shares.get(1), 2 / 3.0);
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        assertThat(shares(Sampling.at(1).withTopP(0.7f))).containsOnlyKeys(1, 3);
        assertThat(shares(Sampling.at(1).withTopP(0.01f))).containsOnlyKeys(1);
    }

    @Test
    void minPKeepsThoseNearTheLikeliest() { assertThat(shares(Sampling.at(1).withMinP(0.3f))).containsOnlyKeys(1, 3); }

    @Test
    void theRepeatPenaltyPushesRecentTokensDown() {
        float[] logits = {1.0f, 2.0f, 1.9f, -1.0f};
        assertThat(new Sampler(Sampling.greedy().withRepeatPenalty(1.2f)).next(logits, new int[] {1, 3}, 2)).isEqualTo(2);
        assertThat(logits[1]).isEqualTo(2.0f / 1.2f);
        assertThat(logits[3]).isEqualTo(-1.0f * 1.2f);
    }

    @Test
    void aSeedRepeats() {
        int[][] runs = new int[2][100];
        for (int[] run : runs) {
            Sampler sampler = new Sampler(Sampling.at(1).withSeed(42));
            Arrays.setAll(run, i -> sampler.next(LOGITS.clone(), new int[0], 0));
        }
        assertThat(runs[0]).isEqualTo(runs[1]);
    }

    @Test
    void wrongValuesAreNamed() {
        assertThatThrownBy(() -> Sampling.at(-1)).hasMessage("temperature: expected 0 or more, found -1.0");
        assertThatThrownBy(() -> Sampling.at(1).withTopP(0)).hasMessageContaining("top-p");
    }
}
