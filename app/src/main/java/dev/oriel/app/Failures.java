package dev.oriel.app;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.text.TemplateException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/// What went wrong, in one line.
final class Failures {
    static final int FAILED = 1;

    private Failures() {}

    /// Tells the user, and returns the exit code.
    static int report(Throwable failure, Streams streams) {
        if (failure instanceof Streams.Closed) return 0;
        streams.note("oriel: " + line(failure));
        return FAILED;
    }

    static String line(Throwable failure) {
        return oneLine(switch (failure) {
            case ModelException e -> e.getMessage();
            case TemplateException e -> "chat template: " + e.getMessage();
            case NoSuchFileException e -> e.getFile() + ": no such file";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case CharacterCodingException e -> "the input is not UTF-8";
            case UncheckedIOException e when e.getCause() instanceof CharacterCodingException -> "the input is not UTF-8";
            case UncheckedIOException e when e.getCause() instanceof NoSuchFileException cause -> line(cause);
            case IOException e -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            case UncheckedIOException e -> e.getMessage();
            case IllegalArgumentException e when e.getMessage() != null -> e.getMessage();
            case IndexOutOfBoundsException e when e.getMessage() != null -> e.getMessage();
            case OutOfMemoryError e -> "not enough memory: " + e.getMessage() + " (give java more with -Xmx, or take a smaller --context)";
            default -> "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
        });
    }

    private static String oneLine(String text) { return text.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "); }
}
