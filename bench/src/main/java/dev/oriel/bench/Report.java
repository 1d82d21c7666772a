package dev.oriel.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs benchmarks, and with them always [RoofBench], and prints one Markdown table: results on stdout, JMH's progress on stderr. Takes JMH's own options, and `--gate`.
public final class Report {
    private static final String GATE = "--gate";

    private Report() {}

    /// Exits with 1 where a benchmark or the gate failed, 2 where the options are wrong.
    public static void main(String[] arguments) { System.exit(run(arguments)); }

    private static int run(String[] arguments) {
        boolean gate = Arrays.asList(arguments).contains(GATE);
        List<Figure> figures;
        try {
            CommandLineOptions given = new CommandLineOptions(Arrays.stream(arguments).filter(word -> !word.equals(GATE)).toArray(String[]::new));
            if (given.shouldHelp()) {
                given.showHelp();
                return 0;
            }
            if (given.shouldList()) {
                new Runner(given).list();
                return 0;
            }
            figures = measure(options(given, gate));
        } catch (CommandLineOptionException e) {
            System.err.println(e.getMessage());
            return 2;
        } catch (NoBenchmarksException e) {
            System.err.println("no benchmark has such a name; -l lists them");
            return 1;
        } catch (IOException | RunnerException e) {
            System.err.println(e.getMessage());
            return 1;
        }
        System.out.print(Table.of(figures));
        List<String> complaints = gate ? Gate.complaints(figures) : List.of();
        complaints.forEach(System.err::println);
        return complaints.isEmpty() ? 0 : 1;
    }

    private static List<Figure> measure(Options options) throws RunnerException {
        return new Runner(options, OutputFormatFactory.createFormatInstance(System.err, VerboseMode.NORMAL)).run().stream()
                .map(Figure::of).sorted(Comparator.comparing(figure -> !figure.name().startsWith("RoofBench."))).toList();
    }

    /// What is given comes first; then our defaults. Throughput per second is what [Figure] expects, one calling thread what the operations allow.
    private static Options options(CommandLineOptions given, boolean gate) {
        ChainedOptionsBuilder options = new OptionsBuilder().parent(given)
                .mode(Mode.Throughput).timeUnit(TimeUnit.SECONDS).threads(1).shouldFailOnError(true)
                .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xms2g", "-Xmx2g");
        if (!given.getForkCount().hasValue()) options.forks(1);
        if (!given.getWarmupIterations().hasValue()) options.warmupIterations(3);
        if (!given.getWarmupTime().hasValue()) options.warmupTime(TimeValue.seconds(1));
        if (!given.getMeasurementIterations().hasValue()) options.measurementIterations(5);
        if (!given.getMeasurementTime().hasValue()) options.measurementTime(TimeValue.seconds(1));
        if (gate) Gate.choose(options, given);
        // Without any choice all are meant.
        if (gate || !given.getIncludes().isEmpty()) options.include("\\.RoofBench\\.");
        return options.build();
    }
}
