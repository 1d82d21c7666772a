package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.inspect.HeadVocabularyMap.Norms;
import dev.oriel.inspect.HeadVocabularyMap.Pair;
import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Site;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The lenses on SmolLM2 against independent references.
@Tag("slow")
class LensGoldenTest {
    private static Model model;

    @BeforeAll
    static void load() { model = Goldens.smolLm2(); }

    @AfterAll
    static void close() { if (model != null) model.close(); }

    @Test
    void directLogitAttribution() {
        Goldens.Value golden = golden("DirectLogitAttribution", "SmolLM2");
        Goldens.Value e = golden.at("expected");
        double tolerance = golden.at("tolerance", "abs").number();
        int[] ids = golden.at("inputs", "ids").ids();
        int[] tokens = golden.at("inputs", "tokens").ids();
        int query = golden.at("inputs", "query").integer();
        List<DirectLogitAttribution> all = DirectLogitAttribution.of(model, ids, query, tokens);
        for (int t = 0; t < tokens.length; t++) {
            DirectLogitAttribution one = all.get(t);
            int token = t;
            assertClose("logit", one.total(), e.at("logits", t), tolerance);
            assertClose("embed", one.embedding(), e.at("embed", t), tolerance);
            Goldens.assertClose("mlp", IntStream.range(0, 30).mapToDouble(one::mlp).toArray(), e.at("mlp [L,token]").list().stream().mapToDouble(l -> l.at(token).number()).toArray(), tolerance);
            Goldens.assertClose("heads", Goldens.flat(one.heads()),
                    e.at("heads [L,H,token]").list().stream().flatMap(l -> l.list().stream()).mapToDouble(h -> h.at(token).number()).toArray(), tolerance);
        }
        TokenLens lens = TokenLens.of(model, ids, query, tokens);
        for (Goldens.Value head : e.at("source of the 5 heads with the largest |good|").list())
            Goldens.assertClose(head.path(), Goldens.doubles(lens.head(head.at(0).integer(), head.at(1).integer(), 0)), head.at(2).numbers(), tolerance);
    }

    @Test
    void attributionOfADifference() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("DirectLogitAttribution");
        Goldens.Value e = golden.at("expected");
        double tolerance = golden.at("tolerance", "abs").number();
        List<DirectLogitAttribution> both = DirectLogitAttribution.of(model, golden.at("inputs", "ids").ids(), golden.at("inputs", "row").integer(),
                golden.at("inputs", "a").integer(), golden.at("inputs", "b").integer());
        DirectLogitAttribution difference = both.get(0).minus(both.get(1));
        assertClose("difference", difference.total(), e.at("logit_difference"), tolerance);
        assertClose("embed", difference.embedding(), e.at("embed"), tolerance);
        Goldens.assertClose("mlps", IntStream.range(0, 30).mapToDouble(difference::mlp).toArray(), e.at("mlps").numbers(), tolerance);
        Goldens.assertClose("heads", Goldens.flat(difference.heads()), tensor("DirectLogitAttribution.heads"), tolerance);
    }

    @Test
    void headLens() {
        Goldens.Value golden = golden("HeadLens", "SmolLM2");
        HeadLens lens = HeadLens.of(model, golden.at("inputs", "ids").ids(), golden.at("inputs", "query").integer());
        double tolerance = golden.at("tolerance", "abs").number();
        for (Goldens.Value head : golden.at("expected").list()) {
            List<TokenScore> top = lens.top(head.at(0).integer(), head.at(1).integer(), golden.at("inputs", "k").integer());
            Goldens.assertClose(head.path(), top.stream().mapToDouble(TokenScore::value).toArray(), head.at(3).numbers(), tolerance);
            assertThat(top.stream().mapToInt(TokenScore::id)).as(head.path()).containsExactly(Arrays.stream(head.at(2).ids()).boxed().toArray(Integer[]::new));
        }
    }

    @Test
    void tokenLens() {
        Goldens.Value golden = golden("TokenLens", "SmolLM2");
        int[] ids = golden.at("inputs", "ids").ids();
        int[] tokens = golden.at("inputs", "tokens").ids();
        double tolerance = golden.at("tolerance", "abs").number();
        int last = golden.at("inputs", "positions", "last").integer();
        TokenLens lens = TokenLens.of(model, ids, last, tokens);
        Goldens.Value lenses = golden.at("expected", "lens [L,token]");
        for (String name : List.of("subject", "answer_1", "answer_2", "last"))
            Goldens.assertClose(name, Goldens.flat(lens.lens(golden.at("inputs", "positions", name).integer())), lenses.at(name).numbers(), tolerance);
        Goldens.assertClose("all", Goldens.flat(lens.lens(IntStream.rangeClosed(0, last).toArray())), lenses.at("all").numbers(), tolerance);

        List<DirectLogitAttribution> clean = DirectLogitAttribution.of(model, ids, last, tokens);
        for (String name : List.of("subject", "answer_1")) {
            int key = golden.at("inputs", "positions", name).integer();
            List<DirectLogitAttribution> cut = DirectLogitAttribution.of(model, Input.of(ids), tokens, Probe.edit(Site.PATTERN.lastRow().keys(key, key + 1), a -> a.fill(0)));
            double[] change = IntStream.range(0, 30 * tokens.length)
                    .mapToDouble(i -> clean.get(i % tokens.length).mlp(i / tokens.length) - cut.get(i % tokens.length).mlp(i / tokens.length)).toArray();
            Goldens.assertClose(name + " cut", change, golden.at("expected", "mlp change, clean minus knockout (weights zeroed, not renormalised) [L,token]", name).numbers(), tolerance);
        }
    }

    @Test
    void logitFlow() {
        Goldens.Value golden = golden("LogitFlow", "SmolLM2");
        Goldens.Value e = golden.at("expected");
        double tolerance = golden.at("tolerance", "abs").number();
        LogitFlow flow = LogitFlow.of(model, golden.at("inputs", "ids").ids(), golden.at("inputs", "query").integer(), golden.at("inputs", "target").integer());
        assertClose("start", flow.start(), e.at("start"), tolerance);
        assertClose("end", flow.end(), e.at("end"), tolerance);
        Goldens.assertClose("attention", flow.attention(), e.at("attention").numbers(), tolerance);
        Goldens.assertClose("mlp", flow.mlp(), e.at("mlp").numbers(), tolerance);
        Goldens.assertClose("heads", Goldens.flat(flow.heads()), e.at("heads").numbers(), tolerance);
    }

    @Test
    void logitLens() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("LogitLens");
        double[] curves = tensor("LogitLens.curves");
        double probability = golden.at("tolerance", "probability").number();
        double entropy = golden.at("tolerance", "entropy").number();
        List<Goldens.Value> items = golden.at("inputs", "items").list();
        LogitLens lens = LogitLens.of(model);
        for (int item = 0; item < items.size(); item++) {
            int[] ids = items.get(item).at("ids").ids();
            int at = item * 3 * 30;
            for (String language : List.of("english", "target")) {
                LogitLens.View view = lens.read(ids, Site.RESID_POST.lastRow(), 1, items.get(item).at(language).ids());
                double[] mass = view.readings().stream().mapToDouble(layer -> layer.getFirst().mass()).toArray();
                int from = at + (language.equals("english") ? 0 : 30);
                Goldens.assertClose(language + " of item " + item, mass, Arrays.copyOfRange(curves, from, from + 30), probability);
                double[] entropies = view.readings().stream().mapToDouble(layer -> layer.getFirst().entropy()).toArray();
                Goldens.assertClose("entropy of item " + item, entropies, Arrays.copyOfRange(curves, at + 60, at + 90), entropy);
            }
        }
    }

    @Test
    void surprisal() {
        Goldens.Value golden = golden("Surprisal", "SmolLM2");
        double tolerance = golden.at("tolerance", "abs").number();
        Surprisal[] all = Surprisal.of(model, golden.at("inputs", "ids").ids(), golden.at("inputs", "temperatures").numbers());
        Goldens.assertClose("mean", Arrays.stream(all).mapToDouble(Surprisal::mean).toArray(), golden.at("expected", "mean").numbers(), tolerance);
        for (Surprisal one : all) {
            if (one.temperature() == 1) Goldens.assertClose("T = 1", one.nats(), golden.at("expected", "T=1").numbers(), tolerance);
            if (one.temperature() == 2) Goldens.assertClose("T = 2", one.nats(), golden.at("expected", "T=2").numbers(), tolerance);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SmolLM2 capitals, k 10, first MLP, weights unfolded (published settings)", "SmolLM2 name copying, k 1", "SmolLM2 name copying, k 10, norm weights folded"})
    void headVocabularyMap(String name) {
        Goldens.Value golden = golden("HeadVocabularyMap", name);
        List<Pair> pairs = golden.at("inputs", "pairs").list().stream().map(p -> new Pair(p.at(0).integer(), p.at(1).integer())).toList();
        boolean folded = name.endsWith("folded");
        HeadVocabularyMap map = HeadVocabularyMap.of(model, pairs, name.contains("k 10") ? 10 : 1, folded ? Norms.FOLDED : Norms.LEFT_OUT);
        double tolerance = golden.at("tolerance", "abs").number();
        Goldens.assertClose("score", Goldens.flat(map.score()), golden.at("expected", "score").numbers(), tolerance);
        if (!folded) Goldens.assertClose("suppression", Goldens.flat(map.suppression()), golden.at("expected", "suppression").numbers(), tolerance);
    }

    private static Goldens.Value golden(String move, String name) { return Goldens.shipped("lens.json").at("models", move, name); }

    private static double[] tensor(String name) {
        try (Checkpoint c = Checkpoints.open(Path.of(LensGoldenTest.class.getResource("/goldens/methods/lens.safetensors").toURI()))) {
            return Goldens.doubles(c.tensors().get(name).values());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertClose(String what, double found, Goldens.Value expected, double tolerance) { Goldens.assertClose(what, new double[] {found}, expected.numbers(), tolerance); }
}
