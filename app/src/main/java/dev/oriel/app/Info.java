package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.Json;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `info`: what is in a file. Reads no weights, so it works for any architecture, and for files that hold only a vocabulary.
@Command(name = "info", description = "Say what is in a model file.", mixinStandardHelpOptions = true)
final class Info implements Callable<Integer> {
    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--json", description = "As JSON, with all metadata and tensors.")
    private boolean json;

    @Mixin private ModelOptions options;

    Info(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        try (Checkpoint checkpoint = Checkpoints.open(named.path(streams))) {
            Map<String, Object> facts = Facts.of(checkpoint);
            facts.put("backend", options.backendName());
            if (json) {
                facts.put("metadata", Facts.metadata(checkpoint));
                facts.put("tensors", Facts.tensors(checkpoint));
                streams.println(Json.write(facts));
                return 0;
            }
            facts.forEach((name, value) -> streams.println(String.format("%-16s %s", name.replace('_', ' '), value)));
            streams.println("");
            Facts.metadata(checkpoint).forEach((key, value) -> streams.println(key + " = " + shortened(value)));
            if (options.verbose) {
                streams.println("");
                for (Map<String, Object> t : Facts.tensors(checkpoint)) streams.println(t.get("name") + " " + t.get("format") + " " + t.get("shape"));
            }
        }
        return 0;
    }

    private static String shortened(Object value) {
        String text = value instanceof List<?> list && list.size() > 8 ? list.subList(0, 8) + "... (" + list.size() + ")" : String.valueOf(value);
        text = text.replace("\n", "\\n");
        return text.length() > 120 ? text.substring(0, 120) + "..." : text;
    }
}
