package dev.oriel.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.oriel.inspect.ResidualDecomposition.Kind;
import dev.oriel.inspect.ResidualDecomposition.Part;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Site;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The parts against the residual stream they make up, and against the logits, in every architecture.
class ResidualDecompositionTest {
    /// Rounding, in units of the stream's standard deviation.
    private static final double ROUNDING = 1e-5;
    private static final int[] IDS = {5, 9, 70, 33, 9, 12, 100, 41, 3};

    static List<String> architectures() { return List.of("llama", "llama3-rope", "gemma2", "gemma3", "qwen3", "gpt2", "gpt-neox", "mixtral", "mistral", "qwen2", "qwen2-moe", "qwen3-moe",
            "olmo2", "olmoe", "gemma", "phi2", "phi3", "stablelm", "starcoder2", "falcon", "bloom", "cohere", "granite", "smollm3", "deepseek2", "gpt-oss"); }

    @Test
    void aStreamThatIsNormedIsNoSum() {
        try (Model bert = Goldens.tiny("bert")) {
            assertThatThrownBy(() -> ResidualDecomposition.of(bert, IDS, 8)).isInstanceOf(ModelException.class).hasMessageContaining("no sum of parts");
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void partsAddUpToTheStreamEverywhere(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            List<Site> sites = List.of(Site.RESID_PRE, Site.RESID_MID, Site.RESID_POST).stream().filter(model.sites()::contains).toList();
            Run run = model.run(IDS, sites.stream().map(Probe::record).toArray(Probe[]::new));
            for (int position : new int[] {0, 4, IDS.length - 1}) {
                ResidualDecomposition stream = ResidualDecomposition.of(model, IDS, position);
                for (Site site : sites) {
                    for (int layer = 0; layer < model.hyper().layers().size(); layer++) {
                        float[] expected = run.trace().get(site.at(layer)).row(position);
                        float[] found = ResidualDecomposition.sum(stream.at(site.at(layer)));
                        Goldens.assertClose(architecture + " " + site.at(layer), Goldens.doubles(found), Goldens.doubles(expected), ROUNDING * deviation(expected));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void sharesAddUpToLogitsAndKeysToHeads(String architecture) {
        try (Model model = Goldens.tiny(architecture)) {
            int last = IDS.length - 2;
            float[] logits = model.run(IDS).logits(last);
            ResidualDecomposition stream = ResidualDecomposition.of(model, IDS, last);
            List<DirectLogitAttribution> explained = DirectLogitAttribution.of(model, stream, 7, 101);
            for (DirectLogitAttribution one : explained)
                assertThat(capped(model, one.total())).as(architecture).isCloseTo(logits[one == explained.get(0) ? 7 : 101], within(1e-5));
            assertThat(explained.get(0).minus(explained.get(1)).total()).isCloseTo(explained.get(0).total() - explained.get(1).total(), within(1e-9));
            TokenLens lens = TokenLens.of(model, IDS, last, 7, 101);
            HeadLens heads = HeadLens.of(model, stream);
            for (int t = 0; t < 2; t++) {
                HeadGrid grid = explained.get(t).heads();
                for (int layer = 0; layer < grid.layers(); layer++) {
                    for (int head = 0; head < grid.values()[layer].length; head++) {
                        double sum = 0;
                        for (float key : lens.head(layer, head, t)) sum += key;
                        assertThat(sum).as(architecture + " head " + layer + "." + head).isCloseTo(grid.get(layer, head), within(1e-5));
                        assertThat(heads.logits(layer, head)[lens.tokens()[t]]).isCloseTo(grid.get(layer, head), within(1e-5f));
                    }
                }
            }
        }
    }

    @Test
    void editsAreTakenApartToo() {
        try (Model model = Goldens.tiny("llama")) {
            Probe edit = Probe.edit(Site.Z.at(1).heads(2), a -> a.fill(0));
            ResidualDecomposition stream = ResidualDecomposition.of(model, Input.of(IDS), edit);
            assertThat(stream.head(1, 2).vector()).containsOnly(0f);
            assertThat(stream.head(1, 1).vector()).isNotEqualTo(new float[model.hyper().width()]);
            assertThat(stream.logits()).isEqualTo(model.run(IDS, edit).lastLogits());
        }
    }

    @Test
    void aModelHasThePartsItHas() {
        try (Model gpt2 = Goldens.tiny("gpt2"); Model llama = Goldens.tiny("llama")) {
            assertThat(ResidualDecomposition.of(gpt2, IDS, 2).parts()).extracting(Part::kind).contains(Kind.POSITIONS, Kind.ATTENTION_BIAS, Kind.MLP_BIAS);
            List<Part> parts = ResidualDecomposition.of(llama, IDS, 2).parts();
            assertThat(parts).extracting(Part::kind).containsOnly(Kind.EMBEDDING, Kind.HEAD, Kind.MLP);
            assertThat(parts).extracting(Part::name).startsWith("embedding", "head 0.0", "head 0.1").endsWith("mlp 2");
        }
    }

    @Test
    void whatIsNotThereIsNamed() {
        try (Model model = Goldens.tiny("llama")) {
            assertThatThrownBy(() -> ResidualDecomposition.of(model, IDS, 9)).isInstanceOf(ModelException.class).hasMessage("position: expected 0..8, found 9");
            ResidualDecomposition stream = ResidualDecomposition.of(model, IDS, 8);
            assertThatThrownBy(() -> stream.at(Site.RESID_PRE)).isInstanceOf(ModelException.class).hasMessageContaining("expected one layer");
            assertThatThrownBy(() -> stream.at(Site.Z.at(1))).isInstanceOf(ModelException.class).hasMessageContaining("expected RESID_PRE, RESID_MID or RESID_POST, found Z");
            assertThatThrownBy(() -> stream.head(0, 4)).isInstanceOf(ModelException.class).hasMessage("no head 0.4 in this model");
            assertThatThrownBy(() -> DirectLogitAttribution.of(model, stream, -1)).isInstanceOf(ModelException.class).hasMessageContaining("token id");
            assertThatThrownBy(() -> TokenLens.of(model, IDS, 8, 7).lens(9)).isInstanceOf(ModelException.class).hasMessage("key: expected 0..8, found 9");
        }
    }

    private static double capped(Model model, double logit) {
        double cap = model.hyper().scales().softCap();
        return cap == 0 ? logit : cap * Math.tanh(logit / cap);
    }

    private static double deviation(float[] values) {
        double mean = 0;
        for (float v : values) mean += v / (double) values.length;
        double variance = 0;
        for (float v : values) variance += (v - mean) * (v - mean) / values.length;
        return Math.sqrt(variance);
    }
}
