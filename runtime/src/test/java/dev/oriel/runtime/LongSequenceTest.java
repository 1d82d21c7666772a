package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A model whose rope is another one for sequences of more than 16 positions.
class LongSequenceTest {
    private static Model load() { return Goldens.load(VariantGoldenTest.folder("phi3-long"), "vector", Goldens.exact(1)); }

    private static int[] ids(int from, int to) { return Arrays.copyOfRange(VariantGoldenTest.ids(), from, to); }

    @Test
    void aSequenceThatGrowsIsAsIfItHadAlwaysBeenLong() {
        try (Model model = load(); Session session = model.session()) {
            Run whole = model.run(ids(0, 24));
            assertThat(session.feed(ids(0, 10))).isEqualTo(model.run(ids(0, 10)).lastLogits());
            assertThat(session.feed(ids(10, 20))).isEqualTo(whole.logits(19));
            assertThat(session.run(ids(20, 24)).logits(3)).isEqualTo(whole.logits(23));
        }
    }

    @Test
    void aSequenceThatIsCutIsAsIfItHadAlwaysBeenShort() {
        try (Model model = load(); Session session = model.session()) {
            session.feed(ids(0, 20));
            try (Session fork = session.fork()) {
                fork.rewind(8);
                assertThat(fork.feed(ids(8, 12))).isEqualTo(model.run(ids(0, 12)).lastLogits());
            }
            assertThat(session.feed(ids(20, 24))).isEqualTo(model.run(ids(0, 24)).lastLogits());
        }
    }

    @Test
    void shortAndLongRunTogether() {
        try (Model model = load(); Session a = model.session(); Session b = model.session(); Session c = model.session()) {
            float[] small = model.run(ids(0, 5)).lastLogits();
            float[] large = model.run(ids(0, 20)).lastLogits();
            assertThat(model.feed(List.of(new Model.Feed(a, ids(0, 20)), new Model.Feed(b, ids(0, 5)), new Model.Feed(c, ids(0, 20))))).isDeepEqualTo(new float[][] {large, small, large});
        }
        try (Model model = load(); Session a = model.session(); Session b = model.session()) {
            List<Run> runs = model.run(List.of(new Model.Feed(a, ids(0, 20)), new Model.Feed(b, ids(0, 5))));
            assertThat(runs.get(0).logits()).isEqualTo(model.run(ids(0, 20)).logits());
            assertThat(runs.get(1).logits()).isEqualTo(model.run(ids(0, 5)).logits());
        }
    }

    @Test
    void threadsMayBeShortAndLong() throws Exception {
        try (Model model = load(); ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<Object>> works = Collections.nCopies(4, () -> {
                for (int round = 0; round < 5; round++) {
                    try (Session session = model.session()) {
                        for (int i = 0; i < 24; i++) assertThat(session.feed(ids(i, i + 1))).isEqualTo(model.run(ids(0, i + 1)).lastLogits());
                    }
                }
                return null;
            });
            for (Future<Object> done : threads.invokeAll(works)) done.get();
        }
    }

    /// Guesses stop where the rope changes, so that what comes before it is computed as without them.
    @Test
    void guessesKnowWhereTheRopeChanges() {
        Sampler greedy = new Sampler(Sampling.greedy());
        int guessed = 0;
        try (Model model = load()) {
            for (int prompt = 2; prompt < 20; prompt++) {
                try (Session plain = model.session(); Session ahead = model.session()) {
                    int id = Sampler.likeliest(plain.feed(ids(0, prompt)));
                    ahead.feed(ids(0, prompt));
                    try (Lookahead lookahead = new Lookahead(model, ahead, greedy, new Guesser.Repeating(new Speculation.Lookup(2, 1, 10)), () -> false)) {
                        for (int left = 20; left > 0; left--) {
                            int next = lookahead.next(id, left);
                            id = Sampler.likeliest(plain.feed(id));
                            assertThat(next).as("prompt of %d, %d to go", prompt, left).isEqualTo(id);
                        }
                        guessed += lookahead.guessed();
                    }
                    assertThat(ahead.ids()).isEqualTo(plain.ids());
                }
            }
        }
        assertThat(guessed).isPositive();
    }

    @Test
    void aLongSessionComesBackFromItsFile(@TempDir Path folder) {
        Path file = folder.resolve("session.safetensors");
        try (Model model = load(); Session session = model.session()) {
            session.feed(ids(0, 20));
            session.save(file);
            try (Session again = model.session(file)) {
                assertThat(again.feed(ids(20, 24))).isEqualTo(session.feed(ids(20, 24)));
                assertThat(again.advanceTo(ids(0, 12))).isEqualTo(model.run(ids(0, 12)).lastLogits());
            }
        }
    }

    /// The first tokens alone are rotated otherwise than as part of a long text.
    @Test
    void theRopesDiffer() {
        try (Model model = load()) {
            assertThat(model.run(ids(0, 10)).logits(9)).isNotEqualTo(model.run(ids(0, 20)).logits(9));
        }
    }
}
