package dev.oriel.app;

import dev.oriel.inspect.AttentionPage;
import dev.oriel.inspect.Grid;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Selection;
import dev.oriel.runtime.Site;
import dev.oriel.runtime.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `inspect attention`: where heads look.
@Command(name = "attention", description = "Where heads look: the first of them as a table, in percent of each row's attention; all of them with -o page.html.",
        mixinStandardHelpOptions = true)
final class InspectAttention implements Callable<Integer> {
    /// Longer texts make a table that leaves out its middle.
    private static final int NARROW = 22;

    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--layers", paramLabel = "LIST", description = "These layers only: 0,4:8 (default: all).")
    private String layers;

    @Option(names = "--heads", paramLabel = "LIST", description = "These heads of each layer only (default: all).")
    private String heads;

    @Mixin private EditOptions edits;
    @Mixin private TokensOptions tokens;
    @Mixin private Findings findings;
    @Mixin private ModelOptions options;

    InspectAttention(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        edits.parse();
        try (Model model = options.load(named, streams)) {
            int[] ids = tokens.ids(model);
            int[] inLayers = Indices.of("--layers", layers, model.info().layers());
            int[] ofHeads = Indices.of("--heads", heads, model.hyper().attention().heads());
            Selection where = Site.PATTERN.at(inLayers).heads(ofHeads);
            List<Probe> probes = new ArrayList<>(edits.probes(model, new Slices.Sequence(ids.length, ids.length)));
            probes.add(Probe.record(where));
            Trace trace = model.run(Input.of(ids).withLastLogitsOnly(), probes.toArray(Probe[]::new)).trace();
            List<String> labels = Labels.of(model, ids);
            findings.show(streams, () -> text(trace, inLayers, ofHeads, labels), () -> json(trace, inLayers, ofHeads, ids, labels),
                    page -> page(model, trace, inLayers, ofHeads, labels).write(page));
            int all = inLayers.length * ofHeads.length;
            if (all > 1 && !findings.paged()) streams.note("oriel: the first of " + all + " heads; --layers and --heads choose, -o page.html shows all");
        }
        return 0;
    }

    private String text(Trace trace, int[] inLayers, int[] ofHeads, List<String> labels) {
        Activation pattern = trace.get(Site.PATTERN.at(inLayers[0]));
        String title = "layer " + inLayers[0] + ", head " + ofHeads[0] + " (query down, key across)";
        if (labels.size() <= NARROW) return title + "\n" + Heatmap.of(pattern, 0, labels, streams.colours());
        float[][] values = rows(pattern, 0);
        for (int query = 0; query < values.length; query++) Arrays.fill(values[query], query + 1, values.length, Float.NaN);
        return new Grid(title, new Grid.Axis("query", labels), new Grid.Axis("key", labels), values).table();
    }

    private AttentionPage page(Model model, Trace trace, int[] inLayers, int[] ofHeads, List<String> labels) {
        AttentionPage page = new AttentionPage("Attention", labels).note(named.shortName() + ", " + labels.size() + " tokens")
                .outOf(model.info().layers(), model.hyper().attention().heads());
        int[] place = new int[model.hyper().attention().heads()];
        for (int i = 0; i < ofHeads.length; i++) place[ofHeads[i]] = i;
        for (int layer : inLayers) {
            Activation pattern = trace.get(Site.PATTERN.at(layer));
            page.add(layer, Arrays.stream(ofHeads).boxed().toList(), (head, query, key) -> pattern.get(place[head], query, key));
        }
        return page;
    }

    private static Map<String, Object> json(Trace trace, int[] inLayers, int[] ofHeads, int[] ids, List<String> labels) {
        Map<String, Object> patterns = new LinkedHashMap<>();
        for (int layer : inLayers)
            for (int i = 0; i < ofHeads.length; i++) patterns.put(layer + "." + ofHeads[i], Findings.rows(rows(trace.get(Site.PATTERN.at(layer)), i)));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("ids", IntStream.of(ids).boxed().toList());
        members.put("tokens", labels);
        members.put("patterns", patterns);
        return members;
    }

    private static float[][] rows(Activation pattern, int head) { return IntStream.range(0, pattern.shape()[1]).mapToObj(query -> pattern.row(head, query)).toArray(float[][]::new); }
}
