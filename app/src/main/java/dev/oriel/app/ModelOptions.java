package dev.oriel.app;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Backend;
import dev.oriel.ops.Format;
import dev.oriel.ops.Ops;
import dev.oriel.runtime.LoadOptions;
import dev.oriel.runtime.Model;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options of every command that runs a model, but for the model itself.
final class ModelOptions {
    enum Kernels { AUTO, EMITTED, VECTOR, SCALAR }

    private static final Pattern LORA = Pattern.compile("(.+):([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d{1,2})?)");

    enum KeptValues { F32, F16, Q8_0 }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Threads that compute (default: one per processor).")
    private Integer threads;

    @Option(names = "--backend", paramLabel = "NAME", description = "What computes: cpu, or another that is installed.")
    private String backend = "cpu";

    @Option(names = "--kernels", paramLabel = "SET", description = "auto, emitted, vector or scalar (default: auto).")
    private Kernels kernels = Kernels.AUTO;

    @Option(names = "--context", paramLabel = "N", description = "Positions a sequence may hold (default: what the model was made for).")
    private Integer context;

    @Option(names = "--kv", paramLabel = "FORMAT", description = "How keys and values are kept: f32, f16 or q8_0 (default: f16).")
    private KeptValues kv = KeptValues.F16;

    @Option(names = "--lora", paramLabel = "FILE[:SCALE]",
            description = "An adapter to add to the weights: GGUF, or a PEFT folder; its effect multiplied by SCALE. May be given several times.")
    private List<String> loras = List.of();

    @Option(names = "--exact", description = "Float32 activations and caches everywhere.")
    private boolean exact;

    @Option(names = {"-v", "--verbose"}, description = "Say more, on stderr.")
    boolean verbose;

    LoadOptions loadOptions() {
        LoadOptions options = LoadOptions.defaults().withBackend(backend).withKernels(kernels.name().toLowerCase(Locale.ROOT)).withKvFormat(Format.valueOf(kv.name()));
        if (threads != null) options = options.withThreads(atLeastOne("--threads", threads));
        if (context != null) options = options.withContext(atLeastOne("--context", context));
        for (String lora : loras) options = withLora(options, lora);
        return exact ? options.exact() : options;
    }

    /// What follows the last colon is a scale where it is a number, and no file has the whole for its name.
    private LoadOptions withLora(LoadOptions options, String given) {
        Matcher parts = LORA.matcher(given);
        if (Files.exists(Path.of(given)) || !parts.matches()) return options.withLora(Path.of(given), 1);
        float scale = Float.parseFloat(parts.group(2));
        if (Float.isInfinite(scale)) throw new ParameterException(command.commandLine(), "Invalid value for option '--lora': expected a smaller scale, found " + parts.group(2));
        return options.withLora(Path.of(parts.group(1)), scale);
    }

    Model load(ModelName named, Streams streams) { return load(named.path(streams), streams); }

    /// Loads a model; a wait of more than a second is shown.
    Model load(Path path, Streams streams) { return load(path, loadOptions(), streams); }

    /// Loads a second model, which adapters are not meant for.
    Model loadDraft(ModelName named, Streams streams) { return load(named.path(streams), loadOptions().withoutLora(), streams); }

    private Model load(Path path, LoadOptions options, Streams streams) {
        try (Progress progress = Progress.waiting(streams, "loading"); Checkpoint checkpoint = HeadStart.open(path)) {
            return load(checkpoint, options, streams);
        }
    }

    /// The same of an open checkpoint, which the caller closes.
    Model load(Checkpoint checkpoint, Streams streams) { return load(checkpoint, loadOptions(), streams); }

    private Model load(Checkpoint checkpoint, LoadOptions options, Streams streams) {
        Model model = Model.of(checkpoint, options);
        if (verbose) streams.note("oriel: " + model.info().architecture() + ", " + model.info().parameters() / 1_000_000 + " M parameters, on " + model.info().backend());
        return model;
    }

    /// What would compute, without a model.
    String backendName() {
        LoadOptions options = loadOptions();
        for (Backend found : ServiceLoader.load(Backend.class)) {
            if (!found.name().equals(options.backend()) || found.unavailable().isPresent()) continue;
            try (Ops ops = found.open(new Backend.Options(options.threads(), options.float32(), options.kernels()))) {
                return ops.name();
            } catch (UnsupportedOperationException e) {
                throw new ModelException(e.getMessage(), e);
            }
        }
        throw new ParameterException(command.commandLine(), "no backend '" + options.backend() + "'");
    }

    private int atLeastOne(String option, int value) {
        if (value < 1) throw new ParameterException(command.commandLine(), "Invalid value for option '" + option + "': expected 1 or more, found " + value);
        return value;
    }
}
