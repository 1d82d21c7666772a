package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.runtime.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Patterns whose scores are known by construction.
class PlantedHeadsTest {
    private static final Goldens.Value GOLDEN = Goldens.shipped("heads.json");

    @ParameterizedTest
    @ValueSource(strings = {"uniform causal", "previous token"})
    void headProfile(String name) {
        Goldens.Value golden = GOLDEN.at("planted/HeadProfile", name);
        Pattern pattern = Pattern.of(Patterns.rows(golden.at("inputs", "pattern")));
        Map<String, Pattern.Measure> measures = HeadProfile.measures(Map.of("first", golden.at("inputs", "groups", "first").ids()));
        assertThat(measures.keySet()).hasSize(6);
        measures.forEach((measure, m) -> Goldens.assertClose(measure, new double[] {pattern.mean(0, m)}, golden.at("expected", measure).numbers(),
                golden.at("tolerance").number(), Goldens.NINE_DIGITS));
    }

    @Test
    void attentionSink() {
        Goldens.Value golden = GOLDEN.at("planted/AttentionSink", "uniform causal: H_n / n");
        double[] shares = AttentionSink.shares(Pattern.of(Patterns.rows(golden.at("inputs", "pattern"))), 0);
        for (String name : List.of("mean_to_first", "harmonic"))
            assertThat(shares[0]).isCloseTo(golden.at("expected", name).number(), within(golden.at("tolerance").number()));
    }

    @Test
    void sinkRate() {
        Goldens.Value golden = GOLDEN.at("planted/SinkRate");
        Pattern pattern = Pattern.of(Patterns.uniform(6), Patterns.previous(6), Patterns.first(6));
        double tolerance = golden.at("tolerance", "abs").number();
        float[][] shares = new float[3][];
        for (int head = 0; head < 3; head++) {
            double[] found = AttentionSink.shares(pattern, head);
            shares[head] = Grids.floats(found);
            Goldens.assertClose("shares of head " + head, found, golden.at("expected", "alpha", head).numbers(), tolerance);
        }
        AttentionSink sink = new AttentionSink(new float[][][] {shares});
        for (int key = 0; key < 6; key++)
            assertThat(sink.rate(key, golden.at("inputs", "eps").number())).as("key " + key)
                    .isCloseTo(golden.at("expected", "rate", key).number(), within(tolerance));
        assertThat(sink.of(2).top(1)).containsExactly(new HeadGrid.Head(0, 1, 0.25f));
    }

    @Test
    void rollout() {
        Goldens.Value golden = GOLDEN.at("planted/AttentionRollout", "two layers");
        double[][][] joint = rollout(golden.at("inputs", "patterns"));
        for (int layer = 0; layer < joint.length; layer++)
            for (int query = 0; query < 3; query++)
                Goldens.assertClose("layer " + layer + ", query " + query, joint[layer][query], golden.at("expected", "joint", layer, query).numbers(),
                        golden.at("tolerance").number());
        Goldens.Value identity = GOLDEN.at("planted/AttentionRollout", "identity");
        double[][] last = new AttentionRollout(rollout(identity.at("inputs", "patterns"))).last();
        for (int query = 0; query < 4; query++)
            Goldens.assertClose("query " + query, last[query], identity.at("expected", "last", query).numbers(), identity.at("tolerance").number());
    }

    private static double[][][] rollout(Goldens.Value patterns) {
        List<double[][]> joint = new ArrayList<>();
        for (Goldens.Value layer : patterns.list()) {
            double[][] mixed = AttentionRollout.mixed(Pattern.of(Patterns.rows(layer)));
            joint.add(joint.isEmpty() ? mixed : AttentionRollout.product(mixed, joint.getLast()));
        }
        return joint.toArray(double[][][]::new);
    }

    @Test
    void flow() {
        Goldens.Value golden = GOLDEN.at("planted/AttentionFlow", "max flow = min cut");
        List<Goldens.Value> layers = golden.at("inputs", "patterns").list();
        double[][][] mixed = layers.stream().map(layer -> AttentionRollout.mixed(Pattern.of(Patterns.rows(layer)))).toArray(double[][][]::new);
        AttentionFlow flow = AttentionFlow.of(mixed, golden.at("inputs", "query").integer());
        double tolerance = golden.at("tolerance").number();
        Goldens.assertClose("flow", flow.flow(), golden.at("expected", "flow").numbers(), tolerance);
        Goldens.assertClose("normalised", flow.normalised(), golden.at("expected", "normalised").numbers(), tolerance);
    }

    /// In these pipes the first path found, down through the first positions, must give way again: two others share what it took.
    @Test
    void flowGivesWayAgain() {
        double[][][] pipes = {{{1, 0, 0}, {1, 0, 0}, {0, 0, 0}}, {{1, 1, 0}, {1, 0, 0}, {0, 0, 0}}, {{1, 1, 0}, {0, 0, 0}, {0, 0, 0}}};
        assertThat(new MaxFlow(pipes).between(0, 0)).isCloseTo(2, within(1e-12));
    }

    /// The largest flow is the smallest cut: over random pipes, every way to part the nodes between source and sink.
    @Test
    void flowIsTheSmallestCut() {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            double[][][] pipes = new double[3][3][3];
            for (double[][] level : pipes) for (double[] row : level) for (int i = 0; i < 3; i++) row[i] = random.nextInt(3) == 0 ? 0 : random.nextDouble();
            assertThat(new MaxFlow(pipes).between(2, 1)).as("seed " + seed).isCloseTo(smallestCut(pipes, 9 + 2, 1), within(1e-12));
        }
    }

    private static double smallestCut(double[][][] pipes, int source, int sink) {
        double least = Double.POSITIVE_INFINITY;
        for (int above = 0; above < 1 << 12; above++) {
            if ((above >> source & 1) == 0 || (above >> sink & 1) == 1) continue;
            double cut = 0;
            for (int upper = 3; upper < 12; upper++) {
                int level = upper / 3 - 1;
                for (int lower = 0; lower < 3; lower++)
                    if ((above >> upper & 1) == 1 && (above >> level * 3 + lower & 1) == 0) cut += pipes[level][upper % 3][lower];
            }
            least = Math.min(least, cut);
        }
        return least;
    }

    @Test
    void spanMass() {
        Goldens.Value golden = GOLDEN.at("planted/SpanMass", "partition");
        Pattern pattern = Pattern.of(Patterns.rows(golden.at("inputs", "pattern")));
        int[] queries = golden.at("inputs", "queries").ids();
        double[] masses = golden.at("inputs", "spans").list().stream().map(Goldens.Value::ids)
                .mapToDouble(span -> pattern.mean(0, queries[0], queries[queries.length - 1] + 1, SpanMass.mass(Range.of(span[0], span[1])))).toArray();
        Goldens.assertClose("masses", masses, golden.at("expected").numbers(), golden.at("tolerance").number());
    }

    @Test
    void lookbackRatio() {
        Goldens.Value golden = GOLDEN.at("planted/LookbackRatio");
        Pattern pattern = Pattern.of(Patterns.uniform(8), Patterns.at(8, query -> Math.min(query, 1)), Patterns.at(8, query -> Math.min(query, 6)));
        double[] ratios = new double[3];
        for (int head = 0; head < 3; head++)
            ratios[head] = LookbackRatio.ratio(pattern, head, golden.at("inputs", "row").integer(), golden.at("inputs", "context").integer());
        Goldens.assertClose("ratios", ratios, golden.at("expected", "ratio").numbers(), golden.at("tolerance", "abs").number());
    }

    @Test
    void prefixMatching() {
        Goldens.Value golden = GOLDEN.at("planted/PrefixMatching");
        int n = golden.at("inputs", "n").integer();
        RepeatedTokens tokens = RepeatedTokens.random(0, 100, _ -> true, n, golden.at("inputs", "copies").integer(), 1);
        assertThat(tokens.first()).isEqualTo(golden.at("inputs", "first").integer());
        int length = tokens.ids().length;
        Pattern pattern = Pattern.of(Patterns.at(length, query -> query < tokens.second() ? 0 : query - n + 1), Patterns.uniform(length));
        double[] scores = InductionHeads.prefixMatching(pattern, tokens.first(), n);
        Goldens.assertClose("scores", scores, golden.at("expected", "score").numbers(), golden.at("tolerance", "abs").number());
    }

    /// Of four heads, each perfect at one thing, each score finds its own and gives the others what chance gives them.
    @Test
    void headScores() {
        RepeatedTokens tokens = RepeatedTokens.random(0, 1000, _ -> true, 20, 2, 7);
        int length = tokens.ids().length;
        int n = tokens.length();
        Pattern pattern = Pattern.of(Patterns.at(length, query -> query < tokens.second() ? 0 : query - n + 1), Patterns.previous(length),
                Patterns.at(length, query -> query < tokens.second() ? 0 : query - n), Patterns.first(length));
        for (HeadScores.Kind kind : HeadScores.Kind.values()) {
            double[] scores = HeadScores.of(kind, pattern, tokens);
            for (int head = 0; head < 4; head++) {
                if (head == kind.ordinal()) assertThat(scores[head]).as(kind + " of its own head").isEqualTo(1);
                else assertThat(scores[head]).as(kind + " of head " + head).isLessThan(0.55);
            }
        }
        double sink = HeadScores.of(HeadScores.Kind.SINK, pattern, tokens)[1];
        assertThat(sink).as("position 1 looks at the first token, too").isCloseTo(1.0 / (length - 1), within(1e-12));
    }

    /// The largest logit's part in what lies above the mean of 0, 1, 2, 5 (2): 3 of 3; nothing is above where all are equal.
    @Test
    void directCopying() {
        assertThat(InductionHeads.share(new double[] {0.1, 0.2, 0.1, 0.6}, new double[] {0, 1, 2, 5})).isEqualTo(1);
        assertThat(InductionHeads.share(new double[] {0.1, 0.2, 0.6, 0.1}, new double[] {0, 1, 3, 6})).isCloseTo(0.5 / 4, within(1e-12));
        assertThat(InductionHeads.share(new double[] {0.6, 0.2, 0.1, 0.1}, new double[] {0, 1, 2, 5})).isZero();
        assertThat(InductionHeads.share(new double[] {0.5, 0.5}, new double[] {3, 3})).isZero();
    }
}
