package dev.oriel.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/// Whether a kernel has fallen off the compiler's cliff: a method that grows too large, or boxes its vectors, runs 5 to 200 times slower
/// and is right all the same, so that no other test sees it.
final class Gate {
    /// What is measured unless the command line says otherwise: rows at which arithmetic and not the calls are the bound, and the kernels that are compiled beside those
    /// that are not.
    private static final List<Setting> SETTINGS = List.of(new Setting("n", "128"), new Setting("kernels", "auto", "vector"), new Setting("kvHeads", "8"));

    /// What each kind of kernels reaches at least, as a part of the roof it is nearest to. Low, so that only a fall is reported and not a slow day.
    private static final List<Floor> FLOORS = List.of(new Floor("MatmulBench", 0.2), new Floor("AttentionBench", 0.05), new Floor("ElementwiseBench", 0.1));

    private record Setting(String parameter, String... values) {}

    /// @param benchmarks all of a class
    private record Floor(String benchmarks, double least) {
        boolean holdsFor(Figure figure) { return figure.name().startsWith(benchmarks + "."); }
    }

    private Gate() {}

    static void choose(ChainedOptionsBuilder options, CommandLineOptions given) {
        for (Floor floor : FLOORS) options.include("\\." + floor.benchmarks + "\\.");
        for (Setting setting : SETTINGS) if (!given.getParameter(setting.parameter).hasValue()) options.param(setting.parameter, setting.values);
    }

    /// One line for each kernel that is too slow, and for anything that is missing.
    static List<String> complaints(List<Figure> figures) {
        List<String> complaints = new ArrayList<>();
        for (Floor floor : FLOORS) {
            List<Figure> kernels = figures.stream().filter(floor::holdsFor).toList();
            if (kernels.isEmpty()) complaints.add("gate: no figure for " + floor.benchmarks);
            for (Figure kernel : kernels) complain(kernel, floor.least, Roofs.beside(kernel, figures), complaints);
        }
        return complaints;
    }

    private static void complain(Figure kernel, double least, Roofs roofs, List<String> complaints) {
        String name = "gate: " + kernel.name() + " " + kernel.parameters();
        if (!roofs.known()) complaints.add(name + ": no figure for the roofs");
        else if (!(roofs.nearest(kernel).reached() >= least))
            complaints.add(String.format(Locale.ROOT, "%s: expected at least %.0f %% of a roof, found %s", name, 100 * least, roofs.nearest(kernel)));
    }
}
