package dev.oriel.bench;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Figures as a Markdown table, beside what the machine can do where that was measured in the same run.
final class Table {
    private static final String READ_ROOF = "RoofBench.read";

    private Table() {}

    static String of(List<Figure> figures) {
        double readRoof = figures.stream().filter(figure -> figure.name().equals(READ_ROOF)).mapToDouble(Figure::bytes).max().orElse(0);
        double fmaRoof = figures.stream().filter(figure -> figure.name().equals(Gate.ROOF)).mapToDouble(Figure::operations).max().orElse(0);
        Set<String> same = same(figures);
        StringBuilder out = new StringBuilder();
        if (!same.isEmpty()) out.append(figures.getFirst().describe(others(figures, same))).append("\n\n");
        out.append("| benchmark | parameters | ns/op | ± % | GB/s | of roof | GOP/s | of roof |\n");
        out.append("|---|---|---:|---:|---:|---:|---:|---:|\n");
        for (Figure figure : figures)
            out.append(String.format(Locale.ROOT, "| %s | %s | %.0f | %s | %s | %s | %s | %s |%n", figure.name(), figure.describe(same), figure.nanoseconds(),
                    percent(figure.spread()), giga(figure.bytes()), part(figure.bytes(), readRoof), giga(figure.operations()), part(figure.operations(), fmaRoof)));
        return out.toString();
    }

    /// Parameters that every figure has, and all with one value: said once, above the table.
    private static Set<String> same(List<Figure> figures) {
        Set<String> same = new HashSet<>();
        if (figures.size() < 2) return same;
        figures.getFirst().parameters().forEach((key, value) -> {
            if (figures.stream().allMatch(figure -> value.equals(figure.parameters().get(key)))) same.add(key);
        });
        return same;
    }

    private static Set<String> others(List<Figure> figures, Set<String> same) {
        return figures.getFirst().parameters().keySet().stream().filter(key -> !same.contains(key)).collect(Collectors.toSet());
    }

    private static String percent(double part) { return Double.isFinite(part) ? String.format(Locale.ROOT, "%.1f", 100 * part) : ""; }

    private static String giga(double rate) { return rate > 0 ? String.format(Locale.ROOT, "%.2f", rate / 1e9) : ""; }

    private static String part(double rate, double roof) { return rate > 0 && roof > 0 ? String.format(Locale.ROOT, "%.2f", rate / roof) : ""; }
}
