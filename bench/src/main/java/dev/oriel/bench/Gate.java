package dev.oriel.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Whether a kernel has fallen off the compiler's cliff: a method that grows too large, or boxes its vectors, runs 5 to 200 times slower
/// and is right all the same, so that no other test sees it.
final class Gate {
    static final String ROOF = "RoofBench.fma";
    static final String KERNEL = "MatmulBench.matmul";
    /// Rows at which arithmetic, not memory, is the bound.
    static final String ROWS = "128";
    /// The least part of the roof. Low, so that only a fall is reported and not a slow day.
    private static final double LEAST = 0.2;

    private Gate() {}

    /// One line for each kernel that is too slow, and for anything that is missing.
    static List<String> complaints(List<Figure> figures) {
        double roof = figures.stream().filter(figure -> figure.name().equals(ROOF)).mapToDouble(Figure::operations).max().orElse(0);
        if (!(roof > 0)) return List.of("gate: no figure for " + ROOF);
        List<Figure> kernels = figures.stream().filter(figure -> figure.name().equals(KERNEL) && ROWS.equals(figure.parameters().get("n"))).toList();
        if (kernels.isEmpty()) return List.of("gate: no figure for " + KERNEL + " with n=" + ROWS);
        List<String> complaints = new ArrayList<>();
        for (Figure kernel : kernels)
            if (!(kernel.operations() >= LEAST * roof))
                complaints.add(String.format(Locale.ROOT, "gate: %s %s: expected at least %.1f GOP/s (%.0f %% of the roof), found %.1f",
                        KERNEL, kernel.parameters().get("weights"), LEAST * roof / 1e9, LEAST * 100, kernel.operations() / 1e9));
        return complaints;
    }
}
