package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Vocabulary;
import dev.oriel.runtime.text.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tokenize`: ids of texts, special tokens parsed, BOS and EOS as the model says.
@Command(name = "tokenize", description = "Print the token ids of a text.", mixinStandardHelpOptions = true)
final class Tokenize implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A model, or a file that holds only a vocabulary.")
    private ModelName named;

    @Option(names = "--json", description = "Read a JSON array of strings from stdin, and write an array of arrays of ids.")
    private boolean json;

    @Option(names = {"-v", "--verbose"}, description = "One line per token: its id and its text in the vocabulary.")
    private boolean verbose;

    @Mixin private PromptOptions prompt;

    Tokenize(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        try (Checkpoint checkpoint = Checkpoints.open(named.path(streams))) {
            Tokenizer tokenizer = Vocabulary.of(checkpoint).tokenizer();
            if (json) {
                List<int[]> ids = new ArrayList<>();
                for (String text : prompt.given() ? List.of(prompt.read(streams)) : Inputs.strings(streams)) ids.add(tokenizer.encode(text));
                streams.println(Json.write(ids));
                return 0;
            }
            if (!prompt.given()) throw new ModelException("no text to tokenize: give -p TEXT, -p - for stdin, or --json");
            int[] ids = tokenizer.encode(prompt.read(streams));
            if (verbose) for (int id : ids) streams.println(id + "\t" + tokenizer.piece(id));
            else streams.println(Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        }
        return 0;
    }
}
