package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Conversation;
import dev.oriel.runtime.Vocabulary;
import dev.oriel.runtime.text.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `template`: renders a conversation, given as JSON on stdin, with a model's chat template.
@Command(name = "template", description = "Render a conversation with a chat template.", mixinStandardHelpOptions = true,
        footer = {"", "Reads {\"messages\", \"tools\", \"add_generation_prompt\", \"bos_token\", \"eos_token\", \"now\"} as JSON from stdin;",
            "\"now\" is the ISO time that strftime_now tells (default: the clock)."})
final class Template implements Callable<Integer> {
    private final Streams streams;

    /// Where the template comes from.
    static final class Source {
        @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "The model whose template it is.")
        private ModelName model;

        @Option(names = "--template", paramLabel = "FILE", description = "The template itself, a Jinja file.")
        private Path file;
    }

    @ArgGroup(multiplicity = "1")
    private Source source;

    Template(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        Map<String, Object> variables = Inputs.object(streams);
        LocalDateTime now = time(variables.remove("now"));
        streams.print(template(variables).render(variables, now));
        return 0;
    }

    private ChatTemplate template(Map<String, Object> variables) throws IOException {
        if (source.file != null) return ChatTemplate.of(Files.readString(source.file));
        try (Checkpoint checkpoint = Checkpoints.open(source.model.path(streams))) {
            Vocabulary vocabulary = Vocabulary.of(checkpoint);
            ChatTemplate template = vocabulary.chatTemplate().orElseThrow(() -> new ModelException(source.model, "chat template", "one", "none"));
            if (!variables.containsKey("bos_token") || !variables.containsKey("eos_token")) Conversation.specialTokens(vocabulary.tokenizer()).forEach(variables::putIfAbsent);
            return template;
        }
    }

    private static LocalDateTime time(Object now) {
        if (now == null) return LocalDateTime.now();
        String text = String.valueOf(now);
        try {
            if (text.indexOf('T') < 0 && text.indexOf(' ') < 0) return LocalDate.parse(text).atStartOfDay();
            String iso = text.replace(' ', 'T');
            return iso.matches(".*(Z|[+-]\\d\\d:?\\d\\d)") ? OffsetDateTime.parse(iso).toLocalDateTime() : LocalDateTime.parse(iso);
        } catch (DateTimeException e) {
            throw new ModelException("stdin: now: expected an ISO time such as 2026-01-15T12:00:00, found " + text);
        }
    }
}
