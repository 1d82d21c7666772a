package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The same tokens give the same bits whatever the threads, the chunks and the company.
class SameBitsTest {
    static Stream<Arguments> models() {
        return Goldens.ARCHITECTURES.stream().flatMap(a -> Goldens.BACKENDS.stream().flatMap(b -> Stream.of(true, false).map(exact -> Arguments.of(a, b, exact))));
    }

    private static Model load(String architecture, String backend, boolean exact, int threads) {
        LoadOptions options = LoadOptions.defaults().withThreads(threads);
        return Goldens.load(Goldens.model(architecture), backend, exact ? options.exact() : options);
    }

    @ParameterizedTest(name = "{0} {1} exact={2}")
    @MethodSource("models")
    void threads(String architecture, String backend, boolean exact) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model one = load(architecture, backend, exact, 1); Model two = load(architecture, backend, exact, 2)) {
            assertThat(two.run(ids).logits()).isEqualTo(one.run(ids).logits());
        }
    }

    @ParameterizedTest(name = "{0} {1} exact={2}")
    @MethodSource("models")
    void chunks(String architecture, String backend, boolean exact) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model model = load(architecture, backend, exact, 2)) {
            Run whole = model.run(ids);
            for (int size : new int[] {1, 7, 16}) {
                try (Session session = model.session()) {
                    for (int from = 0; from < ids.length; from += size) {
                        int to = Math.min(ids.length, from + size);
                        assertThat(session.feed(Arrays.copyOfRange(ids, from, to))).as("pieces of " + size).isEqualTo(whole.logits(to - 1));
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} {1} exact={2}")
    @MethodSource("models")
    void batches(String architecture, String backend, boolean exact) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model model = load(architecture, backend, exact, 2); Session a = model.session(); Session b = model.session(); Session c = model.session()) {
            a.feed(Arrays.copyOf(ids, 5));
            float[][] together = model.feed(List.of(new Model.Feed(a, Arrays.copyOfRange(ids, 5, 12)), new Model.Feed(b, Arrays.copyOf(ids, 3)), new Model.Feed(c, ids)));
            assertThat(together[0]).isEqualTo(model.run(Arrays.copyOf(ids, 12)).logits(11));
            assertThat(together[1]).isEqualTo(model.run(Arrays.copyOf(ids, 3)).logits(2));
            assertThat(together[2]).isEqualTo(model.run(ids).logits(ids.length - 1));
        }
    }

    @ParameterizedTest(name = "{0} {1} exact={2}")
    @MethodSource("models")
    void rewindAndAgain(String architecture, String backend, boolean exact) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model model = load(architecture, backend, exact, 1); Session session = model.session()) {
            float[] first = session.feed(ids);
            session.rewind(9);
            session.feed(3, 4, 5);
            session.rewind(9);
            assertThat(session.feed(Arrays.copyOfRange(ids, 9, ids.length))).isEqualTo(first);
        }
    }

    /// Logits with a probe that does nothing, at every site the model has, recorded and edited.
    @ParameterizedTest(name = "{0} {1} exact={2}")
    @MethodSource("models")
    void probesThatDoNothing(String architecture, String backend, boolean exact) {
        int[] ids = Goldens.ids(architecture, "input_ids");
        try (Model model = load(architecture, backend, exact, 2)) {
            float[] plain = model.run(ids).logits();
            List<Site> had = new ArrayList<>();
            for (Site site : Site.values()) {
                try {
                    assertThat(model.run(ids, Probe.edit(site, a -> { }), Probe.record(site)).logits()).as(site.toString()).isEqualTo(plain);
                    had.add(site);
                } catch (ModelException absent) {
                    assertThat(absent).hasMessageContaining("this model has no " + site.name(0));
                }
            }
            // By way of a latent, heads are not computed from the residual stream one by one.
            if (model.hyper().latent().isEmpty()) assertThat(had).contains(Site.Q_INPUT, Site.K_INPUT, Site.V_INPUT);
            assertThat(had).contains(Site.EMBED, Site.RESID_PRE, Site.Q, Site.ATTN_SCORES, Site.PATTERN, Site.Z, Site.RESULT, Site.RESID_POST, Site.LOGITS);
            // Queries, keys and values that come by way of a latent have no inputs of their own.
            if (model.weights().has("blocks.0.attn.W_Q")) assertThat(had).contains(Site.Q_INPUT, Site.K_INPUT, Site.V_INPUT);
        }
    }
}
