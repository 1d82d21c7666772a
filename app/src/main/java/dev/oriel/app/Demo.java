package dev.oriel.app;

import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Site;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `demo`: the model in the jar tells a story, and shows where one of its heads looks.
@Command(name = "demo", description = "Run the small model that is inside the jar.", mixinStandardHelpOptions = true)
final class Demo implements Callable<Integer> {
    private static final int STORY_TOKENS = 150;
    private static final String SENTENCE = "Lily saw a big red ball in the park.";
    /// A previous-token head: most of its attention goes one token back.
    private static final int LAYER = 2;
    private static final int HEAD = 0;

    private final Streams streams;

    @Mixin private ModelOptions options = new ModelOptions();

    Demo(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        try (Model model = Embedded.load(options, streams)) {
            streams.note("oriel: stories260K, a model of " + model.info().parameters() / 1000 + " thousand parameters, on " + model.info().backend());
            story(model);
            attention(model);
            streams.note("oriel: 'run -m MODEL -p TEXT' continues a text, 'trace' shows every activation; 'oriel --help' lists all commands");
        }
        return 0;
    }

    private void story(Model model) {
        try (Session session = model.session()) {
            session.generate(model.tokenizer().encode(""), Sampling.greedy(), STORY_TOKENS, token -> streams.print(token.text()));
        }
        streams.println("");
    }

    private void attention(Model model) {
        int[] ids = model.tokenizer().encode(SENTENCE);
        Selection where = Site.PATTERN.at(LAYER);
        Activation pattern = model.run(ids, Probe.record(where)).trace().get(where);
        List<String> pieces = Arrays.stream(ids).mapToObj(model.tokenizer()::piece).toList();
        streams.println("");
        streams.println("Where head " + HEAD + " of layer " + LAYER + " looks: mostly one token back. Percent of each row's attention (" + pattern.name() + "):");
        streams.println("");
        streams.print(Heatmap.of(pattern, HEAD, pieces, streams.colours()));
    }
}
