package dev.oriel.app;

import dev.oriel.inspect.Grid;
import dev.oriel.inspect.LogitLens;
import dev.oriel.inspect.TokenScore;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Site;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `inspect lens`: what each layer would say.
@Command(name = "lens", description = "The logit lens: the likeliest next token if the model stopped at a layer, with its probability.", mixinStandardHelpOptions = true)
final class InspectLens implements Callable<Integer> {
    private final Streams streams;

    @Spec private CommandSpec command;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--site", paramLabel = "SITE", defaultValue = "resid_post",
            description = "Where to read: resid_pre, resid_mid or resid_post (default: ${DEFAULT-VALUE}).")
    private String site;

    @Option(names = "--layers", paramLabel = "LIST", description = "These layers only: 0,4:8 (default: all).")
    private String layers;

    @Option(names = "--positions", paramLabel = "LIST", description = "These positions only, negative ones from the end: -4: (default: all).")
    private String positions;

    @Option(names = "--top", paramLabel = "K", defaultValue = "1",
            description = "With more than 1: the K likeliest tokens after the last of the positions, in place of all positions (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--tuned", paramLabel = "FILE", description = "A tuned lens: safetensors with LAYER.weight and LAYER.bias.")
    private Path tuned;

    @Mixin private EditOptions edits;
    @Mixin private TokensOptions tokens;
    @Mixin private Findings findings;
    @Mixin private ModelOptions options;

    InspectLens(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        if (top < 1) throw new ParameterException(command.commandLine(), "Invalid value for option '--top': expected 1 or more, found " + top);
        edits.parse();
        try (Model model = options.load(named, streams)) {
            int[] ids = tokens.ids(model);
            LogitLens lens = tuned == null ? LogitLens.of(model) : LogitLens.tuned(model, tuned);
            Site where = SiteNames.perLayer(site, model);
            Probe[] probes = edits.probes(model, new Slices.Sequence(ids.length, ids.length)).toArray(Probe[]::new);
            int[] at = Indices.of("--layers", layers, model.info().layers());
            int[] columns = Indices.of("--positions", positions, ids.length);
            LogitLens.View view = only(lens.read(Input.of(ids), where.at(at), top, new int[0], probes), top > 1 ? new int[] {columns[columns.length - 1]} : columns);
            Grid grid = top > 1 ? likeliest(model, view, ids) : likeliest(model, view, ids, columns);
            findings.show(streams, "Logit lens", "The next token that the model would say if it stopped at a layer, and its probability.", List.of(grid), grid::table, () -> json(model, view, ids));
        }
        return 0;
    }

    private static LogitLens.View only(LogitLens.View view, int[] positions) {
        return new LogitLens.View(view.site(), view.tokens(), view.readings().stream().map(row -> IntStream.of(positions).mapToObj(row::get).toList()).toList());
    }

    /// Layers down, positions across.
    private static Grid likeliest(Model model, LogitLens.View view, int[] ids, int[] positions) {
        List<String> names = Labels.of(model, ids);
        return grid(model, "likeliest next token, read at " + view.site(), view,
                new Grid.Axis("position", IntStream.of(positions).mapToObj(p -> p + " " + names.get(p)).toList()),
                row -> row.stream().map(reading -> reading.top().getFirst()).toList());
    }

    /// Layers down, the likeliest tokens after one position across.
    private static Grid likeliest(Model model, LogitLens.View view, int[] ids) {
        LogitLens.Reading first = view.readings().getFirst().getFirst();
        String after = "position " + first.position() + " (" + Labels.of(model, ids[first.position()]).getFirst() + ")";
        Grid.Axis ranks = new Grid.Axis("rank", IntStream.rangeClosed(1, first.top().size()).mapToObj(Integer::toString).toList());
        return grid(model, "likeliest next tokens after " + after + ", read at " + view.site(), view, ranks, row -> row.getFirst().top());
    }

    private interface Cells {
        List<TokenScore> of(List<LogitLens.Reading> layer);
    }

    private static Grid grid(Model model, String title, LogitLens.View view, Grid.Axis columns, Cells cells) {
        List<List<String>> texts = new ArrayList<>();
        float[][] values = new float[view.readings().size()][columns.size()];
        for (int row = 0; row < values.length; row++) {
            List<TokenScore> found = cells.of(view.readings().get(row));
            for (int i = 0; i < values[row].length; i++) values[row][i] = (float) Math.exp(found.get(i).value());
            texts.add(Labels.of(model, found.stream().mapToInt(TokenScore::id).toArray()));
        }
        Grid.Axis layers = new Grid.Axis("layer", view.readings().stream().map(row -> Integer.toString(row.getFirst().layer())).toList());
        return new Grid(title, layers, columns, values, texts);
    }

    private static Map<String, Object> json(Model model, LogitLens.View view, int[] ids) {
        List<Object> readings = new ArrayList<>();
        for (List<LogitLens.Reading> layer : view.readings()) for (LogitLens.Reading reading : layer) readings.add(json(model, reading));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("ids", IntStream.of(ids).boxed().toList());
        members.put("tokens", Labels.of(model, ids));
        members.put("readings", readings);
        return members;
    }

    private static Map<String, Object> json(Model model, LogitLens.Reading reading) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("layer", reading.layer());
        members.put("position", reading.position());
        members.put("entropy", reading.entropy());
        members.put("top", reading.top().stream().map(token -> Map.of("id", token.id(), "text", Labels.of(model, token.id()).getFirst(), "probability", Math.exp(token.value()))).toList());
        return members;
    }
}
