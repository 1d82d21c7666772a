package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.runtime.text.ChatTemplate;
import dev.oriel.runtime.text.Tokenizer;
import dev.oriel.runtime.text.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// A checkpoint's tokenizer and chat template, made when first asked for: logits of ids need neither.
public final class Vocabulary {
    /// Names of templates.
    static final String DEFAULT = "default";
    static final String TOOL_USE = "tool_use";

    private final Supplier<Tokenizer> tokenizerSource;
    private final Function<String, Optional<String>> templateSource;
    private Tokenizer tokenizer;
    private Optional<ChatTemplate> template;

    /// @param templateSource templates by name
    private Vocabulary(Supplier<Tokenizer> tokenizerSource, Function<String, Optional<String>> templateSource) {
        this.tokenizerSource = tokenizerSource;
        this.templateSource = templateSource;
    }

    /// Also for a file that holds only a vocabulary.
    public static Vocabulary of(Checkpoint checkpoint) {
        Metadata metadata = checkpoint.metadata();
        Path folder = checkpoint.folder();
        return switch (checkpoint.kind()) {
            case GGUF -> new Vocabulary(() -> Tokenizers.from(metadata), name -> metadata.text("tokenizer.chat_template" + (name.equals(DEFAULT) ? "" : "." + name)));
            case HUGGING_FACE -> new Vocabulary(() -> TokenizerFiles.tokenizer(folder), name -> templateIn(folder, name));
        };
    }

    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) tokenizer = tokenizerSource.get();
        return tokenizer;
    }

    public synchronized Optional<ChatTemplate> chatTemplate() {
        if (template == null) template = templateSource.apply(DEFAULT).map(ChatTemplate::withGeneration);
        return template;
    }

    /// The template that some models have for conversations with tools, besides the usual one.
    public Optional<ChatTemplate> toolTemplate() { return templateSource.apply(TOOL_USE).map(ChatTemplate::withGeneration); }

    /// What the side files of a Hugging Face folder say.
    static Optional<String> templateIn(Path folder, String name) {
        try {
            Path own = folder.resolve(name.equals(DEFAULT) ? "chat_template.jinja" : "additional_chat_templates/" + name + ".jinja");
            if (Files.exists(own)) return Optional.of(Files.readString(own));
            Path config = folder.resolve("tokenizer_config.json");
            if (!Files.exists(config) || !(Json.parse(config) instanceof Map<?, ?> keys)) return Optional.empty();
            return switch (keys.get("chat_template")) {
                case String text -> Optional.of(text).filter(_ -> name.equals(DEFAULT));
                case List<?> named -> named.stream().filter(e -> e instanceof Map<?, ?> m && name.equals(m.get("name")))
                        .map(e -> String.valueOf(((Map<?, ?>) e).get("template"))).findFirst();
                case null, default -> Optional.empty();
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
