package dev.oriel.app;

import dev.oriel.inspect.AttentionEntropy;
import dev.oriel.inspect.Grid;
import dev.oriel.inspect.HeadGrid;
import dev.oriel.inspect.HeadScores;
import dev.oriel.inspect.RepeatedTokens;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Range;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `inspect heads`: what each head looks at while the model reads random tokens twice.
@Command(name = "heads", description = "Score all heads while the model reads the same random tokens twice: who looks at what followed before (induction), "
        + "at the token before (previous), at the earlier copy (duplicate), at the first token (sink), and how widely (entropy, in nats).", mixinStandardHelpOptions = true)
final class InspectHeads implements Callable<Integer> {
    enum Score { INDUCTION, PREVIOUS, DUPLICATE, SINK, ENTROPY }

    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--score", split = ",", paramLabel = "SCORE", description = "The scores to show in full: ${COMPLETION-CANDIDATES} (default: the highest heads of each).")
    private List<Score> scores = List.of();

    @Option(names = "--top", paramLabel = "N", defaultValue = "8", description = "How many heads to name (default: ${DEFAULT-VALUE}).")
    private int top;

    @Option(names = "--ids", split = ",", paramLabel = "ID", description = "The token ids, twice, after a first one or not (default: random ones).")
    private List<Integer> ids;

    @Option(names = "--length", paramLabel = "N", defaultValue = "48", description = "How many random tokens (default: ${DEFAULT-VALUE}).")
    private int length;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Of the random tokens (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin private EditOptions edits;
    @Mixin private Findings findings;
    @Mixin private ModelOptions options;

    InspectHeads(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        edits.parse();
        try (Model model = options.load(named, streams)) {
            RepeatedTokens tokens = tokens(model);
            int[] read = tokens.ids();
            Probe[] probes = edits.probes(model, new Slices.Sequence(read.length, read.length)).toArray(Probe[]::new);
            List<HeadGrid> grids = grids(model, tokens, probes);
            String note = ids == null ? length + " random tokens twice, seed " + seed : read.length + " given tokens";
            List<Grid> shown = grids.stream().map(HeadGrid::grid).toList();
            findings.show(streams, "Heads of " + named.shortName(), note, shown, () -> text(grids, note), () -> json(grids, read));
        }
        return 0;
    }

    private RepeatedTokens tokens(Model model) {
        if (ids == null) return RepeatedTokens.random(model, length, 2, seed);
        int[] given = ids.stream().mapToInt(Integer::intValue).toArray();
        if (given.length < 2) throw new ModelException("--ids: expected tokens repeated twice, found " + given.length);
        return new RepeatedTokens(given, given.length % 2, given.length / 2, 2);
    }

    private List<HeadGrid> grids(Model model, RepeatedTokens tokens, Probe[] probes) {
        List<Score> wanted = scores.isEmpty() ? List.of(Score.values()) : scores;
        List<HeadGrid> grids = new ArrayList<>();
        HeadScores looks = wanted.equals(List.of(Score.ENTROPY)) ? null : HeadScores.of(model, tokens, probes);
        for (Score score : wanted)
            grids.add(score == Score.ENTROPY ? AttentionEntropy.of(model, Input.of(tokens.ids()), Range.ALL, probes).perHead() : looks.get(HeadScores.Kind.valueOf(score.name())));
        return grids;
    }

    private String text(List<HeadGrid> grids, String note) {
        StringBuilder out = new StringBuilder();
        for (HeadGrid grid : grids) {
            if (!scores.isEmpty()) out.append(grid.grid().table()).append('\n');
            String heads = grid.top(top).stream().map(head -> String.format(Locale.ROOT, "%s %.3f", head, head.value())).collect(Collectors.joining(", "));
            out.append(String.format("%-10s %s%n", grid.name(), heads));
        }
        return out.append("(layer.head, highest first; ").append(note).append(")\n").toString();
    }

    private static Map<String, Object> json(List<HeadGrid> grids, int[] ids) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("ids", IntStream.of(ids).boxed().toList());
        for (HeadGrid grid : grids) members.put(grid.name(), Findings.rows(grid.values()));
        return members;
    }
}
