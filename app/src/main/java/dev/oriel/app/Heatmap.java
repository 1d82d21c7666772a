package dev.oriel.app;

import dev.oriel.runtime.Activation;
import java.util.List;

/// Attention as a table of percentages, shaded where the terminal has colours.
final class Heatmap {
    private static final int CELL = 5;
    /// Of the 256 colours, 232 to 255 are greys from dark to light.
    private static final int DARKEST = 233;
    private static final int GREYS = 20;

    private Heatmap() {}

    /// @param pattern `[head, query, key]`
    static String of(Activation pattern, int head, List<String> tokens, boolean colours) {
        int label = tokens.stream().mapToInt(token -> shown(token).length()).max().orElse(0);
        StringBuilder table = new StringBuilder(" ".repeat(label + 1));
        for (String token : tokens) table.append(right(shown(token)));
        table.append('\n');
        for (int query = 0; query < tokens.size(); query++) {
            String name = shown(tokens.get(query));
            table.append(name).append(" ".repeat(label + 1 - name.length()));
            for (int key = 0; key <= query; key++) table.append(cell(pattern.get(head, query, key), colours));
            table.append('\n');
        }
        return table.toString();
    }

    private static String cell(float weight, boolean colours) {
        int percent = Math.round(100 * weight);
        String text = right(percent == 0 ? "." : Integer.toString(percent));
        if (!colours) return text;
        int grey = DARKEST + Math.round(GREYS * weight);
        return "\033[48;5;" + grey + ";38;5;" + (weight > 0.5f ? 16 : 255) + "m" + text + "\033[0m";
    }

    private static String right(String text) {
        String cut = text.length() < CELL ? text : text.substring(0, CELL - 1);
        return " ".repeat(CELL - cut.length()) + cut;
    }

    /// SentencePiece's mark for a space, as an underscore.
    private static String shown(String piece) { return piece.replace('\u2581', '_').replace("\n", "\\n"); }
}
