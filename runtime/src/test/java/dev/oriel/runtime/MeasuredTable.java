package dev.oriel.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.loaders.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a test measures of each family, and the cells of the table in `docs/models.md` that say it.
///
/// A cell is a bound: the largest value that was found, half as much again, rounded up to one digit, so that it holds on machines that sum in another order. At the end of its
/// class a test leaves its figures in `target/measured`, and fails where one is above its cell or a tenth of it; with `-Doriel.models.write=true` it writes the cells instead.
final class MeasuredTable {
    private static final Pattern BOUND = Pattern.compile("[0-9]e-?[0-9]+$");
    /// A smaller difference is that of a float's last digit, and means nothing.
    private static final double LEAST = 1e-7;

    /// The worst value, and of how many models.
    private record Figure(double worst, List<String> models) {
        Figure and(String model, double value) {
            List<String> all = new ArrayList<>(models);
            if (!all.contains(model)) all.add(model);
            return new Figure(Math.max(worst, value), all);
        }
    }

    private final String test;
    private final boolean counted;
    /// By row and column.
    private final Map<String, Map<String, Figure>> figures = new TreeMap<>();

    /// @param counted whether cells say of how many models they are
    MeasuredTable(Class<?> test, boolean counted) {
        this.test = test.getSimpleName();
        this.counted = counted;
    }

    static Path page() {
        Path page = Path.of("../docs/models.md");
        return Files.exists(page) ? page : Path.of("docs/models.md");
    }

    /// @param family what some cell of its row is, or names in backticks
    synchronized void add(String family, String column, String model, double value) {
        figures.computeIfAbsent(family, _ -> new TreeMap<>()).merge(column, new Figure(value, List.of(model)), (old, _) -> old.and(model, value));
    }

    void finish() {
        if (figures.isEmpty()) return;
        try {
            Path results = Files.createDirectories(Path.of("target/measured")).resolve(test + ".json");
            Files.writeString(results, Json.write(figures.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                    row -> row.getValue().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, cell -> cell.getValue().worst()))))));
            if (Boolean.getBoolean("oriel.models.write")) Files.writeString(page(), written(Files.readString(page())));
            else check(Files.readString(page()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void check(String page) {
        List<String> lines = page.lines().toList();
        figures.forEach((family, columns) -> columns.forEach((column, figure) -> {
            String cell = cells(lines.get(row(lines, family))).get(column(lines, column));
            Matcher bound = BOUND.matcher(cell);
            assertThat(bound.find()).as("docs/models.md, %s, %s: a bound, found %s", family, column, cell).isTrue();
            double said = Double.parseDouble(bound.group());
            assertThat(figure.worst()).as("docs/models.md, %s, %s", family, column).isLessThanOrEqualTo(said);
            assertThat(said).as("docs/models.md, %s, %s: a bound ten times what is found", family, column).isLessThanOrEqualTo(10 * Math.max(LEAST, figure.worst()));
            if (counted && figure.models().size() > 1) assertThat(cell).as("docs/models.md, %s, %s", family, column).startsWith(figure.models().size() + " models");
        }));
    }

    private String written(String page) {
        List<String> lines = new ArrayList<>(page.lines().toList());
        figures.forEach((family, columns) -> columns.forEach((column, figure) -> {
            int row = row(lines, family);
            List<String> cells = cells(lines.get(row));
            int models = figure.models().size();
            cells.set(column(lines, column), (!counted ? "" : models == 1 ? "1 model, " : models + " models, ") + bound(figure.worst()));
            lines.set(row, "| " + String.join(" | ", cells) + " |");
        }));
        return String.join("\n", lines) + "\n";
    }

    /// Half as much again, rounded up to one digit.
    private static String bound(double value) {
        double more = 1.5 * Math.max(LEAST, value);
        int exponent = (int) Math.floor(Math.log10(more));
        int digit = (int) Math.ceil(more / Math.pow(10, exponent));
        return digit == 10 ? "1e" + (exponent + 1) : String.format(Locale.ROOT, "%de%d", digit, exponent);
    }

    private static int row(List<String> lines, String family) {
        for (int i = 0; i < lines.size(); i++)
            if (lines.get(i).startsWith("| ") && cells(lines.get(i)).stream().limit(3).anyMatch(cell -> cell.equals(family) || cell.contains("`" + family + "`"))) return i;
        throw new AssertionError("docs/models.md has no row for " + family);
    }

    private static int column(List<String> lines, String name) {
        List<String> header = lines.stream().filter(line -> line.startsWith("| family ")).findFirst().map(MeasuredTable::cells).orElseThrow();
        assertThat(header).as("columns of docs/models.md").contains(name);
        return header.indexOf(name);
    }

    private static List<String> cells(String line) { return new ArrayList<>(Arrays.stream(line.substring(1, line.lastIndexOf('|')).split("\\|")).map(String::strip).toList()); }
}
