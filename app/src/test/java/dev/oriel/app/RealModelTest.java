package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Run;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Session;
import dev.oriel.testing.Needed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Real models against what transformers computes from the same stored weights in float32.
class RealModelTest extends CommandLineCase {
    private static final double EXACT = 0.002;

    @ParameterizedTest
    @CsvSource({"smollm2-135m-instruct-q4_1.gguf, smollm2.json, 0.073", "gemma-3-270m-q4_k_m.gguf, gemma3-270m.json, 0.067"})
    void likelihoodsOfTokens(String model, String golden, double allowed) {
        Path path = Needed.model(model);
        List<Double> exact = new ArrayList<>();
        List<Double> quantised = new ArrayList<>();
        try (Model precise = Model.load(path, LoadOptions.defaults().exact()); Model fast = Model.load(path)) {
            for (Map<?, ?> testCase : cases(golden)) {
                exact.addAll(differences(precise, testCase));
                quantised.addAll(differences(fast, testCase));
            }
        }
        assertThat(exact).isNotEmpty().allMatch(difference -> difference <= EXACT);
        double mean = quantised.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        // llama.cpp's own mean difference on these tokens.
        assertThat(mean).isLessThanOrEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({"smollm2-135m-instruct-q4_1.gguf, smollm2.json", "gemma-3-270m-q4_k_m.gguf, gemma3-270m.json"})
    void greedyText(String model, String golden) {
        Path path = Needed.model(model);
        Map<?, ?> first = cases(golden).getFirst();
        assertThat(oriel("run", "-m", path.toString(), "-p", (String) first.get("prompt"), "-n", "32", "--temp", "0", "--exact", "--raw").succeeded().out())
                .isEqualTo(text(first));
        try (Model loaded = Model.load(path, LoadOptions.defaults().exact())) {
            for (Map<?, ?> testCase : cases(golden)) {
                String prompt = (String) testCase.get("prompt");
                int[] ids = loaded.tokenizer().encode(prompt);
                assertThat(ids).as(prompt).isEqualTo(ids(testCase));
                try (Session session = loaded.session()) {
                    assertThat(session.generate(ids, Sampling.greedy(), 32, _ -> { }).text()).as(prompt).isEqualTo(text(testCase));
                }
            }
        }
    }

    @Test
    void aChat() {
        String path = model("smollm2-135m-instruct-q4_1.gguf");
        Map<?, ?> golden = golden("smollm2-chat.json");
        String answer = ((String) golden.get("greedy_text")).replace("<|im_end|>", "") + "\n";
        assertThat(oriel("chat", "-m", path, "-p", "Write one sentence about the sea.", "--temp", "0", "--exact").succeeded().out()).isEqualTo(answer);
        // What was asked before does not change a conversation that begins anew.
        assertThat(orielReading("Hello\n/reset\nWrite one sentence about the sea.\n/exit\nnot read\n", "chat", "-m", path, "--temp", "0", "--exact").succeeded().out()).endsWith(answer);
        String template = orielReading("{\"messages\": [{\"role\": \"user\", \"content\": \"Write one sentence about the sea.\"}], \"add_generation_prompt\": true}",
                "template", "-m", path).succeeded().out();
        assertThat(template).isEqualTo(golden.get("prompt_text"));
    }

    private static List<Map<?, ?>> cases(String golden) {
        return ((List<?>) golden(golden).get("cases")).stream().<Map<?, ?>>map(c -> (Map<?, ?>) c).toList();
    }

    private static int[] ids(Map<?, ?> testCase) { return ((List<?>) testCase.get("ids")).stream().mapToInt(id -> ((Long) id).intValue()).toArray(); }

    /// The greedy text; the reference goes on after its end.
    private static String text(Map<?, ?> testCase) { return ((String) testCase.get("greedy32_text")).split("<\\|im_end\\|>|<\\|endoftext\\|>|<eos>|<end_of_turn>", 2)[0]; }

    private static List<Double> differences(Model model, Map<?, ?> testCase) {
        int[] ids = ids(testCase);
        Run run = model.run(ids);
        List<?> expected = (List<?>) testCase.get("token_nll");
        List<Double> differences = new ArrayList<>();
        for (int i = 0; i + 1 < ids.length; i++) {
            double found = negativeLogLikelihood(run.logits(i), ids[i + 1]);
            differences.add(Math.abs(found - ((Number) expected.get(i)).doubleValue()));
        }
        return differences;
    }

    private static double negativeLogLikelihood(float[] logits, int id) {
        double top = Double.NEGATIVE_INFINITY;
        for (float logit : logits) top = Math.max(top, logit);
        double sum = 0;
        for (float logit : logits) sum += Math.exp(logit - top);
        return Math.log(sum) + top - logits[id];
    }
}
