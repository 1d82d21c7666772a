package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.inspect.HeadVocabularyMap.Pair;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The lenses on planted cases and tiny models.
class LensTest {
    private static final int[] IDS = {5, 9, 70, 33, 9, 12, 100, 41, 3};
    /// The input of the tiny gpt2's golden.
    private static final int[] GPT2_IDS = {1, 342, 280, 282, 219, 295, 226, 187, 48, 197, 4, 134, 134, 133, 196, 242, 229, 317, 16, 110, 340, 354, 65, 145, 16, 201, 269, 40, 83, 364, 311, 174};

    @Test
    void attributionInLlama() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("tiny/DirectLogitAttribution");
        try (Model model = Goldens.tiny("llama")) {
            int[] ids = golden.at("inputs", "ids").ids();
            List<DirectLogitAttribution> both = DirectLogitAttribution.of(model, ids, golden.at("inputs", "row").integer(), golden.at("inputs", "a").integer(), golden.at("inputs", "b").integer());
            DirectLogitAttribution difference = both.get(0).minus(both.get(1));
            Goldens.Value expected = golden.at("expected");
            double tolerance = golden.at("tolerance", "abs").number();
            close("embed", difference.embedding(), expected.at("embed"), tolerance);
            Goldens.assertClose("heads", Goldens.flat(difference.heads()), expected.at("heads").numbers(), tolerance);
            Goldens.assertClose("mlps", layers(difference, model), expected.at("mlps").numbers(), tolerance);
            close("sum", difference.total(), expected.at("sum"), tolerance);
            double[] sizes = difference.top(4).stream().mapToDouble(s -> Math.abs(s.share())).toArray();
            assertThat(sizes[0]).isCloseTo(1.33851, within(1e-4));
            assertThat(sizes).isSortedAccordingTo(Comparator.reverseOrder());
            assertThatThrownBy(() -> both.get(0).minus(DirectLogitAttribution.of(model, ids, 3, 7).getFirst())).isInstanceOf(ModelException.class).hasMessageContaining("one run");
        }
    }

    @Test
    void attributionWithLayerNormAndBiases() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("models", "DirectLogitAttribution", "tiny gpt2 (LayerNorm, biases), ids of arch/gpt2/golden.json");
        double tolerance = golden.at("tolerance", "abs").number();
        int[] tokens = golden.at("inputs", "tokens").ids();
        try (Model model = Goldens.tiny("gpt2")) {
            List<DirectLogitAttribution> all = DirectLogitAttribution.of(model, GPT2_IDS, golden.at("inputs", "query").integer(), tokens);
            for (int t = 0; t < tokens.length; t++) {
                DirectLogitAttribution one = all.get(t);
                Goldens.Value e = golden.at("expected");
                close("embed", one.embedding(), e.at("embed", t), tolerance);
                close("final norm bias", one.constant(), e.at("final norm bias", t), tolerance);
                close("logit", one.total(), e.at("logits", t), tolerance);
                for (int layer = 0; layer < one.heads().layers(); layer++) {
                    close("mlp", one.mlp(layer), e.at("mlp [L,token]", layer, t), tolerance);
                    close("attention bias", one.share(ResidualDecomposition.Kind.ATTENTION_BIAS, layer), e.at("attention bias [L,token]", layer, t), tolerance);
                    for (int head = 0; head < one.heads().values()[layer].length; head++)
                        close("head", one.heads().get(layer, head), e.at("heads [L,H,token]", layer, head, t), tolerance);
                }
            }
        }
    }

    @Test
    void logitLens() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("tiny/LogitLens");
        try (Model model = Goldens.tiny("llama")) {
            int row = golden.at("inputs", "row").integer();
            LogitLens.View view = LogitLens.of(model).read(golden.at("inputs", "ids").ids(), Site.RESID_POST.positions(Range.at(row)), 3, golden.at("inputs", "tokens").ids());
            double[] found = view.readings().stream().flatMap(List::stream).flatMapToDouble(r -> IntStream.range(0, 2).mapToDouble(r::probability)).toArray();
            Goldens.assertClose("probability", found, golden.at("expected", "probability").numbers(), 0, golden.at("tolerance", "rel").number());
            assertThat(view.readings()).allSatisfy(layer -> assertThat(layer.getFirst().position()).isEqualTo(row));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma3", "gpt2", "gpt-neox"})
    void theLastLayerSaysWhatTheModelSays(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            Run run = model.run(IDS);
            int last = model.hyper().layers().size() - 1;
            LogitLens.View view = LogitLens.of(model).read(IDS, Site.RESID_POST.at(last), 2, 7, 101);
            assertThat(view.readings()).singleElement().satisfies(layer -> assertThat(layer).hasSize(IDS.length));
            for (LogitLens.Reading reading : view.readings().getFirst()) {
                assertThat(reading.layer()).isEqualTo(last);
                for (int t = 0; t < 2; t++)
                    assertThat(reading.logProbabilities()[t]).isCloseTo(run.logProbability(reading.position(), view.tokens()[t]), within(1e-5));
                float[] logits = run.logits(reading.position());
                assertThat(reading.top().getFirst().id()).isEqualTo(TokenScore.top(logits, 1).getFirst().id());
                assertThat(reading.ranks()[0]).isEqualTo((int) IntStream.range(0, logits.length).filter(i -> logits[i] > logits[7]).count());
                assertThat(reading.entropy()).isBetween(0.0, Math.log(logits.length));
            }
        }
    }

    /// With zero maps a tuned lens is the logit lens; with W = -1 and b = e it reads e whatever the stream is, at all points but the last.
    @Test
    void tunedLens(@TempDir Path folder) {
        try (Model model = Goldens.tiny("llama")) {
            int width = model.hyper().width();
            int layers = model.hyper().layers().size();
            float[] minus = new float[width * width];
            for (int i = 0; i < width; i++) minus[i * width + i] = -1;
            float[] e = model.weights().embedding(42, 1);
            Path zero = file(folder.resolve("zero.safetensors"), layers, new float[width * width], new float[width], width);
            Path constant = file(folder.resolve("constant.safetensors"), layers, minus, e, width);
            LogitLens.View plain = LogitLens.of(model).read(IDS, Site.RESID_POST, 0, 7);
            assertThat(logProbabilities(LogitLens.tuned(model, zero).read(IDS, Site.RESID_POST, 0, 7))).isEqualTo(logProbabilities(plain));
            double[] read = logProbabilities(LogitLens.tuned(model, constant).read(IDS, Site.RESID_POST, 0, 7));
            double expected = LogSoftmax.of(model.unembed(e)).at(7);
            for (int i = 0; i < read.length; i++) {
                double wanted = i < (layers - 1) * IDS.length ? expected : logProbabilities(plain)[i];
                assertThat(read[i]).isCloseTo(wanted, within(1e-5));
            }
            Path small = file(folder.resolve("small.safetensors"), layers - 1, minus, e, width);
            assertThatThrownBy(() -> LogitLens.tuned(model, small)).isInstanceOf(ModelException.class).hasMessageContaining((layers - 1) + ".weight: expected a tensor, found none");
            assertThatThrownBy(() -> LogitLens.tuned(model, constant).read(IDS, Site.RESID_MID, 0, 7)).isInstanceOf(ModelException.class).hasMessageContaining("found RESID_MID");
            assertThatThrownBy(() -> LogitLens.of(model).read(IDS, Site.Z, 0, 7)).isInstanceOf(ModelException.class).hasMessageContaining("found Z");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "gemma3", "gpt2", "gpt-neox"})
    void gainsTelescope(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            LogitFlow flow = LogitFlow.of(model, IDS, 6, 41);
            double sum = flow.start();
            for (int layer = 0; layer < flow.mlp().length; layer++) sum += flow.attention()[layer] + flow.mlp()[layer];
            double own = model.run(IDS).logProbability(6, 41);
            assertThat(sum).isCloseTo(own, within(1e-5));
            assertThat(flow.end()).isCloseTo(own, within(1e-5));
        }
    }

    /// Positions a head does not see bring nothing; all of them bring what the heads add.
    @Test
    void tokenLensOfNothingAndOfAll() {
        try (Model model = Goldens.tiny("llama")) {
            TokenLens lens = TokenLens.of(model, IDS, 5, 7, 101);
            for (float[] layer : lens.lens()) assertThat(layer).containsOnly(0f);
            HeadGrid heads = DirectLogitAttribution.of(model, IDS, 5, 7).getFirst().heads();
            float[][] all = lens.lens(0, 1, 2, 3, 4, 5);
            for (int layer = 0; layer < all.length; layer++) {
                float sum = 0;
                for (float head : heads.values()[layer]) sum += head;
                assertThat(all[layer][0]).isCloseTo(sum, within(1e-4f));
            }
            TokenLens blind = TokenLens.of(model, Input.of(IDS), new int[] {7}, Probe.hide(Site.ATTN_SCORES.keys(2, 3).positions(8, 9)));
            for (float[] layer : blind.lens(2)) assertThat(layer).containsOnly(0f);
        }
    }

    /// A learned lens that is the unembedding reads what the plain one reads, but for the norm.
    @Test
    void headLensWithAMap() {
        try (Model model = Goldens.tiny("llama")) {
            ResidualDecomposition stream = ResidualDecomposition.of(model, IDS, 5);
            Affine map = new Affine(model.weights().unembedding(0, model.hyper().vocabulary()), new float[model.hyper().vocabulary()]);
            float[] found = HeadLens.of(model, stream).logits(1, 2, map);
            Goldens.assertClose("map", Goldens.doubles(found), Goldens.doubles(model.project(new float[][] {stream.head(1, 2).vector()})[0]), 1e-5);
        }
    }

    @Test
    void surprisal() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("planted", "Surprisal", "three tokens");
        double[] z = golden.at("inputs", "logits").numbers();
        float[] logits = new float[z.length];
        for (int i = 0; i < z.length; i++) logits[i] = (float) z[i];
        double[] temperatures = golden.at("inputs", "temperatures").numbers();
        for (int i = 0; i < temperatures.length; i++) {
            Surprisal found = Surprisal.of(logits, golden.at("inputs", "ids").ids(), temperatures[i]);
            Goldens.assertClose("T = " + temperatures[i], Arrays.stream(found.nats()).map(LensTest::written).toArray(), golden.at("expected", i).numbers(), golden.at("tolerance").number());
            assertThat(found.span(0, 3)).isCloseTo(found.nats()[0] + found.nats()[1], within(1e-12));
            assertThat(found.span(2, 3)).isEqualTo(found.nats()[1]);
            assertThat(found.bits()[1] * Math.log(2)).isCloseTo(found.nats()[1], within(1e-12));
        }
        assertThatThrownBy(() -> Surprisal.of(logits, new int[] {0, 2, 0}, 0)).isInstanceOf(ModelException.class).hasMessageContaining("temperature");
    }

    @Test
    void vocabularyMapOfAPermutation() {
        Goldens.Value golden = Goldens.shipped("lens.json").at("planted", "HeadVocabularyMap", "permutation head");
        List<Pair> pairs = golden.at("inputs", "pairs").list().stream().map(p -> new Pair(p.at(0).integer(), p.at(1).integer())).toList();
        float[][] rows = golden.at("inputs", "W_VO").list().stream().map(r -> {
            double[] numbers = r.numbers();
            float[] row = new float[numbers.length];
            for (int i = 0; i < row.length; i++) row[i] = (float) numbers[i];
            return row;
        }).toArray(float[][]::new);
        int k = golden.at("inputs", "k").integer();
        close("pairs", HeadVocabularyMap.share(rows, pairs, k), golden.at("expected", "score"), golden.at("tolerance").number());
        List<Pair> same = IntStream.range(0, rows.length).mapToObj(i -> new Pair(i, i)).toList();
        close("identity", HeadVocabularyMap.share(rows, same, k), golden.at("expected", "score_of_identity_pairs"), golden.at("tolerance").number());
    }

    /// With all of the vocabulary allowed every pair counts; mapping up and mapping down are opposites.
    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt-neox", "gemma3"})
    void vocabularyMapOfEveryArchitecture(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            List<Pair> pairs = List.of(new Pair(5, 9), new Pair(70, 33), new Pair(12, 3));
            int vocabulary = model.hyper().vocabulary();
            assertThat(Goldens.flat(HeadVocabularyMap.of(model, pairs, vocabulary, HeadVocabularyMap.Norms.LEFT_OUT).score())).containsOnly(1.0);
            HeadVocabularyMap half = HeadVocabularyMap.of(model, pairs, vocabulary / 2, HeadVocabularyMap.Norms.FOLDED);
            double[] up = Goldens.flat(half.score());
            double[] down = Goldens.flat(half.suppression());
            for (int i = 0; i < up.length; i++) assertThat(up[i] + down[i]).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void resultsAsGrids() {
        try (Model model = Goldens.tiny("gpt2")) {
            Grid lens = LogitLens.of(model).read(IDS, Site.RESID_PRE.at(0, 2).positions(3, 9), 1).grid(model.tokenizer(), IDS);
            assertThat(lens.rows().labels()).containsExactly("0", "2");
            assertThat(lens.columns().labels()).hasSize(6).startsWith(TokenScore.text(model.tokenizer(), 33)).endsWith(TokenScore.text(model.tokenizer(), 3));
            LogitLens.Reading reading = LogitLens.of(model).read(IDS, Site.RESID_PRE.at(2), 1).readings().getFirst().get(5);
            assertThat(lens.values()[1][2]).isEqualTo((float) Math.exp(reading.top().getFirst().value()));
            assertThat(lens.texts().get(1).get(2)).isEqualTo(TokenScore.text(model.tokenizer(), reading.top().getFirst().id()));
            assertThatThrownBy(() -> LogitLens.of(model).read(IDS, Site.RESID_PRE, 0).grid(model.tokenizer(), IDS)).isInstanceOf(ModelException.class).hasMessageContaining("none kept");

            DirectLogitAttribution logit = DirectLogitAttribution.of(model, IDS, 5, 7).getFirst();
            double sum = logit.embedding() + logit.constant();
            for (float[] row : logit.grid().values()) for (float share : row) sum += share;
            assertThat(sum).isCloseTo(logit.total(), within(1e-5));
            assertThat(logit.grid().columns().labels()).endsWith("bias", "mlp");

            Grid from = TokenLens.of(model, IDS, 2, 9, 7).grid(1, List.of("a", "b", "c"));
            assertThat(from.values()[2][1]).isEqualTo(TokenLens.of(model, IDS, 2, 7).lens(1)[2][0]);
            LogitFlow flow = LogitFlow.of(model, IDS, 2, 7);
            assertThat(flow.grid().values()[1]).containsExactly((float) flow.attention()[1], (float) flow.mlp()[1]);
        }
    }

    @Test
    void topTokensInOrderTiesByLowerId() {
        float[] values = {1, 5, 3, 5, Float.NaN, 4, 3};
        assertThat(TokenScore.top(values, 4)).extracting(TokenScore::id).containsExactly(1, 3, 5, 2);
        assertThat(TokenScore.top(values, 0)).isEmpty();
        assertThat(TokenScore.rank(values, 2)).isEqualTo(3);
    }

    /// As the golden is written, with nine digits: its tolerance is smaller than that.
    private static double written(double value) { return new BigDecimal(value).round(new MathContext(9)).doubleValue(); }

    private static Path file(Path path, int layers, float[] weight, float[] bias, int width) {
        List<TensorSource> tensors = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            tensors.add(TensorSource.of(layer + ".weight", weight, width, width));
            tensors.add(TensorSource.of(layer + ".bias", bias, width));
        }
        SafetensorsWriter.write(path, Map.of(), tensors);
        return path;
    }

    private static double[] logProbabilities(LogitLens.View view) {
        return view.readings().stream().flatMap(List::stream).mapToDouble(r -> r.logProbabilities()[0]).toArray();
    }

    private static double[] layers(DirectLogitAttribution attribution, Model model) {
        return IntStream.range(0, model.hyper().layers().size()).mapToDouble(attribution::mlp).toArray();
    }

    private static void close(String what, double found, Goldens.Value expected, double tolerance) {
        Goldens.assertClose(what + " " + expected.path(), new double[] {found}, expected.numbers(), tolerance);
    }
}
