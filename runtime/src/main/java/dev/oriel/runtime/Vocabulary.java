package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
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
import java.util.function.Supplier;

/// A checkpoint's tokenizer and chat template, made when first asked for: logits of ids need neither.
public final class Vocabulary {
    private final Supplier<Tokenizer> tokenizerSource;
    private final Supplier<Optional<String>> templateSource;
    private Tokenizer tokenizer;
    private Optional<ChatTemplate> template;

    private Vocabulary(Supplier<Tokenizer> tokenizerSource, Supplier<Optional<String>> templateSource) {
        this.tokenizerSource = tokenizerSource;
        this.templateSource = templateSource;
    }

    /// Also for a file that holds only a vocabulary.
    public static Vocabulary of(Checkpoint checkpoint) {
        Metadata metadata = checkpoint.metadata();
        Path folder = checkpoint.folder();
        return switch (checkpoint.kind()) {
            case GGUF -> new Vocabulary(() -> Tokenizers.from(metadata), () -> metadata.text("tokenizer.chat_template"));
            case HUGGING_FACE -> new Vocabulary(() -> {
                Path file = folder.resolve("tokenizer.json");
                if (!Files.exists(file)) throw new ModelException(folder, "tokenizer", "a file tokenizer.json", "none");
                return Tokenizers.fromJson(file, folder.resolve("tokenizer_config.json"));
            }, () -> templateIn(folder));
        };
    }

    public synchronized Tokenizer tokenizer() {
        if (tokenizer == null) tokenizer = tokenizerSource.get();
        return tokenizer;
    }

    public synchronized Optional<ChatTemplate> chatTemplate() {
        if (template == null) template = templateSource.get().map(ChatTemplate::withGeneration);
        return template;
    }

    /// What the side files of a Hugging Face folder say.
    static Optional<String> templateIn(Path folder) {
        try {
            Path own = folder.resolve("chat_template.jinja");
            if (Files.exists(own)) return Optional.of(Files.readString(own));
            Path config = folder.resolve("tokenizer_config.json");
            if (!Files.exists(config) || !(Json.parse(config) instanceof Map<?, ?> keys)) return Optional.empty();
            return switch (keys.get("chat_template")) {
                case String text -> Optional.of(text);
                case List<?> named -> named.stream().filter(e -> e instanceof Map<?, ?> m && "default".equals(m.get("name")))
                        .map(e -> String.valueOf(((Map<?, ?>) e).get("template"))).findFirst();
                case null, default -> Optional.empty();
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
