package dev.oriel.app;

import dev.oriel.runtime.Generated;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Sampling;
import java.io.BufferedReader;
import java.io.IOException;
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
@Command(name = "chat", description = "Talk with a model.", mixinStandardHelpOptions = true)
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

    @Mixin private SamplingOptions sampling;
    @Mixin private ModelOptions options;

    Chat(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        Sampling choice = sampling.sampling();
        try (Model model = options.load(named, streams); Conversation conversation = new Conversation(model, system)) {
            if (question != null) answer(conversation, question.equals("-") ? read() : question, choice);
            else if (Streams.isTerminal(0) && streams.outTerminal()) talk(conversation, choice);
            else lines(conversation, choice);
        }
        return 0;
    }

    private String read() throws IOException {
        var text = new java.io.StringWriter();
        streams.reader().transferTo(text);
        return text.toString().strip();
    }

    private void answer(Conversation conversation, String question, Sampling choice) {
        Speed speed = new Speed(0);
        Generated answer = conversation.ask(question, choice, tokens, token -> {
            speed.token();
            streams.print(token.text());
        });
        streams.println("");
        if (options.verbose) streams.note(speed.summary(answer));
    }

    /// Each line of stdin is a question.
    private void lines(Conversation conversation, Sampling choice) throws IOException {
        BufferedReader in = new BufferedReader(streams.reader());
        for (String line = in.readLine(); line != null; line = in.readLine()) if (!turn(conversation, line.strip(), choice)) return;
    }

    private void talk(Conversation conversation, Sampling choice) throws IOException {
        streams.note(HELP);
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder().terminal(terminal).option(LineReader.Option.DISABLE_EVENT_EXPANSION, true).build();
            terminal.handle(Terminal.Signal.INT, _ -> conversation.cancel());
            while (true) {
                try {
                    if (!turn(conversation, reader.readLine("> ").strip(), choice)) return;
                } catch (EndOfFileException e) {
                    return;
                } catch (UserInterruptException e) {
                    if (e.getPartialLine().isEmpty()) return;
                }
            }
        }
    }

    /// @return whether to go on
    private boolean turn(Conversation conversation, String line, Sampling choice) {
        switch (line) {
            case "" -> { }
            case "/exit", "/quit" -> { return false; }
            case "/help" -> streams.note(HELP);
            case "/reset" -> conversation.reset();
            default -> {
                try {
                    answer(conversation, line, choice);
                } catch (dev.oriel.loaders.ModelException e) {
                    streams.note("oriel: " + Failures.line(e));
                }
            }
        }
        return true;
    }
}
