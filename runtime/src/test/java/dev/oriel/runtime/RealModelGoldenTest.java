package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import dev.oriel.ops.Format;
import dev.oriel.testing.Needed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two real models against transformers on the same (dequantised) weights.
@Tag("slow")
class RealModelGoldenTest {
    /// Where the golden's own best two are closer than this, either may be chosen.
    private static final float CLOSE = 0.01f;

    @ParameterizedTest
    @CsvSource({"smollm2-135m-instruct-q4_1.gguf, smollm2.json, 0.073", "gemma-3-270m-q4_k_m.gguf, gemma3-270m.json, 0.067"})
    void likelihoodsAndGreedyTokens(String file, String goldenFile, double llamaCppError) {
        Path path = Needed.model(file);
        List<?> cases = (List<?>) ((Map<?, ?>) Json.parse(Needed.shared("goldens/" + goldenFile))).get("cases");
        try (Model exact = Goldens.load(path, "vector", Goldens.exact(2))) {
            for (Object one : cases) {
                Map<?, ?> golden = (Map<?, ?>) one;
                assertThat(exact.tokenizer().encode((String) golden.get("prompt"))).isEqualTo(ids(golden.get("ids")));
                for (double difference : differences(exact, golden)) assertThat(difference).as(golden.get("prompt").toString()).isLessThan(0.002);
                greedy(exact, ids(golden.get("ids")), ids(golden.get("greedy32_ids")));
            }
        }
        for (String kernels : List.of("vector", "emitted")) {
            try (Model fast = Goldens.load(path, kernels, LoadOptions.defaults().withThreads(2))) {
                List<Double> all = new ArrayList<>();
                for (Object one : cases) all.addAll(differences(fast, (Map<?, ?>) one));
                double mean = all.stream().mapToDouble(d -> d).average().orElseThrow();
                System.out.printf("%s, %s: mean |difference of token log-likelihood| with quantised activations %.4f (llama.cpp %.3f)%n", file, kernels, mean, llamaCppError);
                assertThat(mean).as(kernels).isLessThanOrEqualTo(llamaCppError);
            }
        }
    }

    /// What each way of keeping keys and values costs, by itself: activations are float32.
    @ParameterizedTest
    @CsvSource({"smollm2-135m-instruct-q4_1.gguf, smollm2.json, 0.073", "gemma-3-270m-q4_k_m.gguf, gemma3-270m.json, 0.067"})
    void cachesOfEveryFormat(String file, String goldenFile, double llamaCppError) {
        Path path = Needed.model(file);
        List<?> cases = (List<?>) ((Map<?, ?>) Json.parse(Needed.shared("goldens/" + goldenFile))).get("cases");
        double before = 0;
        for (Format format : new Format[] {Format.F32, Format.F16, Format.Q8_0}) {
            try (Model model = Goldens.load(path, "vector", Goldens.exact(2).withKvFormat(format))) {
                List<Double> all = new ArrayList<>();
                for (Object one : cases) all.addAll(differences(model, (Map<?, ?>) one));
                double mean = all.stream().mapToDouble(d -> d).average().orElseThrow();
                double largest = all.stream().mapToDouble(d -> d).max().orElseThrow();
                System.out.printf("%s, caches in %s: |difference of token log-likelihood| %.5f on average, %.5f at most, %d tokens%n", file, format, mean, largest, all.size());
                assertThat(mean).as(format.name()).isLessThan(llamaCppError / 3).isGreaterThan(before);
                before = mean;
            }
        }
    }

    @Test
    void chat() {
        Map<?, ?> golden = (Map<?, ?>) Json.parse(Needed.shared("goldens/smollm2-chat.json"));
        try (Model model = Goldens.load(Needed.model("smollm2-135m-instruct-q4_1.gguf"), "vector", Goldens.exact(2)); Session session = model.session()) {
            String prompt = model.chatTemplate().orElseThrow().render(Map.of("messages", List.of(Map.of("role", "user", "content", "Write one sentence about the sea.")),
                    "add_generation_prompt", true, "bos_token", "<|im_start|>", "eos_token", "<|im_end|>"));
            assertThat(prompt).isEqualTo(golden.get("prompt_text"));
            int[] ids = model.tokenizer().encode(prompt, false, true);
            assertThat(ids).isEqualTo(ids(golden.get("prompt_ids")));
            Generated answer = session.generate(ids, Sampling.greedy(), 64, token -> { });
            assertThat(answer.text() + "<|im_end|>").isEqualTo(golden.get("greedy_text"));
            assertThat(answer.reason()).isEqualTo(Generated.Reason.END);
        }
    }

    private static void greedy(Model model, int[] prompt, int[] golden) {
        try (Session session = model.session()) {
            float[] logits = session.feed(prompt);
            for (int id : golden) {
                int best = Sampler.likeliest(logits);
                if (best != id) assertThat(logits[best] - logits[id]).as("golden " + id + ", found " + best).isLessThan(CLOSE);
                logits = session.feed(id);
            }
        }
    }

    /// Per token after the first, how far its log-likelihood lies from the golden's.
    private static List<Double> differences(Model model, Map<?, ?> golden) {
        int[] ids = ids(golden.get("ids"));
        Run run = model.run(ids);
        List<?> expected = (List<?>) golden.get("token_nll");
        List<Double> out = new ArrayList<>();
        for (int i = 0; i + 1 < ids.length; i++) out.add(Math.abs(-logLikelihood(run.logits(i), ids[i + 1]) - ((Number) expected.get(i)).doubleValue()));
        return out;
    }

    private static double logLikelihood(float[] logits, int id) {
        double top = Double.NEGATIVE_INFINITY;
        for (float logit : logits) top = Math.max(top, logit);
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - top);
        return logits[id] - top - Math.log(sum);
    }

    private static int[] ids(Object list) { return ((List<?>) list).stream().mapToInt(n -> ((Number) n).intValue()).toArray(); }
}
