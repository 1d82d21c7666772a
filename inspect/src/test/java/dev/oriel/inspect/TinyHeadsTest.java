package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Site;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The moves on a tiny random model: goldens, planted patterns put in by an edit, and what is refused.
class TinyHeadsTest {
    private static final Goldens.Value GOLDEN = Goldens.shipped("heads.json");
    private static final Input SIX = Input.of(4, 314, 156, 21, 266, 207);

    private static Model model;

    @BeforeAll
    static void load() { model = Goldens.tiny("llama"); }

    @AfterAll
    static void close() { model.close(); }

    /// Sets every layer's four heads.
    private static Probe plant(double[][]... heads) { return Probe.edit(Site.PATTERN, a -> a.copyFrom(Patterns.flat(heads))); }

    private static Probe uniformPreviousFirst() { return plant(Patterns.uniform(6), Patterns.previous(6), Patterns.first(6), Patterns.first(6)); }

    @Test
    void prefixMatching() {
        Goldens.Value golden = GOLDEN.at("tiny/PrefixMatching");
        Goldens.Value in = golden.at("inputs");
        double[][] scores = new double[model.hyper().layers().size()][];
        // These ids do not repeat; the score asks only where copies would lie.
        Pattern.read(model, Input.of(in.at("ids").ids()), Range.ALL,
                (layer, pattern) -> scores[layer] = InductionHeads.prefixMatching(pattern, in.at("first").integer(), in.at("n").integer()));
        Goldens.assertClose("scores", scores[in.at("layer").integer()], golden.at("expected", "score").numbers(), golden.at("tolerance", "abs").number());
    }

    @Test
    void copyingEigenvalue() {
        Goldens.Value golden = GOLDEN.at("tiny/CopyingEigenvalue");
        HeadGrid scores = InductionHeads.copyingEigenvalue(model);
        Goldens.assertClose("scores", Goldens.flat(scores), golden.at("expected", "score").numbers(), golden.at("tolerance", "abs").number());
    }

    /// The map through tokens, `[d_head, d_head]`, has the eigenvalues of the map of the residual stream, `[d_model, d_model]`, but for zeros: also with a norm
    /// after attention, biases and as many key-value heads as heads.
    @ParameterizedTest
    @ValueSource(strings = {"llama", "gpt2", "gemma3"})
    void copyingEigenvalueOfTheWholeMap(String architecture) {
        try (Model other = Goldens.tiny(architecture)) {
            HeadGrid grid = InductionHeads.copyingEigenvalue(other);
            var w = other.weights();
            int width = other.hyper().width();
            int dim = other.hyper().attention().valueDim();
            int group = other.hyper().attention().heads() / other.hyper().attention().kvHeads();
            float[] in = w.get("embed.W_E");
            float[] out = w.get("unembed.W_U");
            float[] ones = new float[width];
            Arrays.fill(ones, 1);
            float[] post = w.has("blocks.1.ln1_post.w") ? w.get("blocks.1.ln1_post.w") : ones;
            double[][] through = product(diagonal(w.get("blocks.1.ln1.w")), matrix(w.value(1, 1 / group), width, dim), matrix(w.output(1, 1), dim, width),
                    diagonal(post), diagonal(w.get("ln_final.w")), matrix(out, width, other.hyper().vocabulary()), matrix(in, other.hyper().vocabulary(), width));
            double[][] values = Eigenvalues.of(through);
            double sizes = IntStream.range(0, width).mapToDouble(i -> Math.hypot(values[0][i], values[1][i])).sum();
            assertThat((double) grid.get(1, 1)).isCloseTo(Arrays.stream(values[0]).sum() / sizes, within(1e-4));
        }
    }

    private static double[][] matrix(float[] values, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < values.length; i++) matrix[i / columns][i % columns] = values[i];
        return matrix;
    }

    private static double[][] diagonal(float[] values) {
        double[][] matrix = new double[values.length][values.length];
        for (int i = 0; i < values.length; i++) matrix[i][i] = values[i];
        return matrix;
    }

    private static double[][] product(double[][]... matrices) { return Arrays.stream(matrices).reduce(AttentionRollout::product).orElseThrow(); }

    @Test
    void entropyOfPlantedPatterns() {
        Goldens.Value golden = GOLDEN.at("planted/AttentionEntropy");
        AttentionEntropy entropy = AttentionEntropy.of(model, SIX, Range.ALL, uniformPreviousFirst());
        for (int layer = 0; layer < entropy.rows().length; layer++)
            for (int head = 0; head < 3; head++)
                Goldens.assertClose("layer " + layer + ", head " + head, Goldens.doubles(entropy.rows()[layer][head]), golden.at("expected", "entropy", head).numbers(),
                        golden.at("tolerance", "abs").number(), Goldens.SIX_DIGITS);
        double all = 1.09654187;
        assertThat(entropy.perHead().get(1, 0)).isCloseTo((float) all, within(1e-6f));
        assertThat(entropy.mean()).isCloseTo(all / 4, within(1e-6));
        AttentionEntropy ofLastTwo = AttentionEntropy.of(model, SIX, Range.of(4, 6), uniformPreviousFirst());
        assertThat(ofLastTwo.perHead().get(0, 0)).isCloseTo((float) (Math.log(5 * 6) / 2), within(1e-6f));
    }

    /// What a run reads is what the patterns alone give, in all layers.
    @Test
    void readingARunIsReadingItsPatterns() {
        Pattern pattern = Pattern.of(Patterns.uniform(6), Patterns.previous(6), Patterns.first(6), Patterns.first(6));
        AttentionSink sink = AttentionSink.of(model, SIX, uniformPreviousFirst());
        HeadProfile profile = HeadProfile.of(model, SIX, Map.of("end", new int[] {4, 5}), uniformPreviousFirst());
        List<SpanMass.Span> spans = List.of(new SpanMass.Span("start", Range.of(0, 1)), new SpanMass.Span("rest", Range.of(1, 6)));
        SpanMass mass = SpanMass.of(model, SIX, Range.of(4, 6), spans, uniformPreviousFirst());
        LookbackRatio lookback = LookbackRatio.of(model, SIX, 2, Range.of(4, 6), uniformPreviousFirst());
        for (int layer = 0; layer < model.hyper().layers().size(); layer++) {
            for (int head = 0; head < 4; head++) {
                Goldens.assertClose("sink", Goldens.doubles(sink.shares()[layer][head]), AttentionSink.shares(pattern, head), 1e-6);
                assertThat((double) profile.get("previous").get(layer, head)).isCloseTo(new double[] {1.45 / 6, 5 / 6.0, 1 / 6.0, 1 / 6.0}[head], within(1e-6));
                assertThat((double) profile.get("end").get(layer, head)).isCloseTo(new double[] {(1 / 5.0 + 2 / 6.0) / 6, 1 / 6.0, 0, 0}[head], within(1e-6));
                assertThat((double) mass.get("start").get(layer, head)).isCloseTo(new double[] {11 / 60.0, 0, 1, 1}[head], within(1e-6));
                assertThat((double) mass.get("rest").get(layer, head)).isCloseTo(1 - mass.get("start").get(layer, head), within(1e-6));
                assertThat((double) lookback.mean(0, 2).get(layer, head)).isCloseTo(new double[] {0.5, 0, 1, 1}[head], within(1e-6));
            }
        }
    }

    @Test
    void rolloutOfPlantedPatterns() {
        Probe first = plant(Patterns.first(6), Patterns.first(6), Patterns.first(6), Patterns.first(6));
        double[][][] joint = AttentionRollout.of(model, SIX, first).joint();
        for (int layer = 0; layer < joint.length; layer++) {
            assertThat(joint[layer][5][5]).as("half stays in each layer").isCloseTo(Math.pow(0.5, layer + 1), within(1e-12));
            assertThat(joint[layer][5][0]).isCloseTo(1 - Math.pow(0.5, layer + 1), within(1e-12));
        }
        AttentionFlow flow = AttentionFlow.of(model, SIX, 5, first);
        Goldens.assertClose("flow", flow.flow(), new double[] {1, 0, 0, 0, 0, 0.5}, 1e-12);
    }

    /// Heads that look at the token before and add the direction in which that token is unembedded copy; with the opposite direction they do not.
    @Test
    void directCopyingOfPlantedResults() {
        int[] ids = IntStream.range(0, 40).map(i -> 3 + 7 * i).toArray();
        int last = model.hyper().layers().size() - 1;
        double[][] previous = Patterns.previous(ids.length);
        for (int sign : new int[] {1, -1}) {
            HeadGrid grid = InductionHeads.copyingDirect(model, ids, plant(previous, previous, previous, previous), Probe.edit(Site.RESULT.at(last), a -> {
                for (int q = 1; q < ids.length; q++) {
                    float[] direction = model.weights().unembedding(ids[q - 1], 1);
                    for (int head = 0; head < 4; head++) {
                        a.slice(q, head, Activation.ALL).copyFrom(direction);
                        a.slice(q, head, Activation.ALL).scale(sign);
                    }
                }
            }));
            for (int head = 0; head < 4; head++) {
                if (sign > 0) assertThat(grid.get(last, head)).isGreaterThan(0.3f);
                else assertThat(grid.get(last, head)).isLessThan(0.05f);
            }
        }
    }

    @Test
    void lossOfCopies() {
        RepeatedTokens tokens = RepeatedTokens.random(model, 10, 3, 11);
        InductionHeads.CopyLoss loss = InductionHeads.copyLoss(model, tokens);
        int[] ids = tokens.ids();
        double[] all = model.logProbabilities(new int[] {ids[0]}, Arrays.copyOfRange(ids, 1, ids.length));
        assertThat(loss.first()).isCloseTo(-Arrays.stream(all, 0, 10).average().orElseThrow(), within(1e-9));
        assertThat(loss.later()).isCloseTo(-Arrays.stream(all, 10, 30).average().orElseThrow(), within(1e-9));
        assertThat(InductionHeads.iclScore(model, ids, 5, 20)).isCloseTo(all[5] - all[20], within(1e-9));
    }

    @Test
    void wrongQuestionsAreRefused() {
        refused("attention flow: expected at most 64 tokens, found 65", () -> AttentionFlow.of(model, Input.of(new int[65]), 0));
        refused("attention flow: expected a query in 0..5, found 6", () -> AttentionFlow.of(model, SIX, 6));
        refused("lookback ratio: expected an answer in 5:6, found 4:6", () -> LookbackRatio.of(model, SIX, 4, Range.of(4, 6)));
        refused("span mass, span late: expected a part of 0:6, found 5:7", () -> SpanMass.of(model, SIX, Range.ALL, List.of(new SpanMass.Span("late", Range.of(5, 7)))));
        refused("span mass: expected a span, found none", () -> SpanMass.of(model, SIX, Range.ALL, List.of()));
        refused("head profile: expected a name for a group that no measure has, found self", () -> HeadProfile.of(model, SIX, Map.of("self", new int[] {0})));
        refused("head profile, group dots: expected positions in 0..5, found 6", () -> HeadProfile.of(model, SIX, Map.of("dots", new int[] {6})));
        refused("head profile: expected one of self, previous, next, entropy, confidence, found prev", () -> HeadProfile.of(model, SIX, Map.of()).get("prev"));
        refused("in-context score: expected 0 <= early < late < 2, found 0 and 2", () -> InductionHeads.iclScore(model, new int[] {1, 2, 3}, 0, 2));
        refused("direct copying: expected 2 tokens or more, found 1", () -> InductionHeads.copyingDirect(model, new int[] {1}));
        refused("head scores: expected tokens repeated twice, found 3 copies", () -> HeadScores.of(model, RepeatedTokens.random(0, 100, _ -> true, 4, 3, 1)));
    }

    private static void refused(String message, ThrowableAssert.ThrowingCallable question) {
        assertThatThrownBy(question).isInstanceOf(ModelException.class).hasMessage(message);
    }
}
