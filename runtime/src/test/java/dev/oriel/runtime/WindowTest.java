package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Layers with a window forget what no later token can see, and nothing else changes.
class WindowTest {
    private static final int TOKENS = 1500;
    private static final long SEED = 71;

    private static int[] ids(Model model) { return new Random(SEED).ints(TOKENS, 1, model.hyper().vocabulary()).toArray(); }

    @Test
    void whatIsForgottenIsNotMissed() {
        try (Model model = Goldens.load(Goldens.model("gemma2"), "vector", Goldens.exact(2).withContext(2048)); Session session = model.session()) {
            int[] ids = ids(model);
            // A pass that is looked into takes the whole prompt at once, so nothing is forgotten meanwhile.
            Run whole = model.run(ids, Probe.observe(Site.EMBED, a -> assertThat(a.shape()[0]).isEqualTo(TOKENS)));
            for (int from = 0; from < TOKENS; from += 100) {
                float[] logits = session.feed(Arrays.copyOfRange(ids, from, from + 100));
                assertThat(logits).as("seed %d, after %d", SEED, from + 100).isEqualTo(whole.logits(from + 99));
            }
            int earliest = session.earliest();
            assertThat(earliest).isBetween(1, TOKENS - 512);
            session.rewind(earliest);
            assertThat(session.feed(ids[earliest])).as("seed %d, rewound to %d", SEED, earliest).isEqualTo(whole.logits(earliest));
        }
    }

    @Test
    void whatNeedsTheForgottenIsRefused() {
        try (Model model = Goldens.load(Goldens.model("gemma2"), "vector", Goldens.exact(2).withContext(2048)); Session session = model.session()) {
            session.feed(ids(model));
            int earliest = session.earliest();
            assertThatExceptionOfType(ModelException.class).isThrownBy(() -> session.rewind(earliest - 1)).withMessageContaining("expected 0 or " + earliest + "..1500");
            assertThatExceptionOfType(ModelException.class).isThrownBy(() -> session.run(Input.of(5).withPositions(3))).withMessageContaining("have forgotten what is older, found 3");
            assertThatExceptionOfType(ModelException.class).isThrownBy(() -> session.run(Input.of(5).withMask(Mask.causal()))).withMessageContaining("a mask needs all keys");
            assertThat(session.position()).isEqualTo(TOKENS);
            session.rewind(0);
            assertThat(session.feed(7, 8)).isEqualTo(model.run(new int[] {7, 8}).logits(1));
        }
    }
}
