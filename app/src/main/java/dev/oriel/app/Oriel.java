package dev.oriel.app;

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
            String[] given = args.length == 0 ? new String[] {Verb.DEMO.word()} : args;
            return commandLine(streams, given[0]).execute(given);
        } catch (Error e) {
            return Failures.report(e, streams);
        }
    }

    private static Object command(Verb verb, Streams streams) {
        return switch (verb) {
            case DEMO -> new Demo(streams);
            case RUN -> new Continue(streams);
            case CHAT -> new Chat(streams);
            case INFO -> new Info(streams);
            case TOKENIZE -> new Tokenize(streams);
            case TEMPLATE -> new Template(streams);
            case LOGITS -> new Logits(streams);
            case TRACE -> new Traces(streams);
            case INSPECT -> Inspect.commandLine(streams);
            case CONVERT -> new Convert(streams);
            case PULL -> new Pull(streams);
            case BENCH -> new Bench(streams);
            case EMBED -> new Embed(streams);
            case CLASSIFY -> new Classify(streams);
            case RERANK -> new Rerank(streams);
            case FILL -> new Fill(streams);
        };
    }

    /// Knows only the command that comes first, where that is one: reading what all of them declare takes longer than the JVM's own start.
    static CommandLine commandLine(Streams streams, String first) {
        CommandLine line = new CommandLine(new Oriel());
        Verb only = Verb.of(first);
        for (Verb verb : only == null ? Verb.values() : new Verb[] {only}) line.addSubcommand(command(verb, streams));
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
