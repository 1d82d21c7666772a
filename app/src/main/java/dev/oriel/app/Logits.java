package dev.oriel.app;

import dev.oriel.loaders.SafetensorsWriter;
import dev.oriel.loaders.TensorSource;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Run;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `logits`: one pass, and its logits as a file.
@Command(name = "logits", description = "Write the logits after every position: key logits, float32 [pos, vocabulary].", mixinStandardHelpOptions = true)
final class Logits implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "The safetensors file to write.")
    private Path output;

    @Mixin private EditOptions edits;
    @Mixin private TokensOptions tokens;
    @Mixin private ModelOptions options;

    Logits(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        edits.parse();
        try (Model model = options.load(named, streams)) {
            int[] ids = tokens.ids(model);
            Run run = model.run(ids, edits.probes(model, new Slices.Sequence(ids.length, ids.length)).toArray(Probe[]::new));
            SafetensorsWriter.write(output, Map.of(), List.of(TensorSource.of("logits", run.logits(), run.positions(), model.hyper().vocabulary())));
        }
        return 0;
    }
}
