package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Activation;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `trace`: one pass, and what was seen at the sites asked for, as a file.
@Command(name = "trace", description = "Write activations: one key per site, by its name, float32.", mixinStandardHelpOptions = true)
final class Traces implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, or a Hugging Face folder.")
    private Path path;

    @Option(names = "--sites", required = true, split = ",", paramLabel = "SITE",
            description = "Sites with commas between them; * stands for anything: 'blocks.*.attn.hook_pattern,ln_final.*'.")
    private List<String> sites;

    @Option(names = "--edit", paramLabel = "EDIT", description = EditSyntax.HELP)
    private List<String> edits = List.of();

    @Option(names = {"-n", "--tokens"}, paramLabel = "N", defaultValue = "0",
            description = "Also continue the prompt by N tokens, always the likeliest, and trace them too (default: ${DEFAULT-VALUE}).")
    private int generated;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "The safetensors file to write.")
    private Path output;

    @Mixin private TokensOptions tokens;
    @Mixin private ModelOptions options;

    Traces(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        List<EditSyntax> parsed = edits.stream().map(EditSyntax::parse).toList();
        try (Model model = options.load(path, streams)) {
            List<Probe> probes = new ArrayList<>();
            for (EditSyntax edit : parsed) probes.addAll(edit.probes(model));
            int[] ids = continued(model, tokens.ids(model), probes);
            for (String site : sites) SiteNames.matching(site.strip(), model).forEach(where -> probes.add(Probe.record(where)));
            Trace trace = model.run(ids, probes.toArray(Probe[]::new)).trace();
            List<TensorSource> tensors = trace.names().stream().map(trace::get).map(Traces::stored).toList();
            SafetensorsWriter.write(output, Map.of("ids", Arrays.toString(ids)), tensors);
        }
        return 0;
    }

    /// Each token comes from a pass over everything before it, so that edits mean the same positions as in the final, traced pass.
    private int[] continued(Model model, int[] prompt, List<Probe> edits) {
        if (generated > 0 && prompt.length + generated > model.context())
            throw new ModelException(prompt.length + " tokens and " + generated + " more: the context holds " + model.context() + " (see --context)");
        int[] ids = prompt;
        for (int i = 0; i < generated; i++) {
            float[] last = model.run(ids, edits.toArray(Probe[]::new)).logits(ids.length - 1);
            int best = 0;
            for (int id = 1; id < last.length; id++) if (last[id] > last[best]) best = id;
            ids = Arrays.copyOf(ids, ids.length + 1);
            ids[ids.length - 1] = best;
        }
        return ids;
    }

    private static TensorSource stored(Activation activation) {
        return TensorSource.of(activation.name(), activation.toArray(), Arrays.stream(activation.shape()).asLongStream().toArray());
    }
}
