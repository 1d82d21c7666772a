package dev.oriel.app;

import dev.oriel.inspect.Grid;
import dev.oriel.inspect.GridPage;
import dev.oriel.loaders.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/// How an analysis is told: as text or JSON on stdout, and as a page.
final class Findings {
    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Option(names = {"-o", "--output"}, paramLabel = "PAGE", description = "Also write one self-contained HTML page.")
    private Path page;

    boolean paged() { return page != null; }

    void show(Streams streams, Supplier<String> text, Supplier<Map<String, Object>> values, Consumer<Path> write) {
        if (json) streams.println(Json.write(values.get()));
        else streams.print(text.get());
        if (page == null) return;
        write.accept(page);
        streams.note("oriel: wrote " + page);
    }

    /// Grids as text and as heat maps.
    void show(Streams streams, String title, String note, List<Grid> grids, Supplier<String> text, Supplier<Map<String, Object>> values) {
        show(streams, text, values, path -> new GridPage(title, note, grids, GridPage.Scale.BY_SIGN).write(path));
    }

    /// A grid as JSON.
    static Map<String, Object> json(Grid grid) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("title", grid.title());
        members.put(grid.rows().name(), grid.rows().labels());
        members.put(grid.columns().name(), grid.columns().labels());
        members.put("values", rows(grid.values()));
        if (!grid.texts().isEmpty()) members.put("texts", grid.texts());
        return members;
    }

    /// Numbers as JSON; null where there is none.
    static List<List<Object>> rows(float[][] values) {
        List<List<Object>> rows = new ArrayList<>();
        for (float[] row : values) {
            List<Object> numbers = new ArrayList<>();
            for (float value : row) numbers.add(Float.isNaN(value) ? null : Float.valueOf(value));
            rows.add(numbers);
        }
        return rows;
    }
}
