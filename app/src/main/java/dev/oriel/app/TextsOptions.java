package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Several texts: as arguments, with `-p` or `-f`, or as a JSON array on stdin.
final class TextsOptions {
    @Parameters(paramLabel = "TEXT", arity = "0..*", description = "Texts.")
    private List<String> texts = List.of();

    @Option(names = "--json", description = "Write JSON; where no text is given, read a JSON array of strings from stdin.")
    boolean json;

    @Mixin private PromptOptions prompt;

    List<String> read(Streams streams) throws IOException {
        List<String> all = new ArrayList<>(texts);
        if (prompt.given()) all.add(prompt.read(streams));
        if (!all.isEmpty()) return all;
        if (!json) throw new ModelException("no text: give one or more, -p TEXT, -f FILE, or --json for a JSON array of strings on stdin");
        return Inputs.strings(streams);
    }

    /// Tells of texts that are longer than the model reads.
    static void tell(Streams streams, int number, int tokens, int dropped) {
        if (dropped > 0) streams.note("oriel: text " + number + " is too long: its first " + tokens + " tokens are read, " + dropped + " are left out");
    }

    /// A text in one line of a table.
    static String shown(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() > 60 ? line.substring(0, 59) + "…" : line;
    }
}
