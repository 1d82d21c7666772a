package dev.oriel.loaders.hub;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A Hugging Face hub, and the cache of what was pulled from it, which `huggingface_hub` and others share.
///
/// A model is called `OWNER/REPO[@REVISION][:QUANT]`. Of a repository with GGUF files the one with QUANT in its name is taken (case does not matter), without a QUANT
/// that with Q4_K_M, Q8_0, or the first; all parts of a split one; never those that only go with a model (`mmproj`, `imatrix`). Of other repositories, and with the QUANT
/// `safetensors`, it is `config.json`, tokenizer, chat template and safetensors weights.
///
/// ```java
/// try (Model model = Model.load(Hub.pull("owner/repo:Q8_0"))) { ... }
/// ```
public final class Hub {
    private final HubSettings settings;
    private final Patience patience;

    public Hub(HubSettings settings) { this(settings, Patience.USUAL); }

    Hub(HubSettings settings, Patience patience) {
        this.settings = settings;
        this.patience = patience;
    }

    /// Whether `model` is meant for a hub, and is not a file: `hf:OWNER/REPO`.
    public static boolean names(String model) { return model.startsWith(Reference.PREFIX); }

    /// Pulls with the settings of the environment.
    ///
    /// @throws ModelException as the other one
    public static Path pull(String model) { return new Hub(HubSettings.fromEnvironment()).pull(model, (_, _) -> { }); }

    /// Brings what is missing of a model into the cache. Several threads and processes may pull the same at once: one does it, the others wait.
    ///
    /// Where the hub cannot be reached and the cache has the model, that is the answer; `listener` is told.
    ///
    /// @param model `OWNER/REPO[@REVISION][:QUANT]`, with or without `hf:` in front
    /// @return the file or folder to open
    /// @throws ModelException if the model is not there or may not be read, if the hub cannot be reached or lies, or if the cache cannot be written. What has come of a
    ///                        broken pull stays, as `*.incomplete`, and the next one goes on from there
    public Path pull(String model, PullListener listener) {
        Reference wanted = Reference.parse(model);
        CacheFolder cache = new CacheFolder(wanted, settings);
        if (settings.offline()) return cached(wanted, cache, "HF_HUB_OFFLINE is set", null);
        try (Wire wire = new Wire(settings, patience)) {
            return new Pull(Repository.of(wanted, settings, wire), listener).run();
        } catch (IOException e) {
            String reason = "the hub " + settings.endpoint() + " cannot be reached: " + Reasons.of(e);
            Path path = cached(wanted, cache, reason, e);
            listener.note(reason + "; " + wanted.name() + " is taken from the cache");
            return path;
        }
    }

    private Path cached(Reference wanted, CacheFolder cache, String why, IOException cause) {
        Optional<String> commit = cache.commit(wanted.revision());
        String lacks = "it is not there";
        if (commit.isPresent()) {
            try {
                return whole(wanted, cache, commit.get());
            } catch (ModelException e) {
                lacks = e.getMessage();
            }
        }
        throw new ModelException(wanted.name() + ": " + why + ", and the cache " + settings.cache() + " cannot help: " + lacks, cause);
    }

    /// The model in the cache, if nothing of it is missing.
    private static Path whole(Reference wanted, CacheFolder cache, String commit) {
        List<String> paths = cache.paths(commit);
        Choice choice = Choice.of(wanted, paths);
        Path snapshot = cache.snapshot(commit);
        if (choice.isIndexed()) Choice.shards(wanted, snapshot, paths);
        return snapshot.resolve(choice.opens());
    }
}
