package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Conversation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.text.ChatMessage;
import dev.oriel.runtime.text.TemplateException;
import dev.oriel.runtime.text.Tool;
import dev.oriel.runtime.text.ToolCall;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `chat`: talks, with the model's own chat template.
@Command(name = "chat", description = "Talk with a model.", mixinStandardHelpOptions = true,
        footer = {"", "With --tools the model may ask for calls, each printed as a line of JSON. In a talk the next line is the call's result; with -p the program ends there,",
            "and goes on when it is given all messages so far, the results among them, with --messages."})
final class Chat implements Callable<Integer> {
    private static final String HELP = "/reset forgets the conversation, /exit ends (so does Ctrl-D), Ctrl-C ends an answer";

    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model is told first.")
    private String system;

    @Option(names = {"-p", "--prompt"}, paramLabel = "QUESTION", description = "Ask this one question, and print the answer only; - reads it from stdin.")
    private String question;

    @Option(names = {"-n", "--tokens"}, paramLabel = "N", defaultValue = "0", description = "Tokens of an answer at most (default: what the context holds).")
    private int tokens;

    @Option(names = "--tools", paramLabel = "FILE", description = "Tools that the model may call: a JSON array of {\"name\", \"description\", \"parameters\": a JSON schema}; - is stdin.")
    private Path tools;

    @Option(names = "--messages", paramLabel = "FILE", description = "Go on from these messages, a JSON array as the usual APIs have it, and answer the last; - is stdin.")
    private Path messages;

    @Option(names = "--json", description = "Print each answer as a message in JSON, its reasoning and its calls apart.")
    private boolean json;

    @Mixin private SamplingOptions sampling;
    @Mixin private ModelOptions options;

    Chat(Streams streams) { this.streams = streams; }

    /// Where questions and results come from.
    private interface Lines {
        /// The next one, null at the end.
        String next(String prompt);
    }

    @Override
    public Integer call() throws IOException {
        Sampling choice = sampling.sampling();
        ChatFiles files = new ChatFiles(streams);
        List<ChatMessage> before = messages == null ? List.of() : files.messages(messages);
        List<Tool> offered = tools == null ? List.of() : files.tools(tools);
        try (Model model = options.load(named, streams); Conversation conversation = new Conversation(model).offer(offered)) {
            if (system != null) conversation.add(ChatMessage.system(system));
            before.forEach(conversation::add);
            if (question != null) conversation.add(ChatMessage.user(question.equals("-") ? read() : question));
            if (question != null || messages != null) answer(conversation, choice);
            else if (Streams.isTerminal(0) && streams.outTerminal()) talk(conversation, choice);
            else lines(conversation, choice);
        }
        return 0;
    }

    private String read() throws IOException {
        var text = new StringWriter();
        streams.reader().transferTo(text);
        return text.toString().strip();
    }

    private List<ToolCall> answer(Conversation conversation, Sampling choice) {
        SpokenAnswer spoken = new SpokenAnswer(streams, json);
        Conversation.Reply reply = conversation.reply(choice, tokens, spoken);
        spoken.end(reply.answer());
        if (options.verbose) streams.note(spoken.speed().summary(reply.generated()));
        return reply.answer().calls();
    }

    /// Each line of stdin is a question, or the result of a call.
    private void lines(Conversation conversation, Sampling choice) {
        BufferedReader in = new BufferedReader(streams.reader());
        turns(conversation, choice, _ -> {
            try {
                return in.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void talk(Conversation conversation, Sampling choice) throws IOException {
        streams.note(HELP);
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
            terminal.handle(Terminal.Signal.INT, _ -> conversation.cancel());
            turns(conversation, choice, prompt -> {
                while (true) {
                    try {
                        return reader.readLine(prompt);
                    } catch (EndOfFileException e) {
                        return null;
                    } catch (UserInterruptException e) {
                        if (e.getPartialLine().isEmpty()) return null;
                    }
                }
            });
        }
    }

    private void turns(Conversation conversation, Sampling choice, Lines lines) {
        for (String line = lines.next("> "); line != null; line = lines.next("> ")) {
            switch (line.strip()) {
                case "" -> { }
                case "/exit", "/quit" -> { return; }
                case "/help" -> streams.note(HELP);
                case "/reset" -> conversation.reset();
                case String said -> turn(conversation, said, choice, lines);
            }
        }
    }

    /// A question, and as many calls as it takes. Where that fails, it is as if it had never been asked.
    private void turn(Conversation conversation, String question, Sampling choice, Lines lines) {
        int before = conversation.messages().size();
        conversation.add(ChatMessage.user(question));
        try {
            for (List<ToolCall> calls = answer(conversation, choice); !calls.isEmpty(); calls = answer(conversation, choice)) {
                for (ToolCall call : calls) {
                    String result = lines.next("result of " + call.name() + "> ");
                    if (result == null) return;
                    conversation.add(ChatMessage.result(call, result));
                }
            }
        } catch (ModelException | TemplateException e) {
            conversation.forget(before);
            streams.note("oriel: " + Failures.line(e));
        }
    }
}
