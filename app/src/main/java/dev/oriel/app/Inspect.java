package dev.oriel.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `inspect`: analyses of a model, one command each.
@Command(name = "inspect", description = "Look into a model: what its heads do, what its layers would say, what a patch changes, where it looks.",
        mixinStandardHelpOptions = true)
final class Inspect implements Runnable {
    @Spec private CommandSpec command;

    private Inspect() {}

    static CommandLine commandLine(Streams streams) {
        return new CommandLine(new Inspect()).addSubcommand(new InspectHeads(streams)).addSubcommand(new InspectLens(streams))
                .addSubcommand(new InspectPatch(streams)).addSubcommand(new InspectAttention(streams));
    }

    @Override
    public void run() { throw new ParameterException(command.commandLine(), "Missing what to inspect: heads, lens, patch or attention"); }
}
