package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `--lora FILE[:SCALE]` on the command line; `LoraTest` tells what adapters do.
class LoraOptionTest extends CommandLineCase {
    private static final String GOLDENS = "../runtime/src/test/resources/goldens/";
    private static final String MODEL = GOLDENS + "variants/llama-bias";

    private float[] logits(String... more) {
        StringBuilder ids = new StringBuilder();
        for (int i = 0; i < 24; i++) ids.append(i == 0 ? "" : ",").append((7 * i * i + 13 * i + 5) % 50 + 10);
        Path out = folder.resolve("logits.safetensors");
        List<String> words = new ArrayList<>(List.of("logits", "-m", MODEL, "--ids", ids.toString(), "--exact", "-o", out.toString()));
        words.addAll(List.of(more));
        oriel(words.toArray(String[]::new)).succeeded();
        return values(out, "logits");
    }

    @Test
    void adaptersAndScales() {
        assertThat(logits("--lora", GOLDENS + "lora/llama")).containsExactly(values(Path.of(GOLDENS, "lora/llama/golden.safetensors"), "logits"), within(1e-4f));
        assertThat(logits("--lora", GOLDENS + "lora/llama:0.5", "--lora", GOLDENS + "lora/llama-tied:-1.5")).containsExactly(values(Path.of(GOLDENS, "lora/two.safetensors"), "logits"), within(1e-4f));
        assertThat(logits("--lora", GOLDENS + "lora/llama/adapter.gguf:0")).containsExactly(logits(), within(1e-4f));
    }

    @Test
    void aColonMayBelongToTheName() throws Exception {
        Path named = Files.copy(Path.of(GOLDENS, "lora/llama/adapter.gguf"), folder.resolve("adapter:0.5"));
        assertThat(logits("--lora", named.toString())).isEqualTo(logits("--lora", GOLDENS + "lora/llama/adapter.gguf"));
        oriel("logits", "-m", MODEL, "--ids", "1", "-o", folder.resolve("x.safetensors").toString(), "--lora", folder.resolve("no:where").toString()).failedWith(1, "no:where: adapter: expected a GGUF file or a PEFT folder, found nothing");
    }
}
