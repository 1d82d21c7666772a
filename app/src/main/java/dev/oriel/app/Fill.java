package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Filled;
import dev.oriel.runtime.MaskFiller;
import dev.oriel.runtime.Model;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fill`: what could stand in place of a mask.
@Command(name = "fill", description = "Say what could stand in place of the mask in a text, [MASK] or <mask>.", mixinStandardHelpOptions = true)
final class Fill implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "An encoder with the head for it.")
    private ModelName named;

    @Parameters(paramLabel = "TEXT", arity = "0..1", description = "The text.")
    private String text;

    @Option(names = {"-n", "--top"}, paramLabel = "N", description = "How many tokens to show (default: 5).")
    private int most = 5;

    @Option(names = "--json", description = "Write JSON: of each mask an array of guesses.")
    private boolean json;

    @Mixin private PromptOptions prompt;
    @Mixin private ModelOptions options;

    Fill(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        if (text == null && !prompt.given()) throw new ModelException("no text: give one, -p TEXT or -f FILE");
        String given = text == null ? prompt.read(streams) : text;
        try (Model model = options.load(named, streams)) {
            MaskFiller filler = model.maskFiller();
            List<Filled> filled = filler.fill(given, most);
            if (json) streams.println(Json.write(filled.stream().map(mask -> mask.guesses().stream().map(Fill::plain).toList()).toList()));
            else for (int i = 0; i < filled.size(); i++) {
                if (i > 0) streams.println("");
                for (Filled.Guess guess : filled.get(i).guesses()) streams.println(String.format(Locale.ROOT, "%7.4f  %s  %s", guess.probability(), guess.text(), TextsOptions.shown(guess.whole())));
            }
        }
        return 0;
    }

    private static Map<String, Object> plain(Filled.Guess guess) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("id", guess.id());
        out.put("token", guess.text());
        out.put("probability", guess.probability());
        out.put("text", guess.whole());
        return out;
    }
}
