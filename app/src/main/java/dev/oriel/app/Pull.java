package dev.oriel.app;

import dev.oriel.loaders.hub.Hub;
import dev.oriel.loaders.hub.HubSettings;
import dev.oriel.loaders.hub.PullListener;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `pull`: brings a model from the hub into the cache, and says where it is.
@Command(name = "pull", description = "Fetch a model from a Hugging Face hub, and print where it is.", mixinStandardHelpOptions = true,
        footer = {"", "QUANT is part of a GGUF file's name, in any case (default: Q4_K_M, Q8_0, else the first file), or 'safetensors'.",
            "Every -m takes hf:OWNER/REPO[@REVISION][:QUANT] too. HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and",
            "HF_HUB_OFFLINE mean what they mean to huggingface_hub, and the cache is the same."})
final class Pull implements Callable<Integer> {
    private final Streams streams;

    @Parameters(index = "0", paramLabel = "OWNER/REPO[@REVISION][:QUANT]", description = "The model.")
    private String model;

    Pull(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        streams.println(pulled(model, streams).toString());
        return 0;
    }

    /// Where the model is, when it is there.
    static Path pulled(String model, Streams streams) {
        try (Progress progress = Progress.pulling(streams)) {
            return new Hub(HubSettings.fromEnvironment()).pull(model, new PullListener() {
                @Override
                public void progress(long done, long total) { progress.at(done, total); }

                @Override
                public void note(String line) { streams.note("oriel: " + line); }
            });
        }
    }
}
