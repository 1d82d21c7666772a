package dev.oriel.app;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// A text to begin with: `-p TEXT`, `-p -` for stdin, or `-f FILE`.
final class PromptOptions {
    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "The text; - reads it from stdin.")
    private String text;

    @Option(names = {"-f", "--file"}, paramLabel = "FILE", description = "Read the text from a file; - is stdin.")
    private Path file;

    boolean given() { return text != null || file != null; }

    /// The text, empty where none was given.
    String read(Streams streams) throws IOException {
        if (text != null && !text.equals("-")) return text;
        if (file != null && !file.toString().equals("-")) return Files.readString(file);
        if (!given()) return "";
        StringWriter all = new StringWriter();
        streams.reader().transferTo(all);
        return all.toString();
    }
}
