package dev.oriel.bench;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Figures as a Markdown table, each beside what the machine could do in the same run.
final class Table {
    private Table() {}

    static String of(List<Figure> figures) {
        Set<String> same = same(figures);
        StringBuilder out = new StringBuilder();
        if (!same.isEmpty()) out.append(figures.getFirst().describe(others(figures, same))).append("\n\n");
        out.append("| benchmark | parameters | ns/op | ± % | GB/s | read roof | GOP/s | FMA roof | nearest roof |\n");
        out.append("|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
        for (Figure figure : figures) {
            Roofs roofs = Roofs.beside(figure, figures);
            out.append(String.format(Locale.ROOT, "| %s | %s | %.0f | %s | %s | %s | %s | %s | %s |%n", figure.name(), figure.describe(same), figure.nanoseconds(),
                    percent(figure.spread()), giga(figure.bytes()), giga(roofs.bytes()), giga(figure.operations()), giga(roofs.operations()),
                    roofs.known() ? roofs.nearest(figure) : ""));
        }
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
}
