package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.Classification;
import dev.oriel.runtime.Classifier;
import dev.oriel.runtime.Model;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `classify`: which of a model's classes texts belong to.
@Command(name = "classify", description = "Sort texts into the classes that a model was trained for.", mixinStandardHelpOptions = true)
final class Classify implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A model with a classification head.")
    private ModelName named;

    @Option(names = "--second", paramLabel = "TEXT", description = "Read every text as one with this one behind it, such as a premise with its hypothesis.")
    private String second;

    @Mixin private TextsOptions input;
    @Mixin private ModelOptions options;

    Classify(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        List<String> texts = input.read(streams);
        try (Model model = options.load(named, streams)) {
            Classifier classifier = model.classifier();
            List<Classification> found = second == null ? classifier.classify(texts) : texts.stream().map(text -> classifier.classify(text, second)).toList();
            for (int i = 0; i < found.size(); i++) TextsOptions.tell(streams, i + 1, found.get(i).tokens(), found.get(i).dropped());
            if (input.json) streams.println(Json.write(found.stream().map(Classify::plain).toList()));
            else for (int i = 0; i < found.size(); i++) show(texts.get(i), found.get(i), found.size() > 1);
        }
        return 0;
    }

    private void show(String text, Classification found, boolean named) {
        if (named) streams.println(TextsOptions.shown(text));
        best(found).forEach(i -> streams.println(String.format(Locale.ROOT, "%7.4f  %s", found.probabilities()[i], found.labels().get(i))));
    }

    private static List<Integer> best(Classification found) {
        return IntStream.range(0, found.labels().size()).boxed().sorted(Comparator.comparingDouble(i -> -found.probabilities()[i])).toList();
    }

    private static Map<String, Object> plain(Classification found) {
        Map<String, Object> probabilities = new LinkedHashMap<>();
        for (int i : best(found)) probabilities.put(found.labels().get(i), found.probabilities()[i]);
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("label", found.label());
        out.put("probabilities", probabilities);
        out.put("logits", found.logits());
        return out;
    }
}
