package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Embedder;
import dev.oriel.runtime.Embedding;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Pooling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `embed`: texts as vectors, or how similar they are.
@Command(name = "embed", description = "Make vectors of texts; of two and more, show how similar they are.", mixinStandardHelpOptions = true,
        footer = {"", "One text: its numbers. Several: the cosines between them. With --json: an array of vectors."})
final class Embed implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--pooling", paramLabel = "POOLING", description = "mean, cls, last, max, mean_sqrt, weighted_mean, or none for a vector per token (default: what the model says).")
    private Pooling pooling;

    @Option(names = "--no-normalize", description = "Leave vectors as long as they are.")
    private boolean raw;

    @Option(names = "--prompt-name", paramLabel = "NAME", description = "Put the model's prompt of this name in front of every text: query, document...")
    private String promptName;

    @Option(names = "--dimensions", paramLabel = "N", description = "Keep the first N numbers of a vector, for models that were trained for that.")
    private Integer dimensions;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Read at most N tokens of a text (default: what the model says).")
    private Integer most;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write a safetensors file instead: key embeddings, float32 [text, dimension].")
    private Path output;

    @Mixin private TextsOptions input;
    @Mixin private ModelOptions options;

    Embed(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        List<String> texts = input.read(streams);
        try (Model model = options.load(named, streams)) {
            Embedder embedder = configured(model.embedder());
            if (options.verbose) streams.note("oriel: " + embedder.rule());
            if (pooling == Pooling.NONE) {
                tokens(embedder, texts);
                return 0;
            }
            List<Embedding> found = embedder.embed(texts);
            for (int i = 0; i < found.size(); i++) TextsOptions.tell(streams, i + 1, found.get(i).tokens(), found.get(i).dropped());
            if (output != null) write(found, embedder.dimensions());
            else if (input.json) streams.println(Json.write(found.stream().map(Embedding::vector).toList()));
            else if (found.size() == 1) streams.println(numbers(found.getFirst().vector()));
            else similarities(texts, found);
        }
        return 0;
    }

    private Embedder configured(Embedder embedder) {
        Embedder out = embedder.normalised(!raw);
        if (pooling != null) out = out.withPooling(pooling);
        if (promptName != null) out = out.withPrompt(promptName);
        if (dimensions != null) out = out.withDimensions(dimensions);
        return most == null ? out : out.withMaxTokens(most);
    }

    private void tokens(Embedder embedder, List<String> texts) {
        if (output != null) throw new ModelException("--pooling none: vectors of tokens go to stdout, as JSON with --json; they have no place in " + output);
        List<List<float[]>> all = texts.stream().map(text -> List.of(embedder.embedTokens(text))).toList();
        if (input.json) streams.println(Json.write(all));
        else for (List<float[]> text : all) for (float[] token : text) streams.println(numbers(token));
    }

    private void write(List<Embedding> found, int width) {
        float[] all = new float[Math.multiplyExact(found.size(), width)];
        for (int i = 0; i < found.size(); i++) System.arraycopy(found.get(i).vector(), 0, all, i * width, width);
        SafetensorsWriter.write(output, Map.of(), List.of(TensorSource.of("embeddings", all, found.size(), width)));
    }

    private static String numbers(float[] vector) { return IntStream.range(0, vector.length).mapToObj(i -> Float.toString(vector[i])).collect(Collectors.joining(" ")); }

    /// A row and a column per text.
    private void similarities(List<String> texts, List<Embedding> found) {
        int digits = Integer.toString(texts.size()).length();
        StringBuilder head = new StringBuilder(" ".repeat(digits));
        for (int i = 1; i <= texts.size(); i++) head.append(String.format(Locale.ROOT, " %7d", i));
        streams.println(head.toString());
        for (int i = 0; i < texts.size(); i++) {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%" + digits + "d", i + 1));
            for (Embedding other : found) line.append(String.format(Locale.ROOT, " %7.4f", found.get(i).similarity(other)));
            streams.println(line + "  " + TextsOptions.shown(texts.get(i)));
        }
    }
}
