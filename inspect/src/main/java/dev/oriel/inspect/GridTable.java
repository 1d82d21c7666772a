package dev.oriel.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A grid as lines of text. All columns have one width; where they do not all fit, the first and the last ones stay.
final class GridTable {
    static final int WIDTH = 120;
    private static final int LABEL = 24;
    private static final int COLUMN_LABEL = 8;
    private static final int TEXT = 10;
    private static final String GAP = "  ";
    private static final String LEFT_OUT = " … ";

    private final Grid grid;
    private final int decimals;
    private final int label;
    private final int cell;
    /// Columns `[0, head)` and `[tail, size)` are shown.
    private final int head;
    private final int tail;

    GridTable(Grid grid, int width) {
        this.grid = grid;
        this.decimals = decimals(grid.values());
        this.label = Math.min(LABEL, widest(grid.rows().labels(), Terminal.width(grid.rows().name())));
        this.cell = cellWidth();
        int columns = grid.columns().size();
        int fit = Math.max(2, (width - label) / (cell + GAP.length()));
        if (columns > fit) fit = Math.max(2, (width - label - LEFT_OUT.length()) / (cell + GAP.length()));
        this.head = columns <= fit ? columns : (fit + 1) / 2;
        this.tail = columns <= fit ? columns : columns - fit / 2;
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(Terminal.shown(grid.title())).append('\n');
        line(out, grid.rows().name(), grid.columns().labels());
        for (int row = 0; row < grid.rows().size(); row++) line(out, grid.rows().labels().get(row), cells(row));
        out.append('(').append(Terminal.shown(grid.rows().name())).append(" down, ").append(Terminal.shown(grid.columns().name())).append(" across)\n");
        if (head < tail) out.append(String.format("(columns %d to %d of %d are not shown)\n", head, tail - 1, grid.columns().size()));
        return out.toString();
    }

    private void line(StringBuilder out, String name, List<String> cells) {
        StringBuilder line = new StringBuilder(Terminal.left(name, label));
        for (int column = 0; column < head; column++) line.append(GAP).append(Terminal.right(cells.get(column), cell));
        if (head < tail) line.append(LEFT_OUT);
        for (int column = tail; column < cells.size(); column++) line.append(GAP).append(Terminal.right(cells.get(column), cell));
        out.append(line.toString().stripTrailing()).append('\n');
    }

    private List<String> cells(int row) {
        List<String> cells = new ArrayList<>();
        for (int column = 0; column < grid.columns().size(); column++) {
            String number = number(grid.values()[row][column]);
            cells.add(grid.texts().isEmpty() ? number : Terminal.cut(grid.texts().get(row).get(column), TEXT) + " " + number);
        }
        return cells;
    }

    private int cellWidth() {
        int widest = Math.min(COLUMN_LABEL, widest(grid.columns().labels(), 1));
        for (int row = 0; row < grid.rows().size(); row++) widest = widest(cells(row), widest);
        return widest;
    }

    private static int widest(List<String> texts, int least) {
        return Math.max(least, texts.stream().mapToInt(text -> Terminal.width(Terminal.shown(text))).max().orElse(0));
    }

    private String number(float value) {
        if (Float.isNaN(value)) return "-";
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.startsWith("-") && text.chars().noneMatch(c -> c >= '1' && c <= '9' || c == 'I') ? text.substring(1) : text;
    }

    /// Three significant digits of the largest number, four decimals at most.
    private static int decimals(float[][] values) {
        float largest = 0;
        for (float[] row : values)
            for (float value : row) if (Float.isFinite(value)) largest = Math.max(largest, Math.abs(value));
        return largest == 0 ? 1 : (int) Math.clamp(2 - Math.floor(Math.log10(largest)), 0, 4);
    }
}
