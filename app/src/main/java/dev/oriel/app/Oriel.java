package dev.oriel.app;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// The command line as a whole; without a command, the demonstration.
@Command(name = "oriel", versionProvider = Oriel.Version.class, mixinStandardHelpOptions = true,
        description = "A transformer runtime for the JVM that you can look into.", synopsisSubcommandLabel = "[COMMAND]",
        footer = {"", "Without a command: demo. 'oriel COMMAND --help' tells about one."})
final class Oriel {
    private Oriel() {}

    /// Runs one command and returns the exit code: 0, 1 where it failed, 2 for wrong usage.
    static int execute(Streams streams, String... args) {
        try {
            String[] given = args.length == 0 ? new String[] {"demo"} : args;
            return commandLine(streams, given[0]).execute(given);
        } catch (Error e) {
            return Failures.report(e, streams);
        }
    }

    private static final List<String> COMMANDS = List.of("demo", "run", "chat", "info", "tokenize", "template", "logits", "trace", "inspect", "convert", "pull", "bench", "embed",
            "classify", "rerank", "fill");

    private static Object command(String name, Streams streams) {
        return switch (name) {
            case "demo" -> new Demo(streams);
            case "run" -> new Continue(streams);
            case "chat" -> new Chat(streams);
            case "info" -> new Info(streams);
            case "tokenize" -> new Tokenize(streams);
            case "template" -> new Template(streams);
            case "logits" -> new Logits(streams);
            case "trace" -> new Traces(streams);
            case "inspect" -> Inspect.commandLine(streams);
            case "embed" -> new Embed(streams);
            case "classify" -> new Classify(streams);
            case "rerank" -> new Rerank(streams);
            case "fill" -> new Fill(streams);
            case "convert" -> new Convert(streams);
            case "pull" -> new Pull(streams);
            case "bench" -> new Bench(streams);
            default -> throw new IllegalArgumentException(name);
        };
    }

    /// Knows only the command that comes first, where that is one: reading what all of them declare takes longer than the JVM's own start.
    static CommandLine commandLine(Streams streams, String first) {
        CommandLine line = new CommandLine(new Oriel());
        for (String name : COMMANDS.contains(first) ? List.of(first) : COMMANDS) line.addSubcommand(command(name, streams));
        line.registerConverter(ModelName.class, ModelName::new);
        // A prompt may begin with @ or -.
        return line.setExpandAtFiles(false).setAllowOptionsAsOptionParameters(true).setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(streams.outWriter()).setErr(streams.errWriter())
                .setColorScheme(CommandLine.Help.defaultColorScheme(streams.colours() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
                .setParameterExceptionHandler((e, _) -> wrongUsage(e, streams))
                .setExecutionExceptionHandler((e, _, _) -> Failures.report(e, streams));
    }

    private static int wrongUsage(ParameterException e, Streams streams) {
        String message = e.getMessage().strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
        streams.note("oriel: " + message + " (see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help)");
        return CommandLine.ExitCode.USAGE;
    }

    /// What the jar says of itself.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Oriel.class.getPackage().getImplementationVersion();
            return new String[] {"oriel " + (version == null ? "(unpackaged)" : version), "Java " + Runtime.version()};
        }
    }
}
