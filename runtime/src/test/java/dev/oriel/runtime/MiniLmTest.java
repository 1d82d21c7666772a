package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import dev.oriel.testing.Needed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// all-MiniLM-L6-v2 against transformers.
class MiniLmTest extends TextCase {
    private static final double TOLERANCE = 1e-4;

    @Test
    void sameAsTransformers() {
        Path folder = Needed.model("all-minilm-l6-v2");
        for (LoadOptions options : new LoadOptions[] {LoadOptions.defaults(), LoadOptions.defaults().exact()}) {
            try (Model model = Model.load(folder, options)) {
                assertThat(model.embedder().rule()).isEqualTo(new EmbeddingRule(Pooling.MEAN, true, 256, 0, Map.of(), "", true, false));
                List<String> texts = golden().stream().map(each -> (String) each.get("text")).toList();
                List<Embedding> found = model.embedder().embed(texts);
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(found.get(i).trace().ids()).isEqualTo(integers(golden().get(i).get("ids")));
                    assertThat(largestDifference(found.get(i).vector(), numbers(golden().get(i).get("embedding")))).as(texts.get(i)).isLessThan(TOLERANCE);
                    assertThat(found.get(i).vector()).isEqualTo(model.embedder().embed(texts.get(i)).vector());
                }
            }
        }
    }

    @Test
    void sameAsGguf() {
        try (Model model = load(gguf(Needed.model("all-minilm-l6-v2")))) {
            assertThat(model.embedder().rule().maxTokens()).isEqualTo(256);
            for (Map<?, ?> each : golden())
                assertThat(largestDifference(model.embedder().embed((String) each.get("text")).vector(), numbers(each.get("embedding")))).isLessThan(TOLERANCE);
        }
    }

    private static List<Map<?, ?>> golden() {
        Map<?, ?> all = (Map<?, ?>) Json.parse(Needed.shared("goldens/minilm.json"));
        return ((List<?>) all.get("cases")).stream().<Map<?, ?>>map(each -> (Map<?, ?>) each).toList();
    }
}
