package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Sampling;
import dev.oriel.runtime.Session;
import dev.oriel.runtime.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `trace`: one pass, or a generation, and what was seen at the sites asked for, as a file.
@Command(name = "trace", description = "Write activations: one key per site, by its name, float32; the tokens stand in the file's metadata under ids.",
        mixinStandardHelpOptions = true)
final class Traces implements Callable<Integer> {
    /// What is larger is kept in the file while it grows, not in memory.
    static final long LARGE = 256L << 20;
    /// While a mapped trace is put together it stands on the disk up to three times: in pieces, as a whole, and in the file.
    private static final int COPIES = 3;

    private final Streams streams;
    private final long large;

    @Spec private CommandSpec command;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = "--sites", required = true, split = SiteSyntax.COMMA, paramLabel = "SITE",
            description = "Sites with commas between them; * stands for anything, and slices narrow heads, positions and keys: "
                    + "'blocks.*.attn.hook_pattern,blocks.3.attn.hook_z[10:20,1],ln_final.*'.")
    private List<String> sites;

    @Option(names = {"-n", "--tokens"}, paramLabel = "N", defaultValue = "0",
            description = "Also continue the prompt by N tokens, always the likeliest, and trace them too; fewer where the model ends its text before (default: ${DEFAULT-VALUE}).")
    private int generated;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "The safetensors file to write.")
    private Path output;

    @Mixin private EditOptions edits;
    @Mixin private TokensOptions tokens;
    @Mixin private ModelOptions options;

    Traces(Streams streams) { this(streams, LARGE); }

    /// @param large bytes from which on a trace is kept in its file
    Traces(Streams streams, long large) {
        this.streams = streams;
        this.large = large;
    }

    @Override
    public Integer call() {
        if (generated < 0) throw new ParameterException(command.commandLine(), "Invalid value for option '-n': expected 0 or more, found " + generated);
        edits.parse();
        List<SiteSyntax> wanted = sites.stream().map(SiteSyntax::parse).toList();
        try (Model model = options.load(named, streams)) {
            int[] ids = tokens.ids(model);
            if (ids.length + (long) generated > model.context())
                throw new ModelException(ids.length + " tokens and " + generated + " more: the context holds " + model.context() + " (see --context)");
            Slices.Sequence sequence = new Slices.Sequence(ids.length, ids.length + generated);
            List<Probe> probes = new ArrayList<>(edits.probes(model, sequence));
            for (SiteSyntax site : wanted) site.parts(model, sequence).forEach(part -> probes.add(Probe.record(part)));
            long bytes = model.traceBytes(sequence.end(), probes.toArray(Probe[]::new));
            boolean mapped = bytes > large;
            requireRoom(mapped ? COPIES * bytes : bytes);
            if (options.verbose) streams.note("oriel: the trace will hold " + bytes + " bytes" + (mapped ? ", kept on the disk" : ""));
            Input input = mapped ? Input.of(ids).withTraceIn(output) : Input.of(ids);
            try (Trace trace = trace(model, input, probes)) {
                if (!mapped) trace.save(output);
            }
        }
        return 0;
    }

    /// Of a generation the last token is not taken in, so it goes one further than is wanted.
    private Trace trace(Model model, Input input, List<Probe> probes) {
        if (generated == 0) return model.run(input, probes.toArray(Probe[]::new)).trace();
        try (Session session = model.session()) {
            return session.generate(input, Sampling.greedy(), generated + 1, List.of(), probes, _ -> { }).trace();
        }
    }

    private void requireRoom(long bytes) {
        Path folder = output.toAbsolutePath().getParent();
        try {
            long room = Files.getFileStore(folder).getUsableSpace();
            if (room < bytes) throw new ModelException(output, "trace", bytes + " bytes of room on the disk", room);
        } catch (IOException e) {
            throw new ModelException(output, "trace", "a folder that can be written", e.getMessage());
        }
    }
}
