package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The tiny models of every architecture against Hugging Face transformers in float32.
class ModelGoldenTest {
    private static final double TOLERANCE = 1e-3;
    private static final MeasuredTable MEASURED = new MeasuredTable(ModelGoldenTest.class, false);

    @AfterAll
    static void page() { MEASURED.finish(); }

    static Stream<Arguments> models() { return models(Goldens.ARCHITECTURES); }

    static Stream<Arguments> withEncoders() { return Stream.concat(models(), models(Goldens.ENCODERS)); }

    /// The GGUF of BERT has no head.
    static Stream<Arguments> withHead() { return withEncoders().filter(model -> !model.get()[0].equals("bert") || !model.get()[1].equals("gguf")); }

    /// The row of the page that a folder of goldens belongs to.
    private static String row(String architecture) { return architecture.equals("llama3-rope") ? "llama" : architecture; }

    private static Stream<Arguments> models(List<String> architectures) {
        return architectures.stream().flatMap(a -> Goldens.kinds(a).flatMap(k -> Goldens.BACKENDS.stream().map(b -> Arguments.of(a, k, b))));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("withHead")
    void logits(String architecture, String kind, String backend) {
        try (Model model = Goldens.load(Goldens.model(architecture, kind), backend, Goldens.exact(1))) {
            Run run = model.run(Goldens.ids(architecture, "input_ids"));
            double deviation = Goldens.deviation(run.logits(), Goldens.golden(architecture, "logits"));
            MEASURED.add(row(architecture), kind.equals("gguf") ? "from GGUF" : "logits", architecture, deviation);
            assertThat(deviation).isLessThan(TOLERANCE);
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("withEncoders")
    void hiddenStates(String architecture, String kind, String backend) {
        try (Model model = Goldens.load(Goldens.model(architecture, kind), backend, Goldens.exact(2))) {
            Run run = model.run(Goldens.ids(architecture, "input_ids"), Probe.record(Site.RESID_PRE), Probe.record(Site.PATTERN));
            for (int layer = 0; layer < model.hyper().layers().size(); layer++) {
                assertThat(Goldens.deviation(run.trace().get(Site.RESID_PRE.at(layer)).toArray(), Goldens.golden(architecture, "hidden." + layer))).isLessThan(TOLERANCE);
                float[] pattern = run.trace().get(Site.PATTERN.at(layer)).toArray();
                float[] golden = Goldens.golden(architecture, "attention." + layer);
                double worst = 0;
                for (int i = 0; i < golden.length; i++) worst = Math.max(worst, Math.abs(pattern[i] - golden[i]));
                MEASURED.add(row(architecture), "attention", architecture, worst);
                assertThat(worst).isLessThan(1e-4);
            }
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("models")
    void greedyContinuation(String architecture, String kind, String backend) {
        try (Model model = Goldens.load(Goldens.model(architecture, kind), backend, Goldens.exact(1)); Session session = model.session()) {
            int[] golden = Goldens.ids(architecture, "greedy_from_first_8");
            float[] logits = session.feed(Arrays.copyOf(golden, 8));
            for (int i = 8; i < golden.length; i++) {
                assertThat(Sampler.likeliest(logits)).as("token " + i).isEqualTo(golden[i]);
                logits = session.feed(golden[i]);
            }
        }
    }
}
