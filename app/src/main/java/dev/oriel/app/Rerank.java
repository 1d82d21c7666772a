package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Ranked;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rerank`: documents by how well they answer a query.
@Command(name = "rerank", description = "Put documents in order, the one that answers a query best first.", mixinStandardHelpOptions = true,
        footer = {"", "TEXT: the documents."})
final class Rerank implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A model that was trained to rank.")
    private ModelName named;

    @Option(names = {"-q", "--query"}, required = true, paramLabel = "TEXT", description = "What is asked.")
    private String query;

    @Mixin private TextsOptions input;
    @Mixin private ModelOptions options;

    Rerank(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() throws IOException {
        List<String> documents = input.read(streams);
        try (Model model = options.load(named, streams)) {
            List<Ranked> ranked = model.classifier().rerank(query, documents);
            for (Ranked each : ranked)
                if (each.dropped() > 0) streams.note("oriel: document " + (each.index() + 1) + " and the query are too long: " + each.dropped() + " tokens are left out");
            if (input.json) streams.println(Json.write(ranked.stream().map(Rerank::plain).toList()));
            else for (Ranked each : ranked) streams.println(String.format(Locale.ROOT, "%7.4f  %d  %s", each.score(), each.index() + 1, TextsOptions.shown(documents.get(each.index()))));
        }
        return 0;
    }

    private static Map<String, Object> plain(Ranked ranked) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("index", ranked.index());
        out.put("score", ranked.score());
        out.put("logit", ranked.logit());
        return out;
    }
}
