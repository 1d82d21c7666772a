package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.GgufWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.ops.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the page on files says is what happens: its commands run, and it names all that `--type` takes.
class FilesPageTest extends CommandLineCase {
    private static final Path PAGE = Path.of("../docs/files.md");

    @Test
    void commands() throws IOException {
        Path adapter = folder.resolve("adapter.gguf");
        GgufWriter.write(adapter, Map.of("general.type", "adapter", "general.architecture", "llama", "adapter.type", "lora", "adapter.lora.alpha", 2.0),
                List.of(TensorSource.of("blk.0.attn_q.weight.lora_a", new float[64], 1, 64), TensorSource.of("blk.0.attn_q.weight.lora_b", new float[64], 64, 1)));
        Files.copy(adapter, folder.resolve("another.gguf"));
        Files.createDirectory(folder.resolve("folder"));
        int run = 0;
        for (String line : String.join("", blocks(PAGE, "sh")).lines().toList()) {
            List<String> words = shellWords(line.substring("./oriel".length()));
            words.replaceAll(word -> word.matches("model(\\.gguf)?") ? STORIES : word.replaceFirst("^adapter", adapter.toString()).replaceFirst("^(another|small|folder)", folder + "/$1"));
            oriel(words.toArray(String[]::new)).succeeded();
            run++;
        }
        assertThat(run).isEqualTo(4);
        assertThat(folder.resolve("folder/config.json")).isNotEmptyFile();
        assertThat(folder.resolve("small.gguf")).isNotEmptyFile();
    }

    @Test
    void everyTypeIsOnThePage() throws IOException {
        String text = Files.readString(PAGE);
        assertThat(Recipe.all().filter(recipe -> recipe.format().canEncode())).allMatch(recipe -> text.contains(recipe.name()));
        assertThat(Recipe.all().filter(recipe -> recipe.format().canEncode() && recipe.format() != Format.F32)).hasSizeGreaterThan(14);
    }
}
