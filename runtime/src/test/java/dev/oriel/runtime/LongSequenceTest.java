package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

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

    /// The first tokens alone are rotated otherwise than as part of a long text.
    @Test
    void theRopesDiffer() {
        try (Model model = load()) {
            assertThat(model.run(ids(0, 10)).logits(9)).isNotEqualTo(model.run(ids(0, 20)).logits(9));
        }
    }
}
