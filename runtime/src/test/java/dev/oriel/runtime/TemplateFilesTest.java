package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where a Hugging Face folder keeps its chat templates.
class TemplateFilesTest {
    @TempDir
    private Path folder;

    @Test
    void inTheConfiguration() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": [{\"name\": \"default\", \"template\": \"d\"}, {\"name\": \"tool_use\", \"template\": \"t\"}]}");
        assertThat(Vocabulary.templateIn(folder, "default")).contains("d");
        assertThat(Vocabulary.templateIn(folder, "tool_use")).contains("t");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"one\"}");
        assertThat(Vocabulary.templateIn(folder, "default")).contains("one");
        assertThat(Vocabulary.templateIn(folder, "tool_use")).isEmpty();
    }

    @Test
    void inFilesOfTheirOwn() throws IOException {
        assertThat(Vocabulary.templateIn(folder, "default")).isEmpty();
        Files.writeString(folder.resolve("chat_template.jinja"), "d");
        Files.writeString(Files.createDirectory(folder.resolve("additional_chat_templates")).resolve("tool_use.jinja"), "t");
        assertThat(Vocabulary.templateIn(folder, "default")).contains("d");
        assertThat(Vocabulary.templateIn(folder, "tool_use")).contains("t");
    }
}
