package dev.oriel.app;

import dev.oriel.runtime.Generated;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Token;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `run`: continues a text.
@Command(name = "run", description = "Continue a text.", mixinStandardHelpOptions = true)
final class Continue implements Callable<Integer> {
    private final Streams streams;

    @Spec private CommandSpec command;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT] (default: the model in the jar).")
    private ModelName named;

    @Option(names = {"-n", "--tokens"}, paramLabel = "N", defaultValue = "128", description = "Tokens to generate at most (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End where this text appears; may be given several times.")
    private List<String> stops = List.of();

    @Option(names = "--raw", description = "Print the continuation only.")
    private boolean raw;

    @Mixin private PromptOptions prompt;
    @Mixin private EditOptions edits;
    @Mixin private GuessOptions guesses;
    @Mixin private SamplingOptions sampling;
    @Mixin private ModelOptions options;

    Continue(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        if (tokens < 0) throw new ParameterException(command.commandLine(), "Invalid value for option '-n': expected 0 or more, found " + tokens);
        Sampling choice = sampling.sampling();
        edits.parse();
        guesses.require(edits.given());
        options.loadOptions();
        String text = prompt.read(streams);
        if (named == null) streams.note("oriel: no model given (-m), so the small one in the jar tells");
        try (Model model = named == null ? Embedded.load(options, streams) : options.load(named, streams);
                Model draft = guesses.load(options, streams); Session session = model.session()) {
            int[] ids = model.tokenizer().encode(text);
            if (!raw) streams.print(text);
            Speed speed = new Speed(ids.length);
            // The last token is not taken in.
            List<Probe> probes = edits.probes(model, new Slices.Sequence(ids.length, ids.length + Math.max(0, tokens - 1)));
            Consumer<Token> listener = token -> {
                speed.token();
                streams.print(token.text());
            };
            Generated generated = guesses.given() ? session.generate(ids, choice, tokens, stops, guesses.speculation(draft), listener)
                    : session.generate(Input.of(ids), choice, tokens, stops, probes, listener);
            if (!raw || streams.outTerminal()) streams.println("");
            if (options.verbose || streams.errTerminal() && streams.outTerminal()) streams.note(speed.summary(generated));
        }
        return 0;
    }
}
