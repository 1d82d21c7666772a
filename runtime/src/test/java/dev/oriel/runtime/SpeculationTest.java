package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Format;
import dev.oriel.ops.Tensor;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Guessing ahead changes how long it takes, not what is said.
class SpeculationTest {
    private static final String REPEATING = "Lily saw a big red ball. Tom saw a big red ball. Lily saw a";
    private static Model model;
    /// The same with noise in its weights: guesses well, but not always.
    private static Model noisy;

    @BeforeAll
    static void load() throws URISyntaxException {
        Path file = Path.of(SpeculationTest.class.getResource("/tokens/stories260K-f32.gguf").toURI());
        model = Model.load(file, Goldens.exact(1));
        try (Checkpoint checkpoint = Checkpoints.open(file)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(checkpoint.tensors());
            Random random = new Random(4);
            tensors.replaceAll((name, tensor) -> name.contains("ffn_") && name.endsWith("weight") && tensor.format() == Format.F32 ? shaken(tensor, random) : tensor);
            noisy = Model.of(new Checkpoint(checkpoint.path(), checkpoint.kind(), checkpoint.metadata(), tensors, checkpoint.folder(), checkpoint.arena()), Goldens.exact(1));
        }
    }

    private static Tensor shaken(Tensor tensor, Random random) {
        float[] values = tensor.values();
        for (int i = 0; i < values.length; i++) values[i] *= (float) (1 + 0.3 * random.nextGaussian());
        return new Tensor(tensor.name(), Format.F32, tensor.shape(), MemorySegment.ofArray(values));
    }

    @AfterAll
    static void close() {
        model.close();
        noisy.close();
    }

    private record Outcome(Generated generated, int[] held) {}

    private static Outcome tell(String prompt, Sampling sampling, int tokens, List<String> stops, Speculation speculation) {
        try (Session session = model.session()) {
            Generated generated = session.generate(model.tokenizer().encode(prompt), sampling, tokens, stops, speculation, _ -> { });
            return new Outcome(generated, session.ids());
        }
    }

    static List<Speculation> speculations() {
        return List.of(Speculation.lookup(), new Speculation.Lookup(2, 1, 15), new Speculation.Lookup(3, 3, 40), Speculation.draft(noisy), new Speculation.Draft(noisy, 1), Speculation.draft(model),
                new Speculation.Draft(model, 20));
    }

    @ParameterizedTest
    @MethodSource("speculations")
    void greedyTokensAreTheSame(Speculation speculation) {
        for (String prompt : new String[] {"", REPEATING}) {
            for (Sampling sampling : new Sampling[] {Sampling.greedy(), Sampling.greedy().withRepeatPenalty(1.3f)}) {
                for (int tokens : new int[] {1, 2, 3, 120}) {
                    Outcome plain = tell(prompt, sampling, tokens, List.of(), Speculation.NONE);
                    Outcome ahead = tell(prompt, sampling, tokens, List.of(), speculation);
                    assertThat(ahead.generated.ids()).isEqualTo(plain.generated.ids());
                    assertThat(ahead.generated.text()).isEqualTo(plain.generated.text());
                    assertThat(ahead.generated.reason()).isEqualTo(plain.generated.reason());
                    assertThat(ahead.held).isEqualTo(plain.held);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("speculations")
    void theEndIsTheSame(Speculation speculation) {
        Outcome plain = tell("", Sampling.greedy(), 150, List.of("in the park"), Speculation.NONE);
        Outcome ahead = tell("", Sampling.greedy(), 150, List.of("in the park"), speculation);
        assertThat(ahead.generated.reason()).isEqualTo(Generated.Reason.STOP);
        assertThat(ahead.generated.text()).isEqualTo(plain.generated.text());
        assertThat(ahead.held).isEqualTo(plain.held);
        int[] long_ = IntStream.range(0, model.context() - 5).map(i -> 300 + i % 7).toArray();
        try (Session a = model.session(); Session b = model.session()) {
            Generated full = a.generate(long_, Sampling.greedy(), 50, _ -> { });
            Generated guessed = b.generate(long_, Sampling.greedy(), 50, List.of(), speculation, _ -> { });
            assertThat(guessed.reason()).isEqualTo(full.reason());
            assertThat(guessed.ids()).isEqualTo(full.ids());
            assertThat(b.ids()).isEqualTo(a.ids());
        }
    }

    @Test
    void itsOwnGuessesAreAlwaysRight() {
        Generated told = tell("", Sampling.greedy(), 100, List.of(), Speculation.draft(model)).generated;
        assertThat(told.right()).isEqualTo(told.guessed()).isGreaterThan(70);
        Generated drawn = tell("", Sampling.at(1).withTopK(20).withSeed(9), 100, List.of(), Speculation.draft(model)).generated;
        assertThat(drawn.right()).isEqualTo(drawn.guessed()).isGreaterThan(50);
    }

    @Test
    void someGuessesAreRight() {
        Generated looked = tell(REPEATING, Sampling.greedy(), 60, List.of(), Speculation.lookup()).generated;
        assertThat(looked.right()).isBetween(1, looked.guessed());
        Generated drafted = tell("", Sampling.greedy(), 100, List.of(), Speculation.draft(noisy)).generated;
        assertThat(drafted.right()).isBetween(10, drafted.guessed() - 1);
        assertThat(tell("", Sampling.greedy(), 20, List.of(), Speculation.NONE).generated.guessed()).isZero();
    }

    @Test
    void tokensComeInOrderWithTheirPositions() {
        int[] prompt = model.tokenizer().encode(REPEATING);
        try (Session session = model.session()) {
            StringBuilder heard = new StringBuilder();
            int[] next = {prompt.length};
            Generated told = session.generate(prompt, Sampling.greedy(), 40, List.of(), Speculation.draft(noisy), token -> {
                heard.append(token.text());
                assertThat(token.position()).isEqualTo(next[0]++);
                if (next[0] == prompt.length + 25) session.cancel();
            });
            assertThat(told.reason()).isEqualTo(Generated.Reason.CANCELLED);
            assertThat(told.ids()).hasSize(25);
            assertThat(heard.toString()).isEqualTo(told.text());
            assertThat(session.position()).isEqualTo(prompt.length + 24);
        }
    }

    /// A check of drawn guesses: whatever they were drawn from, what comes out has the model's distribution.
    @Test
    void checkedGuessesHaveTheRightDistribution() {
        long seed = System.nanoTime();
        System.out.println("SpeculationTest.checkedGuessesHaveTheRightDistribution seed " + seed);
        double[] wanted = {0.4, 0.3, 0, 0.2, 0.1};
        for (double[] guessed : new double[][] {{0.1, 0.2, 0.3, 0.4, 0}, {0, 0, 0, 0, 1}, {0.4, 0.3, 0, 0.2, 0.1}, null}) {
            Sampler guessing = new Sampler(Sampling.at(1).withSeed(seed));
            Sampler checking = new Sampler(Sampling.at(1).withSeed(~seed));
            int[] counts = new int[wanted.length];
            for (int i = 0; i < 50_000; i++) counts[checking.check(wanted, new Guesser.Guess(guessed == null ? 1 : guessing.draw(guessed), guessed))]++;
            requireShares(counts, wanted, "guessed " + Arrays.toString(guessed));
        }
    }

    /// Whole continuations of four tokens, out of the sixteen that the two likeliest tokens at each step allow.
    @Test
    void continuationsHaveTheRightDistribution() {
        long seed = System.nanoTime();
        System.out.println("SpeculationTest.continuationsHaveTheRightDistribution seed " + seed);
        Sampling sampling = Sampling.at(1.5f).withTopK(2);
        int[] prompt = model.tokenizer().encode(REPEATING);
        Map<List<Integer>, Double> expected = new LinkedHashMap<>();
        walk(prompt, 4, 1, sampling, List.of(), expected);
        assertThat(expected).hasSize(16);
        List<List<Integer>> order = List.copyOf(expected.keySet());
        double[] wanted = order.stream().mapToDouble(expected::get).toArray();
        for (Speculation speculation : List.of(new Speculation.Lookup(2, 1, 4), Speculation.draft(noisy), Speculation.NONE)) {
            int[] counts = new int[order.size()];
            int guessed = 0;
            try (Session session = model.session()) {
                for (int i = 0; i < 2000; i++) {
                    Generated told = session.generate(session.keepCommon(prompt), sampling.withSeed(seed + i), 4, List.of(), speculation, _ -> { });
                    counts[order.indexOf(Arrays.stream(told.ids()).boxed().toList())]++;
                    guessed += told.guessed();
                }
            }
            if (!(speculation instanceof Speculation.None)) assertThat(guessed).isGreaterThan(200);
            requireShares(counts, wanted, speculation.toString());
        }
    }

    private static void walk(int[] sequence, int steps, double probability, Sampling sampling, List<Integer> said, Map<List<Integer>, Double> out) {
        if (steps == 0) {
            out.put(said, probability);
            return;
        }
        double[] next = new Sampler(sampling).probabilities(model.run(Input.of(sequence).withLastLogitsOnly()).lastLogits(), sequence, sequence.length);
        for (int id = 0; id < next.length; id++) {
            if (next[id] == 0) continue;
            int[] longer = Arrays.copyOf(sequence, sequence.length + 1);
            longer[sequence.length] = id;
            List<Integer> more = new ArrayList<>(said);
            more.add(id);
            walk(longer, steps - 1, probability * next[id], sampling, more, out);
        }
    }

    /// Pearson's test: for 15 degrees of freedom one honest run in a million exceeds 60, and fewer for less.
    private static void requireShares(int[] counts, double[] wanted, String what) {
        int draws = Arrays.stream(counts).sum();
        for (double share : wanted) assertThat(share == 0 || share * draws > 5).as("enough draws for a share of " + share).isTrue();
        double statistic = 0;
        for (int i = 0; i < counts.length; i++) {
            if (wanted[i] == 0) assertThat(counts[i]).isZero();
            else statistic += Math.pow(counts[i] - draws * wanted[i], 2) / (draws * wanted[i]);
        }
        assertThat(statistic).as(what + ": " + Arrays.toString(counts)).isLessThan(60);
    }

    @Test
    void aDraftModelWithAnotherVocabularyIsRefused() {
        try (Model other = Model.load(Goldens.model("llama", "gguf"), Goldens.exact(1))) {
            assertThatThrownBy(() -> tell("", Sampling.greedy(), 10, List.of(), Speculation.draft(other))).isInstanceOf(ModelException.class).hasMessageContaining("draft model, token");
        }
        assertThatThrownBy(() -> new Speculation.Lookup(1, 2, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Speculation.Draft(model, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
